"""Linear models in the units of their features: least squares, ridge, lasso, elastic net, logistic regression."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from matsluice.models.written_out.digits import shortest_sum, summed
from matsluice.models.written_out.form import Output, WrittenModel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.models.written_out.prepared_rows import PreparedRows

# Rows that digits are chosen by; how far the text is off is then measured on all.
MOST_ROWS: Final = 20_000
# Share of the tolerance that terms may have which are left out, such as those a lasso has brought near 0.
HAIR: Final = 0.05


def is_linear(model: Any) -> bool:
    """Return whether a fitted estimator is a linear function of its features."""
    return hasattr(model, "coef_") and hasattr(model, "intercept_") and not hasattr(model, "kernel")


def linear_form(
    last: Any,
    model: Any,
    rows: PreparedRows,
    wanted: NDArray[np.float64],
    names: Sequence[str],
    labels: Sequence[str],
    tolerance: float,
) -> WrittenModel:
    """Return a linear model as text, the terms that vary most first.

    Parameters
    ----------
    last, model
        The pipeline's last step, and the estimator inside it.
    rows
        The training rows.
    wanted
        What the model says of them, (n, outputs).
    names, labels
        Identifiers of all columns, and what each output is.
    tolerance
        Largest distance of the text from the model, in the output's unit.
    """
    # Of a standardised target: back to its own unit.
    target = getattr(last, "transformer_", None)
    width, centre = (1.0, 0.0) if target is None else (float(target.scale_[0]), float(target.mean_[0]))
    coefficients = width * np.atleast_2d(model.coef_)
    intercepts = width * np.atleast_1d(model.intercept_) + centre
    outputs, used = [], set[int]()
    some = np.linspace(0, len(rows.filled) - 1, min(len(rows.filled), MOST_ROWS)).astype(np.int64)
    seen = rows.filled[some]
    for place, label in enumerate(labels):
        slopes = np.where(rows.varies, coefficients[place] * rows.slope, 0.0)
        held = np.flatnonzero(~rows.varies)
        intercept = intercepts[place] + float(coefficients[place] @ rows.shift)
        intercept += float((coefficients[place] * rows.slope)[held] @ rows.low[held])
        left_out = _negligible(slopes, rows, tolerance)
        intercept += float(slopes[left_out] @ (rows.low + rows.high)[left_out] / 2)
        slopes[left_out] = 0.0
        kept = np.flatnonzero(slopes)
        kept = kept[np.argsort(-np.abs(slopes[kept] * seen[:, kept].std(axis=0)), kind="stable")]
        terms = np.column_stack([np.ones(len(seen)), seen[:, kept]])
        texts = shortest_sum(terms, np.array([intercept, *slopes[kept]]), wanted[some, place], tolerance)
        factors = ["", *[names[i] for i in kept.tolist()]]
        outputs.append(Output(label, summed(texts, factors)))
        used |= set(kept.tolist())
    return WrittenModel(kind="linear model", outputs=tuple(outputs), symbols=rows.symbols(names, used))


def _negligible(slopes: NDArray[np.float64], rows: PreparedRows, tolerance: float) -> NDArray[np.int64]:
    """Return the columns whose terms, all together, move no prediction by more than a hair of the tolerance."""
    reach = np.abs(slopes) * (rows.high - rows.low)
    order = np.argsort(reach, kind="stable")
    return np.asarray(order[np.cumsum(reach[order]) <= HAIR * tolerance])
