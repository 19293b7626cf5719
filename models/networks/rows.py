"""The rows a network is fitted to, padded so that folds of about one size share one compiled program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


_SMALLEST: Final = 64


class Rows(NamedTuple):
    """Scaled features (m, columns), targets (m,), and weights (m,), 0 on the rows that are padding.

    The first `real` rows are no padding; their weights have mean 1.
    """

    X: Any
    y: Any
    weights: Any
    real: Any


def padded_size(rows: int) -> int:
    """Return the size that this many rows are padded to: 64 for small tables, then at most an eighth more.

    Examples
    --------
    >>> [padded_size(rows) for rows in (1, 65, 399, 400, 1000)]
    [64, 72, 416, 416, 1024]
    """
    step = 1 << max(rows.bit_length() - 4, 0)
    return max(-(-rows // step) * step, _SMALLEST)


def padded_rows(
    X: NDArray[np.float64], y: NDArray[np.float64], weights: NDArray[np.float64], precision: str
) -> Rows:
    """Return the rows in the asked precision, with rows of weight 0 appended.

    Examples
    --------
    >>> rows = padded_rows(np.ones((17, 2)), np.ones(17), np.full(17, 3.0), "float32")
    >>> rows.X.shape, rows.X.dtype.name, rows.real, float(rows.weights.sum())
    ((64, 2), 'float32', 17, 17.0)
    """
    count = len(y)
    more = padded_size(count) - count
    return Rows(
        X=np.pad(X, ((0, more), (0, 0))).astype(precision),
        y=np.pad(y, (0, more)).astype(precision),
        weights=np.pad(weights / weights.mean(), (0, more)).astype(precision),
        real=count,
    )


def in_blocks(rows: int, most: int = 1024) -> tuple[int, int]:
    """Return how many blocks of which size predictions of this many rows are made in.

    A fixed set of sizes keeps the number of compiled programs small, and a row's prediction apart from how many
    other rows stand beside it.

    Examples
    --------
    >>> in_blocks(5), in_blocks(1500)
    ((1, 64), (2, 1024))
    """
    size = 64 if rows <= 64 else most
    return max(-(-rows // size), 1), size
