"""The nearest of some thousand known rows: exact, and the same whatever rows are asked about together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matsluice.models.boxed_points import DIRECTIONS, NOWHERE, BoxedPoints

if TYPE_CHECKING:
    from numpy.typing import NDArray

ITERATIONS = 4
# Known rows that were near to a new one of late and are tried first: candidates that are enumerated are like those
# before them.
RECENT = 2
# What float32 loses of a number at most.
ROUNDING = 2.0**-24


@dataclass(frozen=True, slots=True, eq=False)
class NearestRows:
    """Known rows, with what bounds their distance to a new one.

    In any orthonormal directions two rows are no farther apart than they are; so only rows that are near enough there
    are compared in full, and of whole boxes of rows only those that come near enough. Distances are sums of squares in
    float64, one column after the other, of rows in float32.

    Attributes
    ----------
    rows
        (boxes · LANES, columns) float32, in the order of the boxes; 0 where there is none.
    known
        How many there are, m ≥ 1.
    directions
        (columns, DIRECTIONS) float32, orthonormal; those that are one too many are 0.
    points
        The rows in these directions, in boxes.
    longest
        Length of the longest row.
    """

    rows: NDArray[np.float32]
    known: int
    directions: NDArray[np.float32]
    points: BoxedPoints
    longest: float

    @classmethod
    def of(cls, rows: NDArray[np.float32]) -> NearestRows:
        """Find directions of some rows, (m, columns), in which they vary most, or nearly so.

        By subspace iteration (Halko, Martinsson & Tropp 2011, doi:10.1137/090771806), which thousands of columns can
        afford.
        """
        centred = rows.astype(np.float64) - rows.mean(axis=0, dtype=np.float64)
        columns = rows.shape[1]
        found = np.random.default_rng(columns).normal(size=(columns, min(DIRECTIONS, columns)))
        for _ in range(ITERATIONS):
            found, _ = np.linalg.qr(centred.T @ (centred @ found))
        directions = np.zeros((columns, DIRECTIONS), dtype=np.float32)
        directions[:, : found.shape[1]] = found
        points = BoxedPoints.of(rows @ directions)
        place = points.places.ravel()
        ordered = np.zeros((len(place), columns), dtype=np.float32)
        ordered[place != NOWHERE] = rows[place[place != NOWHERE]]
        return cls(ordered, len(rows), directions, points, float(_lengths(rows).max()))

    def nearest(self, X: NDArray[np.float32], most: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return for each new row (n, columns) its nearest rows and their distances, nearest first.

        Parameters
        ----------
        X
            New rows.
        most
            How many, at most m.

        Returns
        -------
        Places among the known rows and distances, (n, most) each; of equal distances the earlier place stands first.

        Examples
        --------
        >>> known = NearestRows.of(np.array([[0.0], [1], [2], [9]], dtype=np.float32))
        >>> known.nearest(np.array([[1.9]], dtype=np.float32), 2)[0].tolist()
        [[2, 1]]
        """
        from matsluice.models.nearest_rows_kernel import nearest_few  # imports numba

        places = np.full((len(X), most), NOWHERE, dtype=np.int64)
        squares = np.full((len(X), most), np.inf)
        nearest_few(np.ascontiguousarray(X), self.rows, *self._seen(X), *self.points, places, squares)
        return places, np.sqrt(squares)

    def within(self, X: NDArray[np.float32], radius: float) -> NDArray[np.bool_]:
        """Return for each new row (n, columns) whether any row is at most so far away, (n,).

        Examples
        --------
        >>> known = NearestRows.of(np.array([[0.0], [9]], dtype=np.float32))
        >>> known.within(np.array([[1.5], [10.0]], dtype=np.float32), 1.0).tolist()
        [False, True]
        """
        from matsluice.models.nearest_rows_kernel import any_within  # imports numba

        found = np.zeros(len(X), dtype=np.bool_)
        recent = np.arange(min(RECENT, self.known))
        given = np.ascontiguousarray(X)
        any_within(given, self.rows, *self._seen(X), *self.points, float(radius), recent, found)
        return found

    def _seen(self, X: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
        """Return new rows (n, columns) in the directions, and how far rounding may set them apart there, (n,).

        Infinite where a row is beyond float32: it is compared with every row in full.
        """
        with np.errstate(over="ignore", invalid="ignore"):
            seen = np.ascontiguousarray(X @ self.directions)
            lengths = _lengths(X)
            lost = ROUNDING * X.shape[1] * seen.shape[1] ** 0.5 * (lengths + self.longest)
        lost[~np.isfinite(seen).all(axis=1) | ~np.isfinite(lengths)] = np.inf
        return seen, lost


def _lengths(rows: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the length of each row (n, columns)."""
    return np.asarray(np.sqrt(np.einsum("ij,ij->i", rows, rows)), dtype=np.float64)
