"""Compositions that are one up to rounding."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

# Of one composition so many near ones are looked at; an alloy series in fine steps has more.
MOST_NEAR: Final = 8


def near_formulas(formulas: Sequence[str] | NDArray[np.str_], tolerance: float) -> NDArray[np.int64]:
    """Return pairs (i, j), (m, 2), in both orders, of different formulas that may be one composition.

    Parameters
    ----------
    formulas
        Reduced formulas, each once, (n,).
    tolerance
        By how much an atomic fraction may differ; the elements are the same.

    Examples
    --------
    >>> near_formulas(["Fe2O3", "Fe333O667", "FeO2", "FeS2"], 1e-3).tolist()
    [[1, 2], [2, 1]]
    """
    from scipy.spatial import cKDTree  # type: ignore[import-untyped]  # it ships no types

    from matsluice.tasks.material import parse_formulas

    parsed = parse_formulas([str(one) for one in formulas])
    batch = parsed.batch
    systems: defaultdict[bytes, list[int]] = defaultdict(list)
    spans = list(zip(batch.offsets[:-1].tolist(), batch.offsets[1:].tolist(), strict=True))
    for place, (start, stop) in enumerate(spans):
        systems[np.sort(batch.atomic_numbers[start:stop]).tobytes()].append(place)
    pairs = []
    for places in systems.values():
        if len(places) < 2:
            continue
        shares = np.empty((len(places), spans[places[0]][1] - spans[places[0]][0]))
        for at, place in enumerate(places):
            start, stop = spans[place]
            amounts = batch.amounts[start:stop][np.argsort(batch.atomic_numbers[start:stop])]
            shares[at] = amounts / amounts.sum()
        # Two that differ by exactly the tolerance are taken as near, whatever arithmetic has made of them.
        reach = tolerance * (1 + 1e-9)
        _, other = cKDTree(shares).query(
            shares, k=min(MOST_NEAR + 1, len(places)), distance_upper_bound=reach, p=np.inf
        )
        line, column = np.nonzero((other < len(places)) & (other != np.arange(len(places))[:, None]))
        found = np.array(places)
        pairs.append(np.stack([found[line], found[other[line, column]]], axis=1))
    if not pairs:
        return np.empty((0, 2), dtype=np.int64)
    both = np.concatenate([*pairs, *(pair[:, ::-1] for pair in pairs)])
    return np.unique(parsed.rows[both], axis=0)
