"""What the rows of a source are worth: the material and the labels of each, or why not."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from matsluice.tasks.ingest.labels import read_classes, read_numbers
from matsluice.tasks.ingest.source_batch import Refusal, SourceBatch
from matsluice.tasks.material import parse_formulas
from matsluice.tasks.material.materials import Materials
from matsluice.tasks.material.materials_columns import SCHEMA, materials_table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.tasks.material import CompositionBatch, CrystalBatch


@dataclass(frozen=True, slots=True)
class ExaminedRows:
    """Rows with what was made of them.

    Attributes
    ----------
    batch
        The rows as they stood in the source.
    materials
        The columns of `materials_table`, one line a row; all null where the row has no material.
    keys, formulas
        Key and reduced formula of each row's material; "" where it has none, or was not asked for its key.
    labels
        Target column → values (rows,), NaN where there is none; of a target with classes their names, "" where
        there is none.
    refusals
        Row → why it cannot be used at all.
    label_refusals
        Target column → row → why it has no value there.
    """

    batch: SourceBatch
    materials: pa.Table
    keys: list[str]
    formulas: list[str]
    labels: dict[str, NDArray[Any]]
    refusals: dict[int, Refusal]
    label_refusals: dict[str, dict[int, Refusal]]


def examine(
    batch: SourceBatch,
    targets: Sequence[str] = (),
    classes: Collection[str] = (),
    *,
    keys_of_formulas: bool = True,
) -> ExaminedRows:
    """Read materials and labels. A row without a material, or without any target, is refused.

    Parameters
    ----------
    batch
        Rows of a source.
    targets
        Columns with labels.
    classes
        Those of them whose labels are classes and not numbers.
    keys_of_formulas
        As in `materials_table`.

    Examples
    --------
    >>> rows = examine(SourceBatch(["1", "2"], ["t.csv:2", "t.csv:3"], ["NaCl", "Xx"], {"gap": ["5", "1"]}), ["gap"])
    >>> rows.formulas, list(rows.refusals)
    (['NaCl', ''], [1])
    """
    materials, rows, refused = _materials(batch)
    labels: dict[str, NDArray[Any]] = {}
    label_refusals: dict[str, dict[int, Refusal]] = {}
    for target in targets:
        read = read_classes if target in classes else read_numbers
        labels[target], label_refusals[target] = read(target, batch.labels[target])
    refusals = refused | batch.refusals
    if targets:
        unlabelled = set.intersection(*(set(why) for why in label_refusals.values()))
        refusals = {row: label_refusals[targets[0]][row] for row in sorted(unlabelled)} | refusals
    known = None if materials is None else materials_table(materials, keys_of_formulas=keys_of_formulas)
    table = _one_line_a_row(known, rows, len(batch.ids), refusals)
    return ExaminedRows(
        batch,
        table,
        [key or "" for key in table.column("key").to_pylist()],
        [formula or "" for formula in table.column("formula").to_pylist()],
        labels,
        dict(sorted(refusals.items())),
        label_refusals,
    )


def _materials(batch: SourceBatch) -> tuple[Materials | None, NDArray[np.int64], dict[int, Refusal]]:
    """Return the materials that could be read, their rows, and row → why not."""
    if batch.crystals is not None:
        crystals, rows = batch.crystals.batch, batch.crystals.rows
        refused = {r.row: Refusal(r.reason, r.detail) for r in batch.crystals.refused}
        compositions = crystals.compositions()
    elif batch.electronic is None or any(batch.formulas):
        parsed = parse_formulas(batch.formulas)
        compositions, crystals, rows = parsed.batch, None, parsed.rows
        refused = {r.row: Refusal(r.reason, r.detail) for r in parsed.refused}
    else:
        # What an electronic structure is of shows when a block reads it.
        compositions, crystals, refused = None, None, {}
        rows = np.arange(len(batch.ids))
    if batch.electronic is None:
        return _known(compositions, crystals, None), rows, refused
    missing = _unreadable(batch.electronic)
    there = np.flatnonzero([row not in missing for row in rows.tolist()])
    rows = rows[there]
    documents = tuple(batch.electronic[row] for row in rows)
    return (
        _known(
            None if compositions is None else compositions.take(there),
            None if crystals is None else crystals.take(there),
            documents,
        ),
        rows,
        missing | refused,
    )


def _unreadable(documents: Sequence[str]) -> dict[int, Refusal]:
    """Return row → why its electronic structure is not there; whether it can be read shows when a block does."""
    from matsluice.tasks.electronic.documents import document_key
    from matsluice.tasks.electronic.record import CannotRead

    refused: dict[int, Refusal] = {}
    for row, document in enumerate(documents):
        if not document:
            refused[row] = Refusal("no electronic structure", "the row names no file and holds no JSON")
            continue
        try:
            document_key(document)
        except CannotRead as why:
            refused[row] = Refusal(why.reason, why.detail)
    return refused


def _known(
    compositions: CompositionBatch | None, crystals: CrystalBatch | None, documents: tuple[str, ...] | None
) -> Materials | None:
    from matsluice.tasks.electronic.batch import ElectronicBatch

    lengths = {len(batch) for batch in (compositions, crystals, documents) if batch is not None}
    if lengths == {0}:
        return None
    return Materials(compositions, crystals, None if documents is None else ElectronicBatch(documents))


def _one_line_a_row(
    known: pa.Table | None, rows: NDArray[np.int64], n: int, refusals: dict[int, Refusal]
) -> pa.Table:
    if known is not None and len(rows) == n and not refusals:
        return known
    places: list[int | None] = [None] * n
    for place, row in enumerate(rows.tolist()):
        places[row] = None if row in refusals else place
    return (SCHEMA.empty_table() if known is None else known).take(pa.array(places, pa.int64()))
