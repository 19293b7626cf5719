"""Whether the materials that came are of the kind the model knows: their features against the earlier ones'."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from matsluice.tasks.changes.record import FeatureDrift, InputDrift

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Fewer new materials say nothing of a distribution.
FEWEST_NEW = 8
# With fewer, the stability index is above 0.1 by chance alone: (bins − 1)(1/n + 1/m).
FEWEST_FOR_STABILITY = 100
BINS = 10
# Share of false alarms among the features that are called drifted.
FALSE_ALARMS = 0.01
# What matters: a third of a standard deviation, or the index's customary threshold for a moderate change.
SHIFT_MATTERS = 1 / 3
STABILITY_MATTERS = 0.1
SHOWN = 20
# Sorting more rows than this for each feature makes the test no sharper.
MOST_ROWS = 20_000
SPREAD_AT_LEAST = 1e-12


def input_drift(earlier: NDArray[np.float64], new: NDArray[np.float64], columns: Sequence[str]) -> InputDrift:
    """Compare the features of new materials with those of earlier ones, one feature at a time.

    A feature is called drifted where the two-sample Kolmogorov–Smirnov test says that the distributions differ
    (p-values adjusted to a false discovery rate of 1 %, Benjamini and Hochberg, J. R. Stat. Soc. B 57, 289, 1995,
    DOI 10.1111/j.2517-6161.1995.tb02031.x) and the difference is large enough to matter: the mean has moved by a
    third of the earlier standard deviation, or the population stability index over the earlier deciles is above
    0.1. Materials count as independent; those of one chemical system are not quite, so p-values are
    rather too small. Undefined values are left out of a feature.

    Parameters
    ----------
    earlier
        Features of the materials that the last run had too, (n, columns); NaN where undefined.
    new
        Features of the materials that came, (m, columns).
    columns
        Their names.
    """
    from scipy.stats import false_discovery_control  # type: ignore[import-untyped]

    counted = InputDrift(new_materials=len(new), earlier_materials=len(earlier))
    if min(len(new), len(earlier)) < FEWEST_NEW:
        return replace(counted, reason=f"fewer than {FEWEST_NEW} materials to compare")
    tested = [
        (place, defined)
        for place in range(len(columns))
        if min(map(len, defined := (_defined(earlier[:, place]), _defined(new[:, place])))) >= FEWEST_NEW
    ]
    if not tested:
        return replace(counted, reason="no feature is defined for enough of them")
    distances = [kolmogorov_smirnov(*defined) for _, defined in tested]
    adjusted = false_discovery_control([p for _, p in distances])
    found = [
        _feature(columns[place], *defined, distance, float(p))
        for (place, defined), (distance, _), p in zip(tested, distances, adjusted, strict=True)
    ]
    drifted = sorted((one for one in found if one.drifted), key=lambda one: (-one.distance, one.column))
    return replace(counted, tested=len(found), drifted=len(drifted), features=tuple(drifted[:SHOWN]))


def thinned(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return at most some 20 000 of the rows' numbers (n,), evenly spread: more make the test no sharper.

    Examples
    --------
    >>> len(thinned(np.arange(100_000))), thinned(np.arange(3)).tolist()
    (20000, [0, 1, 2])
    """
    return rows[:: max(1, -(-len(rows) // MOST_ROWS))]


def _defined(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(values[np.isfinite(values)])


def kolmogorov_smirnov(earlier: NDArray[np.float64], new: NDArray[np.float64]) -> tuple[float, float]:
    """Return the two-sample Kolmogorov–Smirnov distance of (n,) and (m,) values, and its p-value."""
    from scipy.stats import ks_2samp

    # The exact p-value takes seconds for samples of thousands, where the asymptotic one is as good.
    way = "exact" if len(earlier) * len(new) <= 10_000 else "asymp"
    result: Any = ks_2samp(earlier, new, method=way)  # its stubs do not say what stands in it
    return float(result.statistic), float(result.pvalue)


def standardised_shift(earlier: NDArray[np.float64], new: NDArray[np.float64]) -> float | None:
    """Return the difference of the means in earlier standard deviations, None where there is no spread.

    Examples
    --------
    >>> standardised_shift(np.array([0.0, 2.0]), np.array([2.0, 4.0]))
    2.0
    """
    spread = float(earlier.std())
    if spread <= SPREAD_AT_LEAST * max(1.0, float(np.abs(earlier).max())):
        return None
    return float((new.mean() - earlier.mean()) / spread)


def stability_index(earlier: NDArray[np.float64], new: NDArray[np.float64]) -> float | None:
    """Return the population stability index, Σ (q − p) ln(q/p), over bins between the earlier deciles.

    Bins of a value that is frequent fall together. Half a count is added to each, so that an empty one does not
    make the index infinite. None where there are fewer than 100 values on a side, or one bin.
    """
    if min(len(earlier), len(new)) < FEWEST_FOR_STABILITY:
        return None
    edges = np.unique(np.quantile(earlier, np.arange(1, BINS) / BINS))
    shares = []
    for values in (earlier, new):
        counts = np.bincount(np.searchsorted(edges, values, side="right"), minlength=len(edges) + 1)
        shares.append((counts + 0.5) / (counts.sum() + 0.5 * len(counts)))
    p, q = shares
    return float(((q - p) * np.log(q / p)).sum())


def _feature(
    column: str, earlier: NDArray[np.float64], new: NDArray[np.float64], distance: float, adjusted_p: float
) -> FeatureDrift:
    shift, stability = standardised_shift(earlier, new), stability_index(earlier, new)
    # A feature that had one value only and now has others has no standard deviation to compare with.
    matters = (
        (shift is None and distance > 0)
        or abs(shift or 0.0) >= SHIFT_MATTERS
        or (stability or 0.0) >= STABILITY_MATTERS
    )
    drifted = adjusted_p < FALSE_ALARMS and matters
    return FeatureDrift(
        column=column,
        shift=shift,
        distance=distance,
        adjusted_p=adjusted_p,
        stability=stability,
        drifted=drifted,
    )
