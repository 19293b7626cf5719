"""Two sides of a comparison, timed in turns: first equal, then how many times as fast."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Side = Callable[[int, int], "NDArray[np.float64]"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a user runs today, and ours, over the same materials.

    Attributes
    ----------
    name
        What is computed, for how large materials: "bond angles, 5 atoms".
    bar
        How many times as fast ours has to be.
    reference, ours
        From (start, stop) to the values (stop - start, k) of these materials, in the same order of columns.
    materials
        How many there are; both sides are compared on `checked` of them.
    reference_rows, our_rows
        How many materials a turn takes.
    checked
        How many materials are compared before anything is timed.
    tolerance
        Largest difference allowed, relative to 1 + |value|; NaN must stand in the same places.
    turns
        Of each side.
    """

    name: str
    bar: float
    reference: Side
    ours: Side
    materials: int
    reference_rows: int
    our_rows: int
    checked: int
    tolerance: float
    turns: int = 7


def difference(comparison: Comparison) -> float:
    """Return the largest relative difference; infinite where one side has a value and the other none."""
    reference = np.asarray(comparison.reference(0, comparison.checked))
    ours = np.asarray(comparison.ours(0, comparison.checked))
    if reference.shape != ours.shape or (np.isnan(reference) != np.isnan(ours)).any():
        return float("inf")
    return float(np.nanmax(np.abs(reference - ours) / (1 + np.abs(reference)), initial=0.0))


def measure(comparison: Comparison) -> dict[str, Any]:
    """Return the seconds a material takes on both sides, their median ratio over the turns, and the difference."""
    worst = difference(comparison)
    starts = cycle(
        range(0, max(1, comparison.materials - comparison.reference_rows + 1), comparison.reference_rows)
    )
    ratios, theirs, ours = [], [], []
    for _, start in zip(range(comparison.turns), starts, strict=False):
        theirs.append(_seconds(comparison.reference, start, comparison.reference_rows))
        ours.append(_seconds(comparison.ours, 0, comparison.our_rows))
        ratios.append(theirs[-1] / ours[-1])
    return {
        "name": comparison.name,
        "reference_seconds": median(theirs),
        "our_seconds": median(ours),
        "ratio": median(ratios),
        "bar": comparison.bar,
        "difference": worst,
        "tolerance": comparison.tolerance,
        "equal": worst <= comparison.tolerance,
    }


def _seconds(side: Side, start: int, rows: int) -> float:
    began = perf_counter()
    side(start, start + rows)
    return (perf_counter() - began) / rows
