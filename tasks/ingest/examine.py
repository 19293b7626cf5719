"""What the rows of a source are worth: the material and the labels of each, or why not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matsluice.tasks.ingest.labels import read_numbers
from matsluice.tasks.ingest.source_batch import Refusal, SourceBatch
from matsluice.tasks.material import material_keys, parse_formulas, reduced_formulas

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class ExaminedRows:
    """Rows with what was made of them.

    Attributes
    ----------
    batch
        The rows as they stood in the source.
    keys, formulas
        Key and reduced formula of each row's material; "" where it has none.
    labels
        Target column → values (rows,), NaN where there is none.
    refusals
        Row → why it cannot be used at all.
    label_refusals
        Target column → row → why it has no value there.
    """

    batch: SourceBatch
    keys: list[str]
    formulas: list[str]
    labels: dict[str, NDArray[np.float64]]
    refusals: dict[int, Refusal]
    label_refusals: dict[str, dict[int, Refusal]]


def examine(batch: SourceBatch, targets: Sequence[str] = ()) -> ExaminedRows:
    """Parse formulas and labels. A row without a material, or without any target, is refused.

    Examples
    --------
    >>> rows = examine(SourceBatch(["1", "2"], ["t.csv:2", "t.csv:3"], ["NaCl", "Xx"], {"gap": ["5", "1"]}), ["gap"])
    >>> rows.formulas, list(rows.refusals)
    (['NaCl', ''], [1])
    """
    parsed = parse_formulas(batch.formulas)
    keys = [""] * len(batch.ids)
    formulas = [""] * len(batch.ids)
    for row, key, formula in zip(
        parsed.rows, material_keys(parsed.batch), reduced_formulas(parsed.batch), strict=True
    ):
        keys[row], formulas[row] = key, formula
    refusals = {r.row: Refusal(r.reason, r.detail) for r in parsed.refused} | batch.refusals
    labels: dict[str, NDArray[np.float64]] = {}
    label_refusals: dict[str, dict[int, Refusal]] = {}
    for target in targets:
        labels[target], label_refusals[target] = read_numbers(target, batch.labels[target])
    if targets:
        unlabelled = set.intersection(*(set(why) for why in label_refusals.values()))
        refusals = {row: label_refusals[targets[0]][row] for row in sorted(unlabelled)} | refusals
    for row in refusals:
        keys[row], formulas[row] = "", ""
    return ExaminedRows(batch, keys, formulas, labels, dict(sorted(refusals.items())), label_refusals)
