"""All blocks of all materials side by side, in one file that workers map into memory."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from matsluice.infra.feature_store import KEY_DTYPE, fill_windows
from matsluice.infra.feature_store.part_rows import keys_of
from matsluice.infra.workspace.atomic_files import take_room, written_whole
from matsluice.infra.workspace.row_batches import row_batches
from matsluice.infra.workspace.scratch_arrays import let_go_of_pages, scratch_array
from matsluice.tasks.features.chunk_part import block_table
from matsluice.tasks.features.known_blocks import find_block
from matsluice.tasks.features.row_ledger import COST, Costs

if TYPE_CHECKING:
    from numpy.typing import NDArray

# How much of the file is mapped at a time.
STEP_BYTES = 1 << 24
REASONS_SCHEMA = pa.schema(
    [("material", pa.int64()), *((name, pa.string()) for name in ("block", "reason", "detail"))]
)


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
    costs
        What every material cost.
    """

    values_file: Path
    columns: tuple[str, ...]
    refused_file: Path
    undefined_file: Path
    costs: Costs


def refused_materials(refused_file: Path, materials: int) -> NDArray[np.bool_]:
    """Return for each of `materials` materials whether some block refused it."""
    refused = np.zeros(materials, dtype=bool)
    refused[pq.read_table(refused_file, columns=["material"]).column("material").to_numpy()] = True
    return refused


def keys_in(materials_file: Path, column: str = "key", scratch: Path | None = None) -> NDArray[np.bytes_]:
    """Return a column of keys of a snapshot's materials.parquet, (materials,).

    Parameters
    ----------
    materials_file
        The file.
    column
        "key" tells materials apart; a block's `key_column` names what it computes from.
    scratch
        A folder for a file in which they stand; in memory if not given.
    """
    keys = scratch_array(pq.read_metadata(materials_file).num_rows, KEY_DTYPE, scratch)
    start = 0
    for some in row_batches(materials_file, [column]):
        keys[start : start + len(some)] = keys_of(some.column(0))
        start += len(some)
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
    tables = [block_table(store, name) for name in blocks]
    columns = tuple(name for table in tables for name in table.columns)
    files = {name: folder / f"{name}.npy" for name in ("matrix", "costs")}
    reasons = {name: folder / f"{name}.parquet" for name in ("refused", "undefined")}
    materials = pq.read_metadata(materials_file).num_rows
    hosts: list[tuple[str, tuple[str, ...]]] = []
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as whole:
        matrix, costs = (
            _mapped(whole.enter_context(written_whole(files[name])), kind, shape)
            for name, kind, shape in (
                ("matrix", np.dtype(np.float64), (materials, len(columns))),
                ("costs", COST, (len(blocks), materials)),
            )
        )
        refused, undefined = (
            whole.enter_context(pq.ParquetWriter(whole.enter_context(written_whole(path)), REASONS_SCHEMA))
            for path in reasons.values()
        )
        column = 0
        for number, (word, table) in enumerate(zip(blocks, tables, strict=True)):
            keys = keys_in(materials_file, find_block(word).key_column, folder)
            names: tuple[str, ...] = ()
            for first, values, filled in fill_windows(table, keys, folder):
                _write_down(matrix[first : first + len(values), column : column + values.shape[1]], values)
                cost = costs[number, first : first + len(values)]
                cost["seconds"], cost["host"], cost["attempt"] = filled.seconds, filled.host, filled.attempts
                names = filled.hosts
                _write_reasons(
                    refused,
                    [
                        (first + place, table.block, why.reason, why.detail)
                        for place, why in filled.refused.items()
                    ],
                )
                _write_reasons(
                    undefined,
                    [
                        (first + place, table.block, "undefined", why)
                        for place, why in sorted(filled.undefined.items())
                    ],
                )
            hosts.append((table.block, names))
            let_go_of_pages(costs)
            column += len(table.columns)
        del matrix, costs
    return FeatureMatrix(
        files["matrix"],
        columns,
        reasons["refused"],
        reasons["undefined"],
        Costs(files["costs"], tuple(hosts)),
    )


def _mapped(temporary: Path, kind: np.dtype[Any], shape: tuple[int, int]) -> NDArray[Any]:
    """Return the array of a new .npy file that has its room on the disk."""
    array = np.lib.format.open_memmap(temporary, mode="w+", dtype=kind, shape=shape)
    take_room(temporary)
    return array


def _write_down(there: NDArray[np.float64], values: NDArray[np.float64]) -> None:
    """Write values (n, columns) into a mapped file from top to bottom, some megabytes at a time."""
    step = max(1, STEP_BYTES // there.strides[0])
    for start in range(0, len(values), step):
        here = slice(start, start + step)
        there[here] = values[here]
        let_go_of_pages(there)


def _write_reasons(writer: pq.ParquetWriter, reasons: Sequence[tuple[int, str, str, str]]) -> None:
    if reasons:
        columns = [list(column) for column in zip(*reasons, strict=True)]
        writer.write_table(pa.table(columns, schema=REASONS_SCHEMA))
