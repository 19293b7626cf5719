"""What it costs on healthy data that a block runs in a child process which can be killed.

    python benchmarks/isolation.py [--json]

A chunk is read, computed and written, by turns in this process and with a killable child, over the same materials; the
values are compared first. The ratio quoted is the median of the turns' ratios. Crystals are from perov5/ and nomad2018/
in ../shared/data or $MATSLUICE_DATA.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import platform
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from featurization.crystals import oxides, perovskites
from featurize import DATA

from matsluice.infra.feature_store import PartRows, commit_parts, fill, write_part
from matsluice.infra.feature_store.part_rows import keys_of
from matsluice.tasks.features.chunk import CHUNK_ROWS, featurize_chunk, rows_of_a_chunk
from matsluice.tasks.features.chunk_call import ChunkCall
from matsluice.tasks.features.chunk_part import block_table
from matsluice.tasks.features.each import compute_each
from matsluice.tasks.features.known_blocks import find_block
from matsluice.tasks.features.made_by import MadeBy
from matsluice.tasks.ingest.enumerate_options import EnumerateOptions
from matsluice.tasks.ingest.source_batch import read_source
from matsluice.tasks.material import parse_formulas
from matsluice.tasks.material.materials import Materials
from matsluice.tasks.material.materials_columns import VALUE_COLUMNS, materials_of, materials_table
from matsluice.tasks.material.materials_file import read_materials

BAR: Final = 1.05
ELEMENTS: Final = "Li Na K Rb Mg Ca Sr Ba Al Ga In Ti Zr Fe Co Ni Cu Zn Sn Sb O S Se Te N P F Cl Br I"
TURNS: Final = 25
_LINE: Final = "{:<52}{:>10}{:>10}{:>9}{:>7}  {}"


def compositions(count: int) -> Materials:
    """Return so many formulas of three elements."""
    options = EnumerateOptions(
        elements=tuple(ELEMENTS.split()),
        sizes=(2, 3),
        max_coefficient=6,
    )
    formulas: list[str] = []
    for batch in read_source("enumerate", options):
        formulas += batch.formulas
        if len(formulas) >= count:
            break
    assert len(formulas) >= count
    return Materials(parse_formulas(formulas[:count]).batch)


def cases() -> Iterator[tuple[str, str, Materials]]:
    """Give what is measured: a name, a block, and a chunk of materials."""
    rows = rows_of_a_chunk(find_block("composition.magpie"))
    yield f"formulas, {rows} a chunk", "composition.magpie", compositions(rows)
    for name, crystals in (
        ("perovskites, 5 atoms", perovskites(DATA, 256)),
        ("oxides, 60 atoms", oxides(DATA, count=256)),
    ):
        batch = crystals.batch.slice(0, CHUNK_ROWS["structure"])
        yield f"{name}, {len(batch)} a chunk", "structure.bonding", Materials(batch.compositions(), batch)


class Chunk:
    """A chunk of materials on disk, and both ways to compute it."""

    def __init__(self, folder: Path, block: str, materials: Materials) -> None:
        self.folder, self.block, self.rows = folder, block, np.arange(len(materials))
        pq.write_table(materials_table(materials), folder / "materials.parquet")
        np.save(folder / "wanted.npy", np.stack([self.rows, np.ones_like(self.rows)], axis=1))
        self.made_by = MadeBy.here(find_block(block))

    def isolated(self, store: str) -> None:
        """Compute the chunk as a worker does."""
        featurize_chunk(
            ChunkCall(
                materials=str(self.folder / "materials.parquet"),
                wanted=str(self.folder / "wanted.npy"),
                start=0,
                stop=len(self.rows),
                block=self.block,
                store=str(self.folder / store),
                made_by=self.made_by,
            )
        )

    def here(self, store: str) -> None:
        """Compute the chunk in this process, without a child."""
        spec = find_block(self.block)
        columns = (spec.key_column, *VALUE_COLUMNS[spec.needs])
        table = read_materials(self.folder / "materials.parquet", self.rows, columns)
        materials = materials_of(table, (spec.needs,))
        assert materials is not None
        computed = compute_each(spec.make(), materials.seen_by(spec.needs))
        part = PartRows(
            keys_of(table.column(spec.key_column)),
            computed.values,
            computed.undefined,
            computed.refused,
            computed.seconds,
            platform.node(),
            np.ones(len(self.rows), np.int16),
        )
        write_part(block_table(self.folder / store, self.block), part)

    def check(self) -> None:
        """Raise AssertionError where the two ways do not give the same bits."""
        filled = []
        for store, compute in (("child", self.isolated), ("here", self.here)):
            compute(store)
            table = block_table(self.folder / store, self.block)
            commit_parts(table)
            key = find_block(self.block).key_column
            keys = keys_of(pq.read_table(self.folder / "materials.parquet", columns=[key]).column(key))
            values = np.empty((len(self.rows), len(table.columns)))
            fill(table, keys, values)
            filled.append(values.tobytes())
        assert filled[0] == filled[1], f"{self.block}: other values in the child"


def measured() -> Iterator[dict[str, Any]]:
    """Measure every case, and print each as it comes."""
    print(_LINE.format("a chunk read, computed, written", "here", "child", "ratio", "bar", ""))
    for name, block, materials in cases():
        with tempfile.TemporaryDirectory() as folder:
            chunk = Chunk(Path(folder), block, materials)
            chunk.check()
            here, child = [], []
            for _ in range(TURNS):
                here.append(seconds(chunk.here, "here"))
                child.append(seconds(chunk.isolated, "child"))
        ratio = median(theirs / ours for theirs, ours in zip(child, here, strict=True))
        met = ratio <= BAR
        title = f"{block}: {name}"
        shown = (f"{1e3 * median(side):.0f} ms" for side in (here, child))
        print(_LINE.format(title, *shown, f"{ratio:.3f}", BAR, "" if met else "SLOW"), flush=True)
        yield {"name": f"{title}: child to none", "value": ratio, "unit": "times", "bar": BAR, "met": met}


def seconds(compute: Any, store: str) -> float:
    """Return how long a chunk takes."""
    began = time.perf_counter()
    compute(store)
    return time.perf_counter() - began


def main() -> int:
    """Measure, print, and return 1 where the bar is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="print only the results, as JSON")
    given = parser.parse_args()
    # A worker has one thread, and its child too; this process would otherwise write its columns with several.
    pa.set_cpu_count(1)
    with contextlib.redirect_stdout(sys.stderr if given.json else sys.stdout):
        found = list(measured())
    if given.json:
        print(json.dumps(found))
    return 0 if all(one["met"] for one in found) else 1


if __name__ == "__main__":
    sys.exit(main())
