"""Where a planar-averaged potential is flat: the vacuum beside a slab."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Without lengths a plateau must be this share of the period: in a bulk crystal the potential is nowhere that flat.
LEAST_SHARE: Final = 0.1
# A level is averaged over this middle part, since a slab's density reaches into the ends.
_MIDDLE: Final = 0.5


@dataclass(frozen=True, slots=True)
class Plateau:
    """A stretch in which the potential varies little.

    Attributes
    ----------
    start, points
        Its first step of the grid, and how many there are; it may run over the end of the period.
    level
        Mean of its middle half, eV.
    slope
        Of a straight line through its middle half, eV per step of the grid.
    """

    start: int
    points: int
    level: float
    slope: float


def longest_flat(values: Floats, spread: float, free: NDArray[np.bool_]) -> Plateau | None:
    """Return the longest stretch, around the period, whose values differ by at most `spread`.

    Parameters
    ----------
    values : (n,)
        eV, at equal steps over a period.
    spread
        eV.
    free : (n,)
        Which steps may be taken.

    Examples
    --------
    >>> found = longest_flat(np.array([5.0, 5.0, 0.0, -3.0, 0.0, 5.0]), 0.1, np.ones(6, dtype=bool))
    >>> found.start, found.points, found.level
    (5, 3, 5.0)
    """
    n = len(values)
    twice, allowed = np.tile(values, 2), np.tile(free, 2)
    best = (0, 0)
    start = 0
    low = high = 0.0
    for stop in range(2 * n):
        if not allowed[stop]:
            start = stop + 1
            continue
        value = twice[stop]
        low, high = (value, value) if start == stop else (min(low, value), max(high, value))
        while high - low > spread or stop - start >= n:
            start += 1
            low, high = twice[start : stop + 1].min(), twice[start : stop + 1].max()
        if stop + 1 - start > best[1]:
            best = (start, stop + 1 - start)
    start, points = best
    if points == 0:
        return None
    trim = int(points * (1 - _MIDDLE) / 2)
    middle = twice[start + trim : start + points - trim]
    slope = float(np.polyfit(np.arange(len(middle)), middle, 1)[0]) if len(middle) > 1 else 0.0
    return Plateau(start % n, points, float(middle.mean()), slope)


def vacuum_plateaus(values: Floats, period: float | None, spread: float, width: float) -> list[Plateau] | str:
    """Return the one or two vacuum plateaus beside a slab, the lower first, or why there are none.

    The vacuum is flat and lies above the mean of an electron's potential energy. A slab whose sides differ, in a
    cell with a dipole correction, has two, with a step between them; without the correction the potential slopes
    through the whole vacuum and there is no level.

    Parameters
    ----------
    values : (n,)
        eV, at equal steps over a period.
    period
        Å, or None where it is not known.
    spread
        How much the potential may vary within a plateau, eV.
    width
        The least width of a plateau, Å; without a period it is a tenth of it.
    """
    n = len(values)
    least = LEAST_SHARE * n if period is None else width / period * n
    free = np.ones(n, dtype=bool)
    found: list[Plateau] = []
    low_lying = False
    while (one := longest_flat(values, spread, free)) is not None and one.points >= least:
        free[(one.start + np.arange(one.points)) % n] = False
        if one.level > values.mean():
            found.append(one)
        else:
            low_lying = True
    if not found:
        if low_lying:
            return (
                "no vacuum above the solid, but a plateau below it: this is the potential of a positive charge, "
                "and an electron's is read (change the sign)"
            )
        return "no vacuum plateau in the potential"
    if _sloping(values, found, spread):
        return "no flat vacuum: the potential slopes through it (a dipole that is not corrected for)"
    return sorted(found[:2], key=lambda plateau: plateau.level)


def _sloping(values: Floats, found: list[Plateau], spread: float) -> bool:
    """Return whether one plateau goes on into another without a step: the cuts of one long slope."""
    n = len(values)
    for one in found:
        end = (one.start + one.points) % n
        follows = any(other.start == end for other in found)
        if follows and abs(values[end] - values[end - 1]) < spread:
            return True
    return False
