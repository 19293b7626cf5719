"""Whether a material is like those a model has learned from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matsluice.models.made_once import MadeOnce
from matsluice.models.nearest_rows import NearestRows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

# Share of the training materials that count as inside their own domain.
INSIDE = 0.95
# Rows whose distances are held in memory at once.
BLOCK_ROWS = 2048
# Training rows, with what bounds distances to them.
_known = MadeOnce(NearestRows.of)


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
        nearest = _nearest_others(distinct) if len(distinct) > 1 else np.zeros(1)
        threshold = float(np.quantile(nearest, INSIDE))
        return cls(mean, scale, distinct, threshold, np.asarray(defined.all(axis=0))), labels

    def contains(self, X: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return for each row (n, columns) whether it is inside, which is known sooner than how far it is."""
        standard, odd = self._looked_at(X)
        inside = ~odd
        inside[inside] = _known(self.rows).within(standard[inside], self.threshold)
        return inside

    def assess(self, X: NDArray[np.float64]) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
        """Return for each row (n, columns) whether it is inside, and its distance to the nearest training row."""
        inside, _, distances = self.neighbourhood(X, 1)
        return inside, distances[:, 0]

    def distance(self, X: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the distance of each row (n, columns) to the nearest training row."""
        return self.assess(X)[1]

    def nearest(self, X: NDArray[np.float64], most: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return for each row (n, columns) its nearest training rows and their distances, as `neighbourhood` does.

        Examples
        --------
        >>> domain = ApplicabilityDomain.fit(np.array([[0.0], [1], [2], [9]]))
        >>> domain.nearest(np.array([[1.9]]), 2)[0].tolist()
        [[2, 1]]
        """
        return self.neighbourhood(X, most)[1:]

    def neighbourhood(
        self, X: NDArray[np.float64], most: int
    ) -> tuple[NDArray[np.bool_], NDArray[np.int64], NDArray[np.float64]]:
        """Return for each row (n, columns) whether it is inside, its nearest training rows and their distances.

        Parameters
        ----------
        X
            Features.
        most
            How many; fewer where there are fewer.

        Returns
        -------
        Whether it is inside, (n,); places in `rows` and distances, nearest first, (n, k) each; of equal distances the
        earlier place stands first.
        """
        standard, odd = self._looked_at(X)
        places, distances = _known(self.rows).nearest(standard, min(most, len(self.rows)))
        return ~odd & (distances[:, 0] <= self.threshold), places, distances

    def _looked_at(self, X: NDArray[np.float64]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Return rows (n, columns) standardised, and whether a value of theirs alone puts them outside, (n,)."""
        from matsluice.models.domain_kernel import look_at  # imports numba

        standard = np.empty((len(X), int(np.sum(self.scale > 0.0))), dtype=np.float32)
        odd = np.zeros(len(X), dtype=np.bool_)
        given = np.ascontiguousarray(X, dtype=np.float64)
        mean, scale, always = map(np.array, (self.mean, self.scale, self.always))
        look_at(given, mean, scale, always, standard, odd)
        return standard, odd

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


def _nearest_others(training: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the distance of each training row to the nearest of the others."""
    squares = np.einsum("ij,ij->i", training, training, dtype=np.float64)
    nearest = np.empty(len(training))
    for start in range(0, len(training), BLOCK_ROWS):
        block = training[start : start + BLOCK_ROWS]
        # Which training row is nearest is found by |a|² − 2ab + |b|², its distance then without cancellation.
        closeness = squares - 2.0 * (block @ training.T)
        closeness[np.arange(len(block)), np.arange(start, start + len(block))] = np.inf
        best = training[closeness.argmin(axis=1)].astype(np.float64)
        nearest[start : start + len(block)] = np.sqrt(((block - best) ** 2).sum(axis=1))
    return nearest
