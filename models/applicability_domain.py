"""Whether a material is like those a model has learned from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Share of the training materials that count as inside their own domain.
INSIDE = 0.95
# Rows whose distances are held in memory at once.
BLOCK_ROWS = 2048


@dataclass(frozen=True, slots=True)
class ApplicabilityDomain:
    """A region around the training rows in standardised feature space.

    A row is inside if its distance to the nearest training row is at most the 95th percentile of that distance
    among the training rows themselves, if no column that never varied in training has another value (that is how
    an element the model never saw shows in the composition fractions), and if it has a value wherever every
    training row had one.

    Distance to the nearest training compound as a measure of reliability: Sheridan et al. 2004,
    doi:10.1021/ci049782w.

    Attributes
    ----------
    mean, scale
        Of each column over the training rows, (columns,); scale is 0 where a column never varied.
    rows
        Distinct standardised training rows, (m, columns), float32.
    threshold
        Largest distance that counts as inside, in units of one standard deviation of one column.
    always
        Whether every training row had a value, (columns,).
    """

    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    rows: NDArray[np.float32]
    threshold: float
    always: NDArray[np.bool_]

    @classmethod
    def fit(cls, X: NDArray[np.float64]) -> ApplicabilityDomain:
        """Learn the region from training rows, (n, columns); NaN counts as the column's mean.

        Examples
        --------
        >>> domain = ApplicabilityDomain.fit(np.array([[0.0, 1], [1, 1], [2, 1], [3, 1]]))
        >>> domain.contains(np.array([[1.5, 1], [30, 1], [1.5, 2]])).tolist()
        [True, False, False]
        """
        defined = ~np.isnan(X)
        count = np.maximum(defined.sum(axis=0), 1)
        mean = np.where(defined, X, 0.0).sum(axis=0) / count
        centred = np.where(defined, X - mean, 0.0)
        scale = np.sqrt((centred**2).sum(axis=0) / count)
        # Round-off of the mean makes a constant column look as if it varied.
        scale[scale <= 1e-12 * np.maximum(np.abs(mean), 1.0)] = 0.0
        standard = _standardised(X, mean, scale)
        distinct = np.unique(standard, axis=0)
        nearest = _nearest(distinct, distinct, skip_itself=True) if len(distinct) > 1 else np.zeros(1)
        return cls(
            mean, scale, distinct, float(np.quantile(nearest, INSIDE)), np.asarray(defined.all(axis=0))
        )

    def contains(self, X: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return for each row (n, columns) whether it is inside."""
        return self.assess(X)[0]

    def assess(self, X: NDArray[np.float64]) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
        """Return for each row (n, columns) whether it is inside, and its distance to the nearest training row."""
        constant = self.scale == 0.0
        deviation = np.abs(np.where(np.isnan(X), self.mean, X)[:, constant] - self.mean[constant])
        known = (deviation <= 1e-9 * np.maximum(np.abs(self.mean[constant]), 1.0)).all(axis=1)
        lacking = np.isnan(X[:, self.always]).any(axis=1)
        distance = self.distance(X)
        return np.asarray(known & ~lacking & (distance <= self.threshold)), distance

    def distance(self, X: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the distance of each row (n, columns) to the nearest training row."""
        return _nearest(_standardised(X, self.mean, self.scale), self.rows, skip_itself=False)


def _standardised(
    X: NDArray[np.float64], mean: NDArray[np.float64], scale: NDArray[np.float64]
) -> NDArray[np.float32]:
    varied = scale > 0.0
    filled = np.where(np.isnan(X), mean, X)[:, varied]
    return np.ascontiguousarray((filled - mean[varied]) / scale[varied], dtype=np.float32)


def _nearest(
    X: NDArray[np.float32], training: NDArray[np.float32], *, skip_itself: bool
) -> NDArray[np.float64]:
    """Return each row's distance to the nearest training row, that row itself left out where asked."""
    squares = np.einsum("ij,ij->i", training, training, dtype=np.float64)
    nearest = np.empty(len(X))
    for start in range(0, len(X), BLOCK_ROWS):
        block = X[start : start + BLOCK_ROWS]
        # Which training row is nearest is found by |a|² − 2ab + |b|², its distance then without cancellation.
        closeness = squares - 2.0 * (block @ training.T)
        if skip_itself:
            closeness[np.arange(len(block)), np.arange(start, start + len(block))] = np.inf
        best = training[closeness.argmin(axis=1)].astype(np.float64)
        nearest[start : start + len(block)] = np.sqrt(((block - best) ** 2).sum(axis=1))
    return nearest
