"""All blocks of all materials side by side, in one file that workers map into memory."""

from __future__ import annotations

import mmap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from matsluice.infra.feature_store import KEY_DTYPE, BlockTable, Filled, fill
from matsluice.infra.feature_store.part_rows import keys_of
from matsluice.infra.workspace.atomic_files import take_room, written_whole
from matsluice.tasks.features.chunk_part import block_table
from matsluice.tasks.features.known_blocks import find_block
from matsluice.tasks.features.row_ledger import COSTS_SCHEMA, block_costs

if TYPE_CHECKING:
    from numpy.typing import NDArray


# Memory for the values of one block, and how much of the file is mapped at a time.
WINDOW_BYTES = 1 << 30
STEP_BYTES = 1 << 26


@dataclass(frozen=True, slots=True)
class FeatureMatrix:
    """A feature matrix on disk.

    Attributes
    ----------
    values_file
        .npy, (materials, columns), float64, NaN where undefined.
    columns
        Full column names.
    refused_file
        Parquet: material, block, reason, detail; one line a refusal.
    undefined_file
        Parquet: material, block, detail; one line a material with undefined values.
    costs_file
        Parquet: a row group of `block_costs` for each block.
    """

    values_file: Path
    columns: tuple[str, ...]
    refused_file: Path
    undefined_file: Path
    costs_file: Path


def refused_materials(refused_file: Path, materials: int) -> NDArray[np.bool_]:
    """Return for each of `materials` materials whether some block refused it."""
    refused = np.zeros(materials, dtype=bool)
    refused[pq.read_table(refused_file).column("material").to_numpy()] = True
    return refused


def keys_in(materials_file: Path, column: str = "key") -> NDArray[np.bytes_]:
    """Return a column of keys of a snapshot's materials.parquet, (materials,).

    Parameters
    ----------
    materials_file
        The file.
    column
        "key" tells materials apart; a block's `key_column` names what it computes from.
    """
    with pq.ParquetFile(materials_file) as file:
        keys = np.empty(file.metadata.num_rows, KEY_DTYPE)
        start = 0
        for batch in file.iter_batches(columns=[column]):
            keys[start : start + len(batch)] = keys_of(pa.chunked_array([batch.column(0)]))
            start += len(batch)
    return keys


def assemble_matrix(
    materials_file: Path, blocks: Sequence[str], store: Path | str, folder: Path
) -> FeatureMatrix:
    """Read the blocks' values of every material from the store into one matrix in `folder`.

    Raises
    ------
    MissingRows
        The store lacks a material, or a part of it was damaged and is dropped.
    """
    columns_of_keys = {find_block(word).key_column for word in blocks}
    keys = {column: keys_in(materials_file, column) for column in sorted(columns_of_keys)}
    tables = [block_table(store, name) for name in blocks]
    columns = tuple(name for table in tables for name in table.columns)
    values_file = folder / "matrix.npy"
    undefined: list[tuple[int, str, str, str]] = []
    refused: list[tuple[int, str, str, str]] = []
    costs_file = folder / "costs.parquet"
    with (
        written_whole(values_file) as temporary,
        written_whole(costs_file) as costs,
        pq.ParquetWriter(costs, COSTS_SCHEMA, compression="zstd") as cost_writer,
    ):
        matrix = np.lib.format.open_memmap(
            temporary, mode="w+", dtype=np.float64, shape=(len(next(iter(keys.values()))), len(columns))
        )
        take_room(temporary)
        start = 0
        for word, table in zip(blocks, tables, strict=True):
            stop = start + len(table.columns)
            costs_of_windows = [COSTS_SCHEMA.empty_table()]
            for first, filled in fill_in_windows(table, keys[find_block(word).key_column], matrix, start):
                for place, why in sorted(filled.undefined.items()):
                    undefined.append((first + place, table.block, "undefined", why))
                for place, refusal in sorted(filled.refused.items()):
                    refused.append((first + place, table.block, refusal.reason, refusal.detail))
                costs_of_windows.append(block_costs(table.block, filled))
            block_lines = pa.concat_tables(costs_of_windows).unify_dictionaries()
            cost_writer.write_table(block_lines, row_group_size=max(1, block_lines.num_rows))
            start = stop
        matrix.flush()
        del matrix
    return FeatureMatrix(
        values_file,
        columns,
        _write_reasons(folder / "refused.parquet", refused),
        _write_reasons(folder / "undefined.parquet", undefined),
        costs_file,
    )


def fill_in_windows(
    table: BlockTable, keys: NDArray[np.bytes_], matrix: NDArray[np.float64], start: int
) -> Iterator[tuple[int, Filled]]:
    """Fill the columns of `matrix` (n, all columns) from `start` on, and give each window's first row.

    The store's order is any. Rows put straight into a mapped file would touch every page of it again and
    again, which a disk does not stand; so they are put in order in memory, and the file is written once from
    top to bottom.
    """
    width = len(table.columns)
    rows = max(1, WINDOW_BYTES // (8 * width))
    window = np.empty((min(rows, len(keys)), width))
    for first in range(0, len(keys), rows):
        part = window[: len(keys) - first]
        filled = fill(table, keys[first : first + rows], part)
        step = max(1, STEP_BYTES // matrix[0].nbytes)
        for i in range(0, len(part), step):
            piece = part[i : i + step]
            matrix[first + i : first + i + len(piece), start : start + width] = piece
            let_go_of_pages(matrix.base)
        yield first, filled


def let_go_of_pages(mapped: object) -> None:
    """Take the pages of a mapped file out of this process; what was written stays in the file.

    Otherwise a matrix of many gigabytes counts, page by page, as this process's memory.
    """
    if isinstance(mapped, mmap.mmap):
        mapped.madvise(mmap.MADV_DONTNEED)


def _write_reasons(path: Path, reasons: Sequence[tuple[int, str, str, str]]) -> Path:
    texts = [(name, pa.string()) for name in ("block", "reason", "detail")]
    schema = pa.schema([("material", pa.int64()), *texts])
    columns = [list(column) for column in zip(*reasons, strict=True)] or [[] for _ in schema]
    with written_whole(path) as temporary:
        pq.write_table(pa.table(columns, schema=schema), temporary)
    return path
