"""Some rows of a file of materials, without reading the others."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.parquet as pq

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray


def read_materials(path: Path, rows: NDArray[np.int64], columns: Sequence[str]) -> pa.Table:
    """Return these columns of these rows; only the row groups that hold some of them are read.

    Parameters
    ----------
    path
        A snapshot's materials.parquet.
    rows
        Increasing, (n,).
    columns
        Names of columns.
    """
    with pq.ParquetFile(path, memory_map=True) as file:
        sizes = [file.metadata.row_group(i).num_rows for i in range(file.metadata.num_row_groups)]
        bounds = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        groups: list[int] = np.unique(np.searchsorted(bounds, rows, side="right") - 1).tolist()
        table = file.read_row_groups(groups, columns=list(columns))
    # Rows of the groups that were left out stand before these no longer.
    ranges = [np.arange(int(bounds[group]), int(bounds[group + 1])) for group in groups]
    kept = np.concatenate([np.zeros(0, np.int64), *ranges])
    return table.take(np.searchsorted(kept, rows))
