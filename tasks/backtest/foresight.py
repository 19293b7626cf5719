"""What a model that has learned from some labelled rows foresees of others, with their labels out of its reach."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from matsluice.infra.mistakes import Failed
from matsluice.infra.seeds import derive_seed
from matsluice.models.inner_folds import inner_folds
from matsluice.models.uncertainty.conformal_intervals import ConformalIntervals
from matsluice.models.uncertainty.interval_settings import USUAL, IntervalSettings
from matsluice.models.uncertainty.row_signs import RowSigns
from matsluice.tasks.screen.acquisition import Foreseen
from matsluice.tasks.screen.objective import Objective
from matsluice.tasks.train.fitting import fitted, predicted
from matsluice.tasks.train.known_rows import known_of_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.tasks.train.training_rows import TrainingRows


@dataclass(frozen=True, slots=True)
class Recipe:
    """How is learned.

    Attributes
    ----------
    kind, parameters, task
        The model.
    objective
        What the campaign looks for.
    intervals
        How intervals are made.
    inner_folds
        Folds of the rows learned from, whose errors intervals and probabilities are made of.
    """

    kind: str
    parameters: Mapping[str, Any]
    task: str
    objective: Objective
    intervals: IntervalSettings = USUAL
    inner_folds: int = 3


def without_labels(rows: TrainingRows, known: NDArray[np.int64]) -> TrainingRows:
    """Return the rows with no label but those of some rows: NaN, or −1 for classes, in the place of all others.

    Whatever is computed from the result cannot depend on a label that is not known.

    Examples
    --------
    >>> from matsluice.tasks.train.training_rows import TrainingRows
    >>> names = np.array(["Si", "Ge"])
    >>> without_labels(TrainingRows(names, names, np.arange(2), np.array([1.1, 0.7])), np.array([1])).y.tolist()
    [nan, 0.7]
    """
    masked = rows.y.copy()
    masked[:] = -1 if len(rows.classes) else np.nan
    masked[known] = rows.y[known]
    return replace(rows, y=masked)


def foresee(
    recipe: Recipe,
    rows: TrainingRows,
    X: NDArray[np.float64],
    learned: NDArray[np.int64],
    asked: NDArray[np.int64],
    groups: NDArray[np.int64] | None,
    seed: int,
    *,
    with_errors: bool,
) -> Foreseen:
    """Learn from some rows, and return what is foreseen of others.

    Parameters
    ----------
    recipe
        How is learned.
    rows, X
        Labelled rows, and the features of all materials, (unique materials, columns). Labels of other rows than
        `learned` are not looked at.
    learned, asked
        Places of the rows learned from, and of those foreseen.
    groups
        The group of each row, (rows,), which inner folds keep together; None where each is its own.
    seed
        Of the fits.
    with_errors
        Whether it must be known how errors are distributed; where it need not, and the objective is a direction, the
        inner folds are left out.

    Raises
    ------
    Failed
        The model refuses so few rows, or they cannot be divided once more.
    """
    rows = without_labels(rows, learned)
    said, signs = _fit(recipe, rows, X, learned, asked, groups, seed)
    objective = recipe.objective
    if recipe.task == "classification":
        probability = said["probability"][:, objective.place]
        return Foreseen(probability, probability, signs)
    if objective.direction and not with_errors:
        return Foreseen(said["y_pred"], np.full(len(asked), np.nan), signs)
    intervals = _intervals(recipe, rows, X, learned, groups, seed)
    probability = (
        np.full(len(asked), np.nan)
        if objective.direction
        else intervals.probability_between(signs, objective.low, objective.high)
    )
    return Foreseen(said["y_pred"], probability, signs, intervals)


def _fit(
    recipe: Recipe,
    rows: TrainingRows,
    X: NDArray[np.float64],
    learned: NDArray[np.int64],
    asked: NDArray[np.int64],
    groups: NDArray[np.int64] | None,
    seed: int,
) -> tuple[dict[str, NDArray[np.float64]], RowSigns]:
    """Return what a model that has learned from some rows says of others, and what is known of these."""
    model = fitted(
        recipe.kind,
        recipe.parameters,
        seed,
        X[rows.material[learned]],
        np.asarray(rows.y[learned]),
        task=recipe.task,
        groups=None if groups is None else groups[learned],
    )
    said = predicted(model, X[rows.material[asked]], len(rows.classes))
    return said, known_of_rows(model, rows, X, learned, asked, said)


def _intervals(
    recipe: Recipe,
    rows: TrainingRows,
    X: NDArray[np.float64],
    learned: NDArray[np.int64],
    groups: NDArray[np.int64] | None,
    seed: int,
) -> ConformalIntervals:
    """Return intervals from errors on rows that were left out in turn, all among those learned from."""
    y = np.asarray(rows.y[learned], dtype=np.float64)
    together = None if groups is None else groups[learned]
    try:
        parts = inner_folds(y, together, recipe.inner_folds, derive_seed(seed, "inner folds"), classes=False)
    except ValueError as refusal:
        raise Failed(f"intervals cannot be made from {len(learned)} rows: {refusal}") from refusal
    signs = []
    for number, (fit, test) in enumerate(parts):
        inner_seed = derive_seed(seed, "inner fit", number)
        signs.append(_fit(recipe, rows, X, learned[fit], learned[test], groups, inner_seed)[1])
    tested = np.concatenate([test for _, test in parts])
    part = np.repeat(np.arange(len(parts)), [len(test) for _, test in parts])
    together_signs = RowSigns(
        **{name: np.concatenate([one.arrays()[name] for one in signs]) for name in signs[0].arrays()}
    )
    return ConformalIntervals.learned(y[tested], together_signs, part, recipe.intervals)
