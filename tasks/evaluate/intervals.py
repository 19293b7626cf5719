"""Intervals and sets for cross-validated predictions, each from errors of the other folds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

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


@dataclass(frozen=True, slots=True, eq=False)
class Validated:
    """What cross-validation under one split says of n rows, and the truth.

    Attributes
    ----------
    y_true
        Values, or places of classes, (n,).
    signs
        Predictions, and what else is known without the truth, (n,).
    fold, row
        In which fold each was predicted, and which row it is of, (n,).
    probability
        Of classes, (n, classes); no columns otherwise.
    """

    y_true: NDArray[Any]
    signs: RowSigns
    fold: NDArray[np.int64]
    row: NDArray[np.int64]
    probability: NDArray[np.float64]

    def take(self, rows: NDArray[Any]) -> Validated:
        """Return some of the rows, by their places or by a mask."""
        return Validated(
            self.y_true[rows], self.signs.take(rows), self.fold[rows], self.row[rows], self.probability[rows]
        )


def intervals_elsewhere(
    made_from: Validated, asked: Validated, confidence: float, settings: IntervalSettings = PLAIN
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return up to which confidence intervals made from one split's errors miss another's values, and their width.

    Errors under one split say nothing of those under another: this shows how far intervals made from the one can be
    taken to the other. A row that is asked about, and all others of its fold, are left out of what its interval is
    made from.

    Parameters
    ----------
    made_from, asked
        The same model under both splits.
    confidence
        At which widths are told.
    settings
        How intervals or sets are made.

    Returns
    -------
    Levels, (n,), and widths in the target's unit, or of classes how many are in the set, (n,).
    """
    level, width = np.empty(len(asked.y_true)), np.empty(len(asked.y_true))
    for number in np.unique(asked.fold):
        mine = asked.fold == number
        known, new = made_from.take(~np.isin(made_from.row, asked.row[mine])), asked.take(mine)
        if known.probability.shape[1]:
            sets = ClassSets.of(known.y_true, known.probability, known.signs, settings.per)
            level[mine] = sets.level(new.y_true, new.probability, new.signs)
            width[mine] = sets.holds(new.probability, confidence, new.signs).sum(axis=1)
        else:
            made = ConformalIntervals.learned(known.y_true, known.signs, known.fold, settings)
            level[mine] = made.level(new.y_true, new.signs)
            lower, upper = made.interval(new.signs, confidence)
            width[mine] = upper - lower
    return level, width


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
    [[True, False], [False, False]]
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
