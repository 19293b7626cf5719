"""How far features part classes: of given values, and of every pair of features."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matsluice.models.sisso.correlation import Found, room_for
from matsluice.models.sisso.feature_space import Features
from matsluice.models.sisso.operators import BY_CODE, not_zero

if TYPE_CHECKING:
    from numpy.typing import NDArray


class OverlapScores:
    """Scores 1 − overlap of the classes' domains, so that 1 is no overlap.

    The domain of a class in the original is the interval between its least and largest value, and the overlap the
    number of rows in two intervals at once (Ouyang et al. 2018). One wrong label stretches an interval over another
    class, and every feature then overlaps alike. Here the domains of two classes are the two sides of a boundary, and
    the overlap is the share of rows on the wrong side of the best one, each class counted equally: the same where
    domains do not overlap, and continuous where they do.

    Parameters
    ----------
    features
        What is held.
    label
        (n,): 0, 1, …
    weights
        (sets, n): of rows; a feature's score is that of the set it does best on.
    """

    def __init__(self, features: Features, label: NDArray[np.int64], weights: NDArray[np.float64]) -> None:
        self.features = features
        self.margin = 0.0
        self._label = label
        self._classes = int(label.max()) + 1
        totals = np.stack([np.bincount(label, weights=one, minlength=self._classes) for one in weights])
        self._weights = weights / totals[:, label]
        codes = {one.code for one in features.operators}
        self._codes = np.array([code in codes for code in range(max(BY_CODE) + 1)])
        self._divides = not_zero(features.values) if len(features) else np.zeros(0, dtype=np.bool_)

    def scores(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the score (c,) of features given by their values (c, n)."""
        from matsluice.models.sisso.overlap_kernel import score_of

        return np.array([score_of(one, self._label, self._weights, self._classes) for one in values])

    def pairs(self, first: slice, second: slice, threshold: float) -> list[Found]:
        """Return the pairs of a tile that score at least the threshold."""
        from matsluice.models.sisso.overlap_kernel import pick_separating

        if first.start > second.start:
            return []
        out = room_for(6 * (first.stop - first.start) * (second.stop - second.start))
        count = pick_separating(
            (first.start, first.stop), (second.start, second.stop), self.features.values, self._codes,
            self.features.unit, self._divides, self.features.newest, self._label, self._weights, self._classes,
            threshold, *out,
        )  # fmt: skip
        return [Found.first(count, out)]
