"""A snapshot's materials, one line each, whatever the order in which their writings come."""

from __future__ import annotations

from itertools import accumulate, pairwise
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from matsluice.infra.feature_store import KEY_DTYPE
from matsluice.infra.workspace.scratch_arrays import GrowingArray
from matsluice.tasks.ingest.examine import ExaminedRows
from matsluice.tasks.ingest.key_places import KeyPlaces
from matsluice.tasks.material.materials_columns import SCHEMA
from matsluice.tasks.material.writings import writing_ranks

if TYPE_CHECKING:
    from numpy.typing import NDArray


class MaterialsWriter:
    """Writes materials.parquet as rows pass by, in order of first appearance.

    A crystal may come in several writings. The one that stands for it is the first by `writing_ranks`, whenever it
    came: a better one that comes after its crystal was written goes to a file beside, and takes its place at the
    end. In memory are one group of rows of each file, and of such crystals some 100 bytes each.

    Parameters
    ----------
    path
        The file to write.

    """

    def __init__(self, path: Path) -> None:
        self._places = KeyPlaces(path.parent)
        self._path, self._later_path = path, path.with_name(f"{path.name}.later")
        self._ranks = GrowingArray(np.uint64, path.parent)
        self._later: dict[int, int] = {}
        self._later_rows = 0
        self._writer = pq.ParquetWriter(path, SCHEMA, compression="zstd")
        self._later_writer: pq.ParquetWriter | None = None

    def __enter__(self) -> MaterialsWriter:
        """Return the writer."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the files, and where nothing went wrong bring the better writings to their places."""
        self._writer.close()
        if self._later_writer is not None:
            self._later_writer.close()
            if kind is None:
                self._replace()
            self._later_path.unlink()

    def __len__(self) -> int:
        """Return how many materials there are."""
        return len(self._places)

    def add(self, batch: ExaminedRows) -> NDArray[np.int64]:
        """Write the materials that are new, or better written than before; return the line of each row's, or -1."""
        best: dict[int, tuple[int, int]] = {}
        known = len(self)
        places = self._places.of(np.array(batch.keys, KEY_DTYPE))
        for row, (place, rank) in enumerate(
            zip(places.tolist(), writing_ranks(batch.materials), strict=True)
        ):
            if place >= 0:
                best[place] = min(best.get(place, (rank, row)), (rank, row))
        new = [best[place] for place in range(known, len(self))]
        self._ranks.extend(np.array([rank for rank, _ in new], np.uint64))
        self._writer.write_table(batch.materials.take(pa.array([row for _, row in new], pa.int64())))
        ranks = self._ranks.values
        self._set_aside(
            batch,
            {
                place: best[place]
                for place in sorted(best)
                if place < known and best[place][0] < int(ranks[place])
            },
        )
        return places

    def _set_aside(self, batch: ExaminedRows, better: dict[int, tuple[int, int]]) -> None:
        if not better:
            return
        if self._later_writer is None:
            self._later_writer = pq.ParquetWriter(self._later_path, SCHEMA, compression="zstd")
        self._later_writer.write_table(
            batch.materials.take(pa.array([row for _, row in better.values()], pa.int64()))
        )
        for place, (rank, _) in better.items():
            self._ranks.values[place] = rank
            self._later[place] = self._later_rows
            self._later_rows += 1

    def _replace(self) -> None:
        places = np.array(sorted(self._later), dtype=np.int64)
        rows = np.array([self._later[place] for place in places.tolist()], dtype=np.int64)
        whole = self._path.with_name(f"{self._path.name}.whole")
        with (
            pq.ParquetFile(self._path) as before,
            pq.ParquetFile(self._later_path) as later,
            pq.ParquetWriter(whole, SCHEMA, compression="zstd") as after,
        ):
            for group, (start, stop) in enumerate(_bounds(before)):
                here = slice(*np.searchsorted(places, [start, stop]))
                lines = np.arange(stop - start)
                better = _read(later, rows[here])
                lines[places[here] - start] = stop - start + np.arange(better.num_rows)
                table = pa.concat_tables([before.read_row_group(group), better])
                after.write_table(table.take(pa.array(lines)))
        whole.replace(self._path)


def _bounds(file: pq.ParquetFile) -> list[tuple[int, int]]:
    """Return the first and the last line (exclusive) of each of a file's groups of rows."""
    sizes = [file.metadata.row_group(group).num_rows for group in range(file.metadata.num_row_groups)]
    return list(pairwise(accumulate(sizes, initial=0)))


def _read(file: pq.ParquetFile, rows: NDArray[np.int64]) -> pa.Table:
    """Return rows of a file in the order asked for, with one group of rows in memory at a time."""
    order = np.argsort(rows)
    parts = [SCHEMA.empty_table()]
    for group, (start, stop) in enumerate(_bounds(file)):
        wanted = rows[order[slice(*np.searchsorted(rows[order], [start, stop]))]]
        if wanted.size:
            parts.append(file.read_row_group(group).take(pa.array(wanted - start)))
    return pa.concat_tables(parts).take(pa.array(np.argsort(order)))
