"""Intervals and sets for cross-validated predictions, each from errors of the other folds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matsluice.models.class_sets import ClassSets
from matsluice.models.uncertainty.conformal_intervals import ConformalIntervals
from matsluice.models.uncertainty.interval_settings import IntervalSettings
from matsluice.models.uncertainty.row_signs import RowSigns

if TYPE_CHECKING:
    from numpy.typing import NDArray

PLAIN = IntervalSettings(normalised=False)


@dataclass(frozen=True, slots=True)
class CrossIntervals:
    """Intervals of n cross-validated predictions, each array of shape (n,).

    Attributes
    ----------
    lower, upper
        The ends, in the target's unit; infinite where the other folds have too few rows.
    level
        The confidence up to which the row's interval misses its value: the share of levels below a given one is
        the coverage at that level.
    expected_error
        What the interval's width is a multiple of, in the target's unit; 1 where all are of one width.
    """

    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    level: NDArray[np.float64]
    expected_error: NDArray[np.float64]


def cross_conformal_intervals(
    y_true: NDArray[np.float64],
    signs: RowSigns,
    fold: NDArray[np.int64],
    confidence: float,
    settings: IntervalSettings = PLAIN,
    row: NDArray[np.int64] | None = None,
) -> CrossIntervals:
    """Return for each row its interval, from the errors made in the other folds.

    A row's own error never enters its own interval (Vovk 2015, doi:10.1007/s10472-013-9368-4), nor the errors that
    are expected for other rows where its interval is made, also where several folds test it.

    Parameters
    ----------
    y_true
        Measured values, (n,).
    signs
        Predictions, and what else is known without the values, (n,).
    fold
        The fold each was predicted in, (n,).
    confidence
        Share of the rows whose interval is to hold the value.
    settings
        How intervals are made.
    row
        Which row each is of, (n,); None where each is a row of its own.

    Examples
    --------
    >>> y, fold = np.arange(40.0), np.arange(40) % 2
    >>> made = cross_conformal_intervals(y, RowSigns.nothing_known(y + 1 + fold), fold, 0.9)
    >>> made.lower[:2].tolist(), made.upper[:2].tolist()
    ([0.0, 2.0], [3.0, 4.0])
    """
    made = CrossIntervals(*(np.empty(len(y_true)) for _ in range(4)))
    for number in np.unique(fold):
        mine = fold == number
        other = _of_others(mine, row)
        learned = ConformalIntervals.learned(y_true[other], signs.take(other), fold[other], settings)
        asked = signs.take(mine)
        made.lower[mine], made.upper[mine] = learned.interval(asked, confidence)
        made.level[mine] = learned.level(y_true[mine], asked)
        made.expected_error[mine] = learned.expected_error(asked)
    return made


def cross_conformal_sets(
    y_true: NDArray[np.int64],
    probability: NDArray[np.float64],
    fold: NDArray[np.int64],
    confidence: float,
    *,
    signs: RowSigns | None = None,
    per: str = "none",
    row: NDArray[np.int64] | None = None,
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Return for each row which classes are in its set, (n, classes), and up to which level it misses its own, (n,).

    Both from the surprises of the other folds.

    Parameters
    ----------
    y_true
        The place of each row's class, (n,).
    probability
        Of each class, (n, classes).
    fold
        The fold each row was predicted in, (n,).
    confidence
        Share of the rows whose set is to hold the true class.
    signs, per
        What else is known of the rows, and which groups are to be covered by themselves.
    row
        Which row each prediction is of, (n,); None where each is of a row of its own.

    Examples
    --------
    >>> y, fold = np.zeros(40, dtype=int), np.arange(40) % 2
    >>> probability = np.where(fold[:, None] == 0, [0.9, 0.1], [0.6, 0.4])
    >>> cross_conformal_sets(y, probability, fold, 0.9)[0][:2].tolist()
    [[True, False], [True, False]]
    """
    inside, level = np.zeros(probability.shape, dtype=bool), np.empty(len(y_true))
    for number in np.unique(fold):
        mine = fold == number
        other = _of_others(mine, row)
        known = None if signs is None else signs.take(other)
        asked = None if signs is None else signs.take(mine)
        sets = ClassSets.of(y_true[other], probability[other], known, per)
        inside[mine] = sets.holds(probability[mine], confidence, asked)
        level[mine] = sets.level(y_true[mine], probability[mine], asked)
    return inside, level


def _of_others(mine: NDArray[np.bool_], row: NDArray[np.int64] | None) -> NDArray[np.bool_]:
    """Return which predictions, (n,), were made in other folds and of other rows.

    Examples
    --------
    >>> _of_others(np.array([True, True, False, False]), np.array([0, 1, 1, 2])).tolist()
    [False, False, False, True]
    """
    return ~mine if row is None else np.asarray(~np.isin(row, row[mine]))
