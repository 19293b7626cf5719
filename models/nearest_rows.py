"""The nearest of some thousand known rows: exact, and the same whatever rows are asked about together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Directions in which the known rows vary most, in which distances are bounded from below. Of Magpie's features 24 hold
# 90 % of the variance, and leave some 2 of 2500 rows to be looked at for whether any is near, 60 for the nearest ten.
DIRECTIONS = 24
ITERATIONS = 4
# Share of the squared lengths by which a bound may be off in float32.
SLACK = 4e-5
# Rows whose bounds are held in memory at once: a megabyte of them, which a core's own cache has room for.
BLOCK_ROWS = 128
# Known rows that were near to a new one of late and are tried first: candidates that are enumerated are like those
# before them, and eight settle nine in ten of those that are near to any.
RECENT = 8


@dataclass(frozen=True, slots=True, eq=False)
class NearestRows:
    """Known rows, with what bounds their distance to a new one.

    In any orthonormal directions, and with the length of what lies outside them as one more coordinate, two rows are
    no farther apart than they are (the triangle inequality); so only rows whose bound is below the best distance are
    compared in full. Distances are sums of squares in float64, one column after the other, of rows in float32.

    Attributes
    ----------
    rows
        (m, columns) float32, m ≥ 1.
    directions
        (columns, d) float32, orthonormal.
    bounds
        (d + 3, m) float32: what a new row's coordinates are multiplied with to give bounds on squared distances.
    """

    rows: NDArray[np.float32]
    directions: NDArray[np.float32]
    bounds: NDArray[np.float32]

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
        directions = np.ascontiguousarray(found, dtype=np.float32)
        inside, outside, length = _coordinates(rows, directions)
        ones = np.ones((1, len(rows)), dtype=np.float32)
        bounds = np.concatenate([inside.T, outside[None], length[None], ones])
        return cls(np.ascontiguousarray(rows), directions, np.ascontiguousarray(bounds))

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
        Places in `rows` and distances, (n, most) each; of equal distances the earlier place stands first.

        Examples
        --------
        >>> known = NearestRows.of(np.array([[0.0], [1], [2], [9]], dtype=np.float32))
        >>> known.nearest(np.array([[1.9]], dtype=np.float32), 2)[0].tolist()
        [[2, 1]]
        """
        from matsluice.models.nearest_rows_kernel import nearest_few  # imports numba

        places = np.full((len(X), most), len(self.rows), dtype=np.int64)
        squares = np.full((len(X), most), np.inf)
        for start in range(0, len(X), BLOCK_ROWS):
            block = np.ascontiguousarray(X[start : start + BLOCK_ROWS])
            stop = start + len(block)
            nearest_few(block, self.rows, self._bounds(block), places[start:stop], squares[start:stop])
        return places, np.sqrt(squares)

    def within(self, X: NDArray[np.float32], radius: float) -> NDArray[np.bool_]:
        """Return for each new row (n, columns) whether any row is at most so far away, (n,).

        Examples
        --------
        >>> known = NearestRows.of(np.array([[0.0], [9]], dtype=np.float32))
        >>> known.within(np.array([[1.5], [10.0]], dtype=np.float32), 1.0).tolist()
        [False, True]
        """
        from matsluice.models.nearest_rows_kernel import any_within, recent_within  # imports numba

        found = np.zeros(len(X), dtype=np.bool_)
        recent = np.arange(min(RECENT, len(self.rows)))
        # As float32 not below the square, or rounding would leave rows out; infinite where it is beyond float32.
        with np.errstate(over="ignore"):
            above = np.nextafter(np.float32(radius * radius), np.float32(np.inf))
        for start in range(0, len(X), BLOCK_ROWS):
            block = np.ascontiguousarray(X[start : start + BLOCK_ROWS])
            inside = found[start : start + len(block)]
            recent_within(block, self.rows, recent, float(radius), inside)
            open_rows = np.flatnonzero(~inside)
            bounds = self._bounds(block[open_rows])
            # What is not a number, in rows beyond float32, is not left out.
            which, near = np.divmod(np.flatnonzero(~(bounds > above)), len(self.rows))
            any_within(block, self.rows, open_rows[which], near, float(radius), inside, recent)
        return found

    def _bounds(self, block: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return from below the squared distances of new rows (n, columns), (n, m)."""
        # Of rows beyond float32 there are no bounds, and so they are compared in full.
        with np.errstate(over="ignore", invalid="ignore"):
            inside, outside, length = _coordinates(block, self.directions)
            ones = np.ones(len(block), dtype=np.float32)
            mine = np.column_stack([-2.0 * inside, -2.0 * outside, ones, length]).astype(np.float32)
            return np.asarray(mine @ self.bounds)


def _coordinates(
    rows: NDArray[np.float32], directions: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Return rows (n, columns) in the directions, their length outside, and their squared length less the slack."""
    inside = rows @ directions
    squares = np.einsum("ij,ij->i", rows, rows)
    left = squares - np.einsum("ij,ij->i", inside, inside)
    # The length outside is rounded up: what is lost in the difference must not make a bound too large.
    outside = np.sqrt(np.maximum(left, 0.0) + np.float32(SLACK / 4) * squares)
    return inside, outside, squares * np.float32(1.0 - SLACK)
