"""Groups of columns side by side, as one block."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from matsluice.tasks.features.block import FeatureValues


def joined(parts: Sequence[FeatureValues]) -> FeatureValues:
    """Return the columns of all parts; a row that lacks something in several has all their reasons.

    Parameters
    ----------
    parts
        At least one, each of the same n crystals.

    Examples
    --------
    >>> left = FeatureValues(np.array([[1.0], [np.nan]]), {1: "no radius for He"})
    >>> right = FeatureValues(np.array([[np.nan], [np.nan]]), dict.fromkeys([0, 1], "no bonds"))
    >>> joined([left, right]).undefined
    {0: 'no bonds', 1: 'no radius for He; no bonds'}
    """
    reasons: dict[int, list[str]] = {}
    for part in parts:
        for row, reason in part.undefined.items():
            said = reasons.setdefault(row, [])
            if reason not in said:
                said.append(reason)
    values = np.concatenate([part.values for part in parts], axis=1)
    return FeatureValues(values, {row: "; ".join(reasons[row]) for row in sorted(reasons)})
