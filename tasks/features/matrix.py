"""All blocks of all materials side by side, in one file that workers map into memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from matsluice.infra.feature_store import KEY_DTYPE, fill
from matsluice.infra.workspace.atomic_files import written_whole
from matsluice.tasks.features.blocks import find_block
from matsluice.tasks.features.chunk import block_table

if TYPE_CHECKING:
    from numpy.typing import NDArray


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
        Parquet: material, block, detail; one line a refusal.
    undefined_file
        Parquet: material, block, detail; one line a material with undefined values.
    """

    values_file: Path
    columns: tuple[str, ...]
    refused_file: Path
    undefined_file: Path


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
    return np.array(
        pq.read_table(materials_file, columns=[column]).column(column).to_pylist(), dtype=KEY_DTYPE
    )


def assemble_matrix(materials_file: Path, blocks: Sequence[str], store: Path, folder: Path) -> FeatureMatrix:
    """Read the blocks' values of every material from the store into one matrix in `folder`.

    Raises
    ------
    LookupError
        The store lacks a material.
    """
    columns_of_keys = {find_block(word).key_column for word in blocks}
    keys = {column: keys_in(materials_file, column) for column in sorted(columns_of_keys)}
    tables = [block_table(store, name) for name in blocks]
    columns = tuple(name for table in tables for name in table.columns)
    values_file = folder / "matrix.npy"
    undefined: list[tuple[int, str, str]] = []
    refused: list[tuple[int, str, str]] = []
    with written_whole(values_file) as temporary:
        matrix = np.lib.format.open_memmap(
            temporary, mode="w+", dtype=np.float64, shape=(len(next(iter(keys.values()))), len(columns))
        )
        start = 0
        for word, table in zip(blocks, tables, strict=True):
            stop = start + len(table.columns)
            some_undefined, some_refused = fill(
                table, keys[find_block(word).key_column], matrix[:, start:stop]
            )
            undefined += [(place, table.block, why) for place, why in sorted(some_undefined.items())]
            refused += [(place, table.block, why) for place, why in sorted(some_refused.items())]
            start = stop
        matrix.flush()
        del matrix
    return FeatureMatrix(
        values_file,
        columns,
        _write_reasons(folder / "refused.parquet", refused),
        _write_reasons(folder / "undefined.parquet", undefined),
    )


def _write_reasons(path: Path, reasons: Sequence[tuple[int, str, str]]) -> Path:
    schema = pa.schema([("material", pa.int64()), ("block", pa.string()), ("detail", pa.string())])
    columns = [list(column) for column in zip(*reasons, strict=True)] or [[], [], []]
    with written_whole(path) as temporary:
        pq.write_table(pa.table(columns, schema=schema), temporary)
    return path
