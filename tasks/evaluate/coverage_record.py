"""How often intervals or sets hold the truth at each level, as a summary keeps it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# One and two standard deviations of a normal error, and the level most campaigns ask for.
LEVELS = (0.68, 0.9, 0.95)


def coverage_record(level: NDArray[np.float64]) -> dict[str, float]:
    """Return level → share of the rows that are held at it.

    Parameters
    ----------
    level
        Of each row (n,) the confidence up to which its interval or set misses the truth.

    Examples
    --------
    >>> coverage_record(np.array([0.1, 0.5, 0.7, 0.92]))
    {'0.68': 0.5, '0.9': 0.75, '0.95': 1.0}
    """
    return {f"{asked:g}": float(np.mean(level < asked)) for asked in LEVELS}


def coverage_curve(level: NDArray[np.float64]) -> tuple[float, ...]:
    """Return the share of rows (whose levels are given, (n,)) that are held at 0, 1, … 100 %, (101,).

    Examples
    --------
    >>> curve = coverage_curve(np.array([0.1, 0.5]))
    >>> curve[10], curve[11], curve[100]
    (0.0, 0.5, 1.0)
    """
    return tuple((np.searchsorted(np.sort(level), np.arange(101) / 100) / max(len(level), 1)).tolist())


def coverage_interval(held: int, rows: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return within which shares the true coverage lies (Wilson 1927, doi:10.1080/01621459.1927.10502953).

    Examples
    --------
    >>> [round(end, 3) for end in coverage_interval(56, 62)]
    [0.805, 0.955]
    """
    from scipy.stats import binomtest  # type: ignore[import-untyped]

    found = binomtest(held, rows).proportion_ci(confidence, method="wilson")
    return float(found.low), float(found.high)
