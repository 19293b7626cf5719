"""B-splines of any degree on any knots, in the compiled program and outside it.

A column's knots are an interval's ends t₀ < … < t_G with `degree` more on either side; it has G + degree splines, which
sum to 1 between t₀ and t_G. Beyond the ends a spline goes on as the straight line it has there.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from jax import Array
    from numpy.typing import NDArray


@lru_cache(maxsize=16)
def _compiled_basis(degree: int) -> Any:
    """Return ``basis(x (rows, columns), knots (columns, G + 2 degree + 1)) -> (rows, columns, G + degree)``.

    The derivative by x is given in closed form: differentiating the recursion takes several times as long to compile
    and to run. The derivative by the knots is taken as 0, since knots are never learned.
    """
    import jax
    import jax.numpy as jnp

    def recursion(x: Array, knots: Array, upto: int) -> Array:
        # The right end belongs to the last interval, as every other point to the one on its right.
        last, end = knots[:, -degree - 2], knots[:, -degree - 1]
        place = jnp.where(x >= end, (last + end) / 2, x)[:, :, None]
        t, x = knots[None], x[:, :, None]
        splines = ((place >= t[..., :-1]) & (place < t[..., 1:])).astype(x.dtype)
        for order in range(1, upto + 1):
            slope = 1 / (t[..., order:] - t[..., :-order])
            rising = (x - t[..., : -order - 1]) * slope[..., :-1]
            falling = (t[..., order + 1 :] - x) * slope[..., 1:]
            splines = rising * splines[..., :-1] + falling * splines[..., 1:]
        return splines

    def value_and_slope(x: Array, knots: Array) -> tuple[Array, Array]:
        within = jnp.clip(x, knots[:, degree], knots[:, -degree - 1])
        lower = recursion(within, knots, degree - 1) * (degree / (knots[:, degree:] - knots[:, :-degree]))
        slope = lower[..., :-1] - lower[..., 1:]
        return recursion(within, knots, degree) + slope * (x - within)[..., None], slope

    @jax.custom_jvp
    def basis(x: Array, knots: Array) -> Array:
        return value_and_slope(x, knots)[0]

    @basis.defjvp
    def _(primals: Any, tangents: Any) -> Any:
        value, slope = value_and_slope(*primals)
        return value, slope * tangents[0][..., None]

    return basis


def compiled_basis(x: Array, knots: Array, degree: int) -> Array:
    """Return the splines of each column at x, shape (rows, columns, G + degree); for use inside compiled programs."""
    result: Array = _compiled_basis(degree)(x, knots)
    return result


def basis_of(x: NDArray[np.float64], knots: NDArray[np.float64], degree: int) -> NDArray[np.float64]:
    """Return the splines of one column at x (points,), shape (points, G + degree).

    Examples
    --------
    >>> knots = np.array([-1.0, 0.0, 1.0, 2.0, 3.0])
    >>> basis_of(np.array([0.0, 0.5, 2.0, 9.0]), knots, degree=1).tolist()
    [[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.0, 0.0, 1.0], [0.0, -7.0, 8.0]]
    """
    from scipy.interpolate import BSpline  # type: ignore[import-untyped]

    within = np.clip(x, knots[degree], knots[-degree - 1])
    splines = np.asarray(BSpline.design_matrix(within, knots, degree).toarray())
    beyond = np.flatnonzero(x != within)
    if len(beyond):
        ends = within[beyond]
        # A spline of one degree less starts and ends one knot further in.
        lower = BSpline.design_matrix(ends, knots[1:-1], degree - 1).toarray()
        lower = np.pad(lower, ((0, 0), (1, 1))) * (degree / (knots[degree:] - knots[:-degree]))
        splines[beyond] += (lower[:, :-1] - lower[:, 1:]) * (x[beyond] - ends)[:, None]
    return splines


def spread_knots(
    x: NDArray[np.float64], weights: NDArray[np.float64], grid: int, degree: int, adaptive: float
) -> NDArray[np.float64]:
    """Return the knots (grid + 2 degree + 1,) of a column from the values it takes.

    Parameters
    ----------
    x, weights
        Values and weights, shape (rows,).
    grid
        Intervals.
    adaptive
        0 for intervals of one length, 1 for intervals that hold equally many rows, and between.

    Examples
    --------
    >>> spread_knots(np.array([0.0, 1.0]), np.ones(2), grid=2, degree=1, adaptive=0.0).round(3).tolist()
    [-0.56, -0.03, 0.5, 1.03, 1.56]
    """
    low, high = float(x.min()), float(x.max())
    if high - low <= 1e-9 * max(abs(low), abs(high)):
        low, high = low - 1.0, high + 1.0
    # Room beyond the training rows: the outermost polynomials go on there, where the next row may fall.
    margin = 0.03 * (high - low)
    low, high = low - margin, high + margin
    even = np.linspace(low, high, grid + 1)
    inner = even
    if adaptive > 0:
        shares = np.linspace(0, 1, grid + 1)
        order = np.argsort(x, kind="stable")
        below = np.cumsum(weights[order]) / weights.sum()
        # A share that is met exactly is met, whatever the rounding of the sum: weights count as repeated rows do.
        full = x[order][np.minimum(np.searchsorted(below, shares - 1e-9), len(x) - 1)]
        full[0], full[-1] = low, high
        inner = adaptive * full + (1 - adaptive) * even
    step = (high - low) / grid
    before, after = np.arange(degree, 0, -1), np.arange(1, degree + 1)
    return np.concatenate([low - step * before, inner, high + step * after]).astype(np.float64, copy=False)
