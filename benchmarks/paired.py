"""Two sides of a comparison, timed in turns over the same materials: first equal, then how many times as fast."""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two.

    Attributes
    ----------
    given
        From which materials (r,) to what the work starts from: structures, texts, a batch. Not timed.
    work
        What is timed.
    summary
        From what the work gives to the values (r, k), in the same order of columns on both sides. Not timed.
    """

    given: Callable[[NDArray[np.int64]], Any]
    work: Callable[[Any], Any]
    summary: Callable[[Any], Any] = np.asarray

    def values(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the values of these materials."""
        return np.asarray(self.summary(self.work(self.given(rows))), dtype=np.float64)

    def seconds(self, rows: NDArray[np.int64]) -> float:
        """Return how long one material takes, where these are computed in one go."""
        given = self.given(rows)
        gc.collect()
        gc.disable()  # as timeit does: what else lies in memory is no part of either side
        began = perf_counter()
        self.work(given)
        elapsed = perf_counter() - began
        gc.enable()
        return elapsed / len(rows)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a user runs today, and ours.

    Attributes
    ----------
    name
        What is computed, for how large materials: "bond angles, 5 atoms".
    bar
        How many times as fast ours has to be; None where nothing is asked.
    today, ours
        The two sides.
    materials
        How many there are.
    rows
        How many a turn takes: a turn of today's side stays below 2 s.
    again
        How often ours goes over the same materials in its turn, in one batch, to last long enough to be timed.
    checked
        How many materials are compared before anything is timed.
    tolerance
        Largest difference allowed, relative to 1 + |value|; NaN must stand in the same places.
    agreeing
        The least share of materials whose values have to be equal so far. Below 1 only where both answers can
        be right.
    turns
        Of each side.
    """

    name: str
    bar: float | None
    today: Side
    ours: Side
    materials: int
    rows: int
    again: int
    checked: int
    tolerance: float
    agreeing: float = 1.0
    turns: int = 7


@dataclass(frozen=True, slots=True)
class Measured:
    """What came out.

    Attributes
    ----------
    today, ours
        Seconds a material takes, medians over the turns.
    ratio
        Median over the turns of the ratio within a turn.
    difference
        The largest, relative, among the materials that agree in a comparison where not all have to.
    agreed
        Share of the compared materials that are equal within the tolerance.
    """

    of: Comparison
    today: float
    ours: float
    ratio: float
    difference: float
    agreed: float

    @property
    def is_equal(self) -> bool:
        """Whether enough materials have equal values."""
        return self.agreed >= self.of.agreeing

    @property
    def is_fast(self) -> bool:
        """Whether the bar is met, if there is one."""
        return self.of.bar is None or self.ratio >= self.of.bar


def differences(comparison: Comparison) -> NDArray[np.float64]:
    """Return each material's largest relative difference; infinite where one side has a value, the other none."""
    rows = np.arange(comparison.checked)
    today, ours = comparison.today.values(rows), comparison.ours.values(rows)
    if today.shape != ours.shape:
        return np.full(len(rows), np.inf)
    far = np.abs(today - ours) / (1 + np.abs(today))
    far[np.isnan(today) & np.isnan(ours)] = 0.0
    worst: NDArray[np.float64] = np.nan_to_num(far, nan=np.inf).max(axis=1, initial=0.0)
    return worst


def measure(comparison: Comparison) -> Measured:
    """Compare the values, then let both sides take turns over the same materials, other ones every turn."""
    far = differences(comparison)
    equal = far <= comparison.tolerance
    shown = far[equal] if comparison.agreeing < 1 else far
    today, ours = [], []
    for turn in range(comparison.turns):
        rows = np.arange(turn * comparison.rows, (turn + 1) * comparison.rows) % comparison.materials
        today.append(comparison.today.seconds(rows))
        ours.append(comparison.ours.seconds(np.tile(rows, comparison.again)))
    ratios = [one / other for one, other in zip(today, ours, strict=True)]
    return Measured(
        comparison,
        median(today),
        median(ours),
        median(ratios),
        float(shown.max(initial=0.0)),
        float(equal.mean()),
    )
