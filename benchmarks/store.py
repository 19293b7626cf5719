"""The feature store at a campaign's size: a million rows of three blocks, in and out again.

    python benchmarks/store.py [--json] [--rows 1000000]

Writes part files of 4096 rows as workers do, in an order that has nothing to do with the campaign's (the store was
filled by others), then looks all keys up and assembles the matrix, each in a process of its own whose memory is
watched. The matrix is compared to the bit with what was written before any number is printed. Needs some 5 GB in the
temporary folder.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from matsluice.infra.feature_store import (
    KEY_DTYPE,
    BlockTable,
    PartRows,
    commit_parts,
    committed_parts,
    look_up,
    write_part,
)
from matsluice.tasks.features.chunk import CHUNK_ROWS
from matsluice.tasks.features.chunk_part import block_table
from matsluice.tasks.features.matrix import assemble_matrix, keys_in
from matsluice.tasks.material.key_columns import KEY_COLUMNS

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCKS: Final = ("composition.magpie", "composition.elemental", "composition.stoichiometry")
PART_ROWS: Final = CHUNK_ROWS["composition"]
SECONDS_BAR, MEMORY_BAR_GB = 60.0, 2.0
_LINE: Final = "{:<46}{:>10} {:<7}{:>7}{:>4}"


def keys_of_rows(rows: int) -> NDArray[np.bytes_]:
    """Return keys (rows,) that look like digests."""
    digits = np.random.default_rng(7).integers(0, 256, (rows, 16), dtype=np.uint8)
    return np.frombuffer(digits.tobytes().hex().encode(), KEY_DTYPE)


def values_of_part(part: int, rows: int, columns: int) -> NDArray[np.float64]:
    """Return the values (rows, columns) of a part, some of them undefined; the same ones each time."""
    values = np.random.default_rng([11, part]).standard_normal((rows, columns))
    values[::97, 3] = np.nan
    return values


def parts_of(rows: int) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Give each part's number and the places of its rows in the campaign."""
    order = np.random.default_rng(13).permutation(rows)
    for part, start in enumerate(range(0, rows, PART_ROWS)):
        yield part, order[start : start + PART_ROWS]


def write_store(folder: Path, rows: int) -> Iterator[dict[str, Any]]:
    """Write the parts of every block and enter them."""
    keys = keys_of_rows(rows)
    materials = pa.table({KEY_COLUMNS["composition"]: pa.array(keys.tolist(), pa.binary()).cast(pa.string())})
    pq.write_table(materials, folder / "materials.parquet")
    written, commit = 0.0, 0.0
    for number, table in enumerate(tables(folder)):
        for part, places in parts_of(rows):
            n = len(places)
            values = values_of_part(number * rows + part, n, len(table.columns))
            undefined = dict.fromkeys(range(0, n, 97), "no value")
            seconds, attempts = np.zeros(n, np.float32), np.ones(n, np.int16)
            content = PartRows(keys[places], values, undefined, {}, seconds, "here", attempts)
            began = time.perf_counter()
            write_part(table, content)
            written += time.perf_counter() - began
        began = time.perf_counter()
        commit_parts(table)
        commit += time.perf_counter() - began
        began = time.perf_counter()
        commit_parts(table)
        nothing = time.perf_counter() - began
    size = sum(path.stat().st_size for path in (folder / "features").rglob("part-*.parquet"))
    parts = sum(len(committed_parts(table)) for table in tables(folder))
    yield record(f"{parts} part files written", size / 1e6 / written, "MB/s")
    yield record("rows written, one block", len(BLOCKS) * rows / written, "rows/s")
    yield record("commit of a block's part files", commit / len(BLOCKS), "s")
    yield record("commit where nothing is new", nothing, "s")


def tables(folder: Path) -> list[BlockTable]:
    """Return the tables of the blocks."""
    return [block_table(folder / "features", block) for block in BLOCKS]


def check(folder: Path, rows: int) -> None:
    """Raise AssertionError where the matrix is not to the bit what was written."""
    matrix = np.load(folder / "work" / "matrix.npy", mmap_mode="r")
    start = 0
    for number, table in enumerate(tables(folder)):
        width = len(table.columns)
        for part, places in parts_of(rows):
            expected = values_of_part(number * rows + part, len(places), width)
            found = np.ascontiguousarray(matrix[places, start : start + width])
            equal = (found == expected) | (np.isnan(found) & np.isnan(expected))
            assert equal.all(), f"{table.block}: part {part} differs"
        start += width


class MemoryWatch:
    """The largest memory of this process while the block lasts, from /proc, in GB."""

    def __init__(self) -> None:
        self.peaks = {"Rss": 0, "Pss": 0, "Anonymous": 0}
        self._ended = threading.Event()

    def __enter__(self) -> MemoryWatch:
        """Begin to look."""
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End looking."""
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._ended.wait(0.05):
            for line in Path("/proc/self/smaps_rollup").read_text().splitlines()[1:]:
                name, _, rest = line.partition(":")
                if name in self.peaks:
                    self.peaks[name] = max(self.peaks[name], int(rest.split()[0]) * 1024)


def step(what: str, folder: Path) -> dict[str, float]:
    """Do one step in this process, and return its time and memory."""
    (folder / "work").mkdir(exist_ok=True)
    materials = folder / "materials.parquet"
    with MemoryWatch() as memory:
        began = time.perf_counter()
        if what == "matrix":
            assemble_matrix(materials, BLOCKS, folder / "features", folder / "work")
        else:
            work = folder / "work"
            keys = keys_in(materials, KEY_COLUMNS["composition"], work)
            assert all(look_up(table, keys, work).found.all() for table in tables(folder))
        elapsed = time.perf_counter() - began
    # The kernel's own mark of the largest resident memory, which no sampling misses.
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    largest = int(status["VmHWM"].split()[0]) * 1024
    sampled = {name: value / 1e9 for name, value in memory.peaks.items()}
    return {"seconds": elapsed, "processor": time.process_time(), "peak_rss": largest / 1e9, **sampled}


def step_in_a_process(what: str, folder: Path) -> dict[str, float]:
    """Do one step in a process of its own."""
    command = [sys.executable, __file__, "--step", what, "--folder", str(folder)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def record(name: str, value: float, unit: str, bar: float | None = None) -> dict[str, Any]:
    """Return a result; a bar is the most that is allowed."""
    return {"name": name, "value": value, "unit": unit, "bar": bar, "met": bar is None or value <= bar}


def measured(folder: Path, rows: int) -> Iterator[dict[str, Any]]:
    """Give every result, after the values have been found equal."""
    yield from write_store(folder, rows)
    looked = step_in_a_process("look-up", folder)
    filled = step_in_a_process("matrix", folder)
    check(folder, rows)
    columns = sum(len(table.columns) for table in tables(folder))
    yield record(f"look-up of {rows} keys in every block", looked["seconds"], "s", SECONDS_BAR)
    yield record("look-up: largest resident memory", looked["peak_rss"], "GB", MEMORY_BAR_GB)
    yield record(f"matrix of {rows} x {columns}", filled["seconds"], "s", SECONDS_BAR)
    yield record("matrix: processor time of that process", filled["processor"], "s")
    yield record("matrix: largest resident memory", filled["peak_rss"], "GB", MEMORY_BAR_GB)
    yield record("matrix: largest memory not of a file", filled["Anonymous"], "GB", MEMORY_BAR_GB)
    yield record("matrix: largest proportional memory", filled["Pss"], "GB", MEMORY_BAR_GB)
    yield record("matrix: size of the file", rows * columns * 8 / 1e9, "GB")


def line(one: dict[str, Any]) -> str:
    """Return a result as a line."""
    bar = "" if one["bar"] is None else f"<= {one['bar']:g}"
    return _LINE.format(one["name"], f"{one['value']:.3g}", one["unit"], bar, "" if one["met"] else "no")


def main() -> int:
    """Measure, print, and return 1 where a bar is not met."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="print only the results, as JSON")
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of the campaign")
    parser.add_argument("--step", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.step:
        print(json.dumps(step(given.step, given.folder)))
        return 0
    found = []
    with (
        contextlib.redirect_stdout(sys.stderr if given.json else sys.stdout),
        tempfile.TemporaryDirectory() as folder,
    ):
        for one in measured(Path(folder), given.rows):
            print(line(one), flush=True)
            found.append(one)
    if given.json:
        print(json.dumps(found))
    return 0 if all(one["met"] for one in found) else 1


if __name__ == "__main__":
    sys.exit(main())
