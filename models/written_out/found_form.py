"""SISSO's formula over the campaign's features."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from matsluice.models.written_out.digits import shortest_sum, summed
from matsluice.models.written_out.form import Output, WrittenModel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.models.sisso.expressions import Expression
    from matsluice.models.sisso.formula import LinearModel
    from matsluice.models.written_out.prepared_rows import PreparedRows


def found_form(
    model: Any,
    rows: PreparedRows,
    wanted: NDArray[np.float64],
    names: Sequence[str],
    labels: Sequence[str],
    tolerance: float,
) -> WrittenModel:
    """Return the best formula of a fitted SISSORegressor or SISSOClassifier; see `linear_form` for the parameters."""
    best = model.models_[0]
    found: LinearModel = getattr(best, "scores", best)
    descriptors, _ = found.descriptors(rows.filled)
    terms = np.column_stack([np.ones(len(descriptors)), descriptors])
    factors = ["", *(_factor(one.symbolic(names)) for one in found.features)]
    outputs = []
    for place, label in enumerate(labels):
        coefficients = np.array([found.intercepts[place], *found.coefficients[place]])
        texts = shortest_sum(terms, coefficients, wanted[:, place], tolerance)
        outputs.append(Output(label, summed(texts, factors)))
    used = {column for one in found.features for column in _columns(one)}
    return WrittenModel(kind="SISSO formula", outputs=tuple(outputs), symbols=rows.symbols(names, used))


def _factor(expression: Any) -> str:
    return f"({expression})" if expression.is_Add else str(expression)


def _columns(one: Expression) -> set[int]:
    if not one.operands:
        return {one.column}
    return {column for operand in one.operands for column in _columns(operand)}
