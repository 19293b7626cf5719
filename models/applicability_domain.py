"""Whether a material is like those a model has learned from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

# Share of the training materials that count as inside their own domain.
INSIDE = 0.95
# Rows whose distances are held in memory at once.
BLOCK_ROWS = 2048
# So many more rows than asked are compared without round-off, so that it does not decide which are the nearest.
SPARE_ROWS = 6


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
        return cls.fit_labelled(X, np.zeros(len(X)))[0]

    @classmethod
    def fit_labelled(
        cls, X: NDArray[np.float64], y: NDArray[np.float64]
    ) -> tuple[ApplicabilityDomain, NDArray[np.float64]]:
        """Return the region and the mean value of each of its distinct rows, (m,), from values (n,).

        Examples
        --------
        >>> ApplicabilityDomain.fit_labelled(np.array([[0.0], [1], [1]]), np.array([5.0, 2, 4]))[1].tolist()
        [5.0, 3.0]
        """
        defined = ~np.isnan(X)
        count = np.maximum(defined.sum(axis=0), 1)
        mean = np.where(defined, X, 0.0).sum(axis=0) / count
        centred = np.where(defined, X - mean, 0.0)
        scale = np.sqrt((centred**2).sum(axis=0) / count)
        # Round-off of the mean makes a constant column look as if it varied.
        scale[scale <= 1e-12 * np.maximum(np.abs(mean), 1.0)] = 0.0
        standard = _standardised(X, mean, scale)
        distinct, place = np.unique(standard, axis=0, return_inverse=True)
        labels = np.bincount(place.ravel(), y) / np.bincount(place.ravel())
        nearest = _nearest(distinct, distinct, skip_itself=True) if len(distinct) > 1 else np.zeros(1)
        threshold = float(np.quantile(nearest, INSIDE))
        return cls(mean, scale, distinct, threshold, np.asarray(defined.all(axis=0))), labels

    def contains(self, X: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return for each row (n, columns) whether it is inside."""
        return self.assess(X)[0]

    def assess(self, X: NDArray[np.float64]) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
        """Return for each row (n, columns) whether it is inside, and its distance to the nearest training row."""
        distance = self.distance(X)
        return self.inside(X, distance), distance

    def inside(self, X: NDArray[np.float64], distance: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return for each row (n, columns) whether it is inside, from its distance to the nearest training row."""
        odd = self._unseen_values(X).any(axis=1) | self._lacking_values(X).any(axis=1)
        return np.asarray(~odd & (distance <= self.threshold))

    def distance(self, X: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the distance of each row (n, columns) to the nearest training row."""
        return _nearest(_standardised(X, self.mean, self.scale), self.rows, skip_itself=False)

    def nearest(self, X: NDArray[np.float64], most: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return for each row (n, columns) its nearest training rows and their distances, nearest first.

        Parameters
        ----------
        X
            Features.
        most
            How many; fewer where there are fewer.

        Returns
        -------
        Places in `rows` and distances, (n, k) each; of equal distances the earlier place stands first.

        Examples
        --------
        >>> domain = ApplicabilityDomain.fit(np.array([[0.0], [1], [2], [9]]))
        >>> domain.nearest(np.array([[1.9]]), 2)[0].tolist()
        [[2, 1]]
        """
        return _nearest_few(_standardised(X, self.mean, self.scale), self.rows, min(most, len(self.rows)))

    def reasons(
        self, X: NDArray[np.float64], distance: NDArray[np.float64], columns: Sequence[str]
    ) -> list[list[str]]:
        """Return for each row (n, columns) why it is outside, in words; nothing where it is inside.

        Parameters
        ----------
        X, distance
            Features, and the distance to the nearest training row, (n,).
        columns
            Names of the features.
        """
        said: list[list[str]] = [[] for _ in range(len(X))]
        for found, what in (
            (self._unseen_values(X), "has a value never seen"),
            (self._lacking_values(X), "is undefined, as never in training"),
        ):
            for row in np.flatnonzero(found.any(axis=1)).tolist():
                which = np.flatnonzero(found[row])
                more = f" and {len(which) - 1} more" if len(which) > 1 else ""
                said[row].append(f"{columns[int(which[0])]}{more} {what}")
        for row in np.flatnonzero(distance > self.threshold).tolist():
            said[row].append(f"far from training: {distance[row]:.3g} > {self.threshold:.3g}")
        return said

    def _unseen_values(self, X: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return where a column that never varied in training has another value, (n, columns)."""
        constant = self.scale == 0.0
        found = np.zeros(X.shape, dtype=bool)
        deviation = np.abs(np.where(np.isnan(X), self.mean, X)[:, constant] - self.mean[constant])
        found[:, constant] = deviation > 1e-9 * np.maximum(np.abs(self.mean[constant]), 1.0)
        return found

    def _lacking_values(self, X: NDArray[np.float64]) -> NDArray[np.bool_]:
        return np.isnan(X) & self.always


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


def _nearest_few(
    X: NDArray[np.float32], training: NDArray[np.float32], most: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the places of each row's nearest training rows and their distances, (n, most) each."""
    squares = np.einsum("ij,ij->i", training, training, dtype=np.float64)
    places = np.empty((len(X), most), dtype=np.int64)
    distances = np.empty((len(X), most))
    compared = min(most + SPARE_ROWS, len(training))
    for start in range(0, len(X), BLOCK_ROWS):
        block = X[start : start + BLOCK_ROWS]
        closeness = squares - 2.0 * (block @ training.T)
        few = np.sort(np.argpartition(closeness, compared - 1, axis=1)[:, :compared], axis=1)
        exact = np.empty(few.shape)
        for column in range(compared):
            apart = block - training[few[:, column]].astype(np.float64)
            exact[:, column] = np.sqrt((apart**2).sum(axis=1))
        order = np.argsort(exact, axis=1, kind="stable")[:, :most]
        places[start : start + len(block)] = np.take_along_axis(few, order, axis=1)
        distances[start : start + len(block)] = np.take_along_axis(exact, order, axis=1)
    return places, distances
