"""What the distribution of a value promises beyond its prediction: expected improvement and upper bound."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.models.uncertainty.conformal_intervals import ConformalIntervals
    from matsluice.models.uncertainty.row_signs import RowSigns


def expected_improvement(
    intervals: ConformalIntervals, signs: RowSigns, best: float, direction: int = 1
) -> NDArray[np.float64]:
    """Return the mean (n,) of how far each value lies beyond the best one known, in the target's unit.

    Jones, Schonlau & Welch 1998 (doi:10.1023/A:1008306431147) take the mean over a normal distribution; here it is over
    the errors on unseen rows, each in units of the error expected of the row. What they put beyond a bound of the
    values counts as at the bound.

    Parameters
    ----------
    intervals
        What is known of the errors.
    signs
        The rows, (n,).
    best
        The largest value known, or the smallest where smaller is better.
    direction
        1 where larger is better, −1 where smaller is.

    Examples
    --------
    >>> from matsluice.models.residual_distribution import ResidualDistribution
    >>> from matsluice.models.uncertainty.conformal_intervals import ConformalIntervals
    >>> from matsluice.models.uncertainty.row_signs import RowSigns
    >>> made = ConformalIntervals(ResidualDistribution(np.array([-1.0, 0.0, 1.0, 2.0])))
    >>> expected_improvement(made, RowSigns.nothing_known(np.array([3.0, 0.0])), best=4.0).tolist()
    [0.25, 0.0]
    """
    near, bound = intervals.bounds if direction > 0 else intervals.bounds[::-1]
    # No value lies before the near bound: up to there all of them gain.
    sure = max(direction * (near - best), 0.0)
    best = best + direction * sure
    scale, gain = intervals.expected_error(signs), np.full(len(signs), sure)
    if direction * (bound - best) <= 0:
        return gain
    for errors, rows in intervals.by_group(signs):
        sided = errors if direction > 0 else errors.mirrored()
        short = direction * (best - signs.prediction[rows]) / scale[rows]
        reached = sided.mean_beyond(short)
        if np.isfinite(bound):
            reached = reached - sided.mean_beyond(direction * (bound - signs.prediction[rows]) / scale[rows])
        gain[rows] += scale[rows] * np.maximum(reached, 0.0)
    return gain


def expected_depth(
    intervals: ConformalIntervals, signs: RowSigns, low: float, high: float
) -> NDArray[np.float64]:
    """Return the mean (n,) of how far inside a window each value lies, from the nearer edge and 0 outside.

    It is a sum of improvements on the edges and the middle, over the errors that `expected_improvement` takes.

    Parameters
    ----------
    intervals, signs
        As for `expected_improvement`.
    low, high
        The window, in the target's unit; either end may be infinite, not both.

    Examples
    --------
    >>> from matsluice.models.residual_distribution import ResidualDistribution
    >>> from matsluice.models.uncertainty.conformal_intervals import ConformalIntervals
    >>> from matsluice.models.uncertainty.row_signs import RowSigns
    >>> made = ConformalIntervals(ResidualDistribution(np.array([-1.0, 0.0])))
    >>> expected_depth(made, RowSigns.nothing_known(np.array([2.5, 9.0])), 1.0, 3.0).tolist()
    [0.5, 0.0]
    """
    if np.isinf(high):
        return expected_improvement(intervals, signs, low)
    if np.isinf(low):
        return expected_improvement(intervals, signs, high, -1)
    up, down, top = (expected_improvement(intervals, signs, edge) for edge in (low, high, (low + high) / 2))
    # Where no value can lie inside nothing is gained, not even an error of rounding.
    inside = intervals.probability_between(signs, low, high) > 0
    return np.where(inside, np.maximum(up - 2 * top + down, 0.0), 0.0)


def upper_bound(
    intervals: ConformalIntervals, signs: RowSigns, kappa: float, direction: int = 1
) -> NDArray[np.float64]:
    """Return how large each value may well be, (n,), in the target's unit: its mean and `kappa` standard deviations.

    With direction −1 it is how small: the mean less as many. Both are those of prediction + error over the errors on
    unseen rows, in units of the error expected of the row (upper confidence bound: Srinivas et al.
    2012, doi:10.1109/TIT.2011.2182033, there with a Gaussian process).

    Parameters
    ----------
    intervals, signs, direction
        As for `expected_improvement`.
    kappa
        How many standard deviations; with 0 only the mean counts.

    Examples
    --------
    >>> from matsluice.models.residual_distribution import ResidualDistribution
    >>> from matsluice.models.uncertainty.conformal_intervals import ConformalIntervals
    >>> from matsluice.models.uncertainty.row_signs import RowSigns
    >>> made = ConformalIntervals(ResidualDistribution(np.array([-2.0, 2.0])))
    >>> row = RowSigns.nothing_known(np.array([5.0]))
    >>> upper_bound(made, row, 2.0).tolist(), upper_bound(made, row, 2.0, direction=-1).tolist()
    ([9.0], [1.0])
    """
    scale, found = intervals.expected_error(signs), np.empty(len(signs))
    for errors, rows in intervals.by_group(signs):
        mean, deviation = (
            (float(errors.residuals.mean()), float(errors.residuals.std()))
            if len(errors.residuals)
            else (0.0, 0.0)
        )
        found[rows] = signs.prediction[rows] + scale[rows] * (mean + direction * kappa * deviation)
    return found
