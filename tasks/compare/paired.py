"""The difference of two cross-validated errors, with what chance alone does to it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Of intervals, and of what is called a difference.
CONFIDENCE = 0.95
RESAMPLES = 2000
# Numbers drawn at once, so that memory does not grow with the materials.
DRAWN_AT_ONCE = 4_000_000
# Decimals to which differences of folds are equal: less is what the order of a sum does.
ROUND_OFF = 1e-12


@dataclass(frozen=True, slots=True)
class Difference:
    """An error minus another.

    Attributes
    ----------
    mean
        The difference; below 0 the first is the better.
    low, high
        Where it lies with 95 % confidence.
    p
        How often chance alone gives as large a difference, where there is none; None where that cannot be told.
    by
        What was paired: "folds", "materials", or "nothing".
    count
        How many of them.
    """

    mean: float
    low: float
    high: float
    p: float | None = None
    by: str = "nothing"
    count: int = 0

    @property
    def is_nothing(self) -> bool:
        """Whether both are equal in everything that was paired."""
        return self.by != "nothing" and self.mean == self.low == self.high == 0.0


def over_folds(
    now: Sequence[float], before: Sequence[float], test_to_train: float | None = None
) -> Difference | None:
    """Return the difference of two models' errors on the same folds (corrected resampled t-test).

    Folds share most of their training rows, so that their differences are not independent: the variance of the mean
    is s² (1/k + tested/learned) for k folds, and not s²/k. Nadeau & Bengio 2003, doi:10.1023/A:1024068626366.

    Parameters
    ----------
    now, before
        The error in each fold, (k,), in the same order.
    test_to_train
        Rows tested over rows learned from, in a fold; 1/(k − 1) if None, as where every row is tested once.

    Returns
    -------
    None for fewer than two folds.

    Examples
    --------
    >>> found = over_folds([0.40, 0.42, 0.38, 0.41, 0.39], [0.44, 0.45, 0.43, 0.46, 0.42])
    >>> round(found.mean, 3), round(found.p, 3), found.count
    (-0.04, 0.004, 5)
    """
    from scipy.stats import t  # type: ignore[import-untyped]  # it ships no types

    differences = np.asarray(now, np.float64) - np.asarray(before, np.float64)
    k = len(differences)
    if k < 2:
        return None
    mean = float(differences.mean())
    spread = float(differences.std(ddof=1))
    scale = max(float(np.abs(now).max()), float(np.abs(before).max()))
    if spread <= ROUND_OFF * scale:
        mean = 0.0 if abs(mean) <= ROUND_OFF * scale else mean
        return Difference(mean, mean, mean, 0.0 if mean else 1.0, "folds", k)
    error = spread * math.sqrt(1 / k + (1 / (k - 1) if test_to_train is None else test_to_train))
    reach = float(t.ppf(0.5 + CONFIDENCE / 2, k - 1)) * error
    p = 2 * float(t.sf(abs(mean) / error, k - 1))
    return Difference(mean, mean - reach, mean + reach, p, "folds", k)


def over_materials(
    now: NDArray[np.float64], before: NDArray[np.float64], material: NDArray[np.int64], seed: int
) -> Difference | None:
    """Return the difference of the errors on the same rows, by a bootstrap over materials.

    Rows of one material are wrong together, so materials are drawn and not rows (Davison & Hinkley 1997,
    doi:10.1017/CBO9780511802843). It says how the two fitted models compare on such materials; that other training
    rows would have given other models is not in it, which folds in common would show.

    Parameters
    ----------
    now, before
        The error of each row, (n,).
    material
        The number of each row's material, (n,), from 0 without gaps.
    seed
        Of the draws.

    Returns
    -------
    None for fewer than two materials.

    Examples
    --------
    >>> found = over_materials(np.full(100, 0.2), np.tile([0.3, 0.5], 50), np.arange(100), seed=0)
    >>> round(found.mean, 2), found.p < 0.01, found.by
    (-0.2, True, 'materials')
    """
    differences = now - before
    count = int(material.max()) + 1 if len(material) else 0
    if count < 2:
        return None
    sums, rows = np.bincount(material, differences), np.bincount(material)
    rng = np.random.default_rng(seed)
    means = np.empty(RESAMPLES)
    step = max(1, DRAWN_AT_ONCE // count)
    for start in range(0, RESAMPLES, step):
        drawn = rng.integers(count, size=(min(step, RESAMPLES - start), count))
        means[start : start + len(drawn)] = sums[drawn].sum(axis=1) / rows[drawn].sum(axis=1)
    low, high = np.quantile(means, [0.5 - CONFIDENCE / 2, 0.5 + CONFIDENCE / 2])
    beyond = min(int((means <= 0).sum()), int((means >= 0).sum()))
    p = min(1.0, 2 * (beyond + 1) / (RESAMPLES + 1))
    return Difference(float(differences.mean()), float(low), float(high), p, "materials", count)


def over_nothing(now: Sequence[float], before: Sequence[float]) -> Difference | None:
    """Return the difference of two means over folds that have nothing in common, as Welch's test sees it.

    Returns
    -------
    None where either has fewer than two folds.

    Examples
    --------
    >>> found = over_nothing([0.40, 0.42, 0.38], [0.44, 0.45, 0.43])
    >>> found.by, round(found.mean, 3), found.p > 0.05
    ('nothing', -0.04, True)
    """
    from scipy.stats import t

    if min(len(now), len(before)) < 2:
        return None
    error = unpaired_error(now, before)
    mean = sum(now) / len(now) - sum(before) / len(before)
    if error == 0.0:
        return Difference(mean, mean, mean, 1.0 if mean == 0.0 else 0.0, "nothing", 0)
    freedom = min(len(now), len(before)) - 1
    reach = float(t.ppf(0.5 + CONFIDENCE / 2, freedom)) * error
    return Difference(
        mean, mean - reach, mean + reach, 2 * float(t.sf(abs(mean) / error, freedom)), "nothing", 0
    )


def unpaired_error(now: Sequence[float], before: Sequence[float]) -> float:
    """Return the standard error of the difference of two cross-validated means, of two folds or more each.

    The folds of one run share most of their training rows, so that their spread understates how uncertain the mean is.
    Its variance is therefore corrected, s² (1/k + 1/(k − 1)) for k folds (Nadeau & Bengio 2003,
    doi:10.1023/A:1024068626366). The two sides are taken as independent, which errs on the side of seeing no change.

    Examples
    --------
    >>> round(unpaired_error([0.4, 0.5, 0.6], [0.4, 0.5, 0.6]), 4)
    0.1291
    """
    return math.sqrt(
        sum(float(np.var(folds, ddof=1)) * (1 / len(folds) + 1 / (len(folds) - 1)) for folds in (now, before))
    )


def holm(p: Sequence[float | None]) -> list[float | None]:
    """Return p-values adjusted for how many comparisons are made at once; None stays None.

    Holm 1979, https://www.jstor.org/stable/4615733.

    Examples
    --------
    >>> holm([0.01, None, 0.04, 0.03])
    [0.03, None, 0.06, 0.06]
    """
    known = sorted((value, place) for place, value in enumerate(p) if value is not None)
    adjusted: list[float | None] = [None] * len(p)
    least = 0.0
    for rank, (value, place) in enumerate(known):
        least = min(1.0, max(least, value * (len(known) - rank)))
        adjusted[place] = least
    return adjusted
