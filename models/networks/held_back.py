"""Rows held back from training, to stop it by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def held_back(
    y: NDArray[Any], share: float, chance: np.random.Generator, *, by_class: bool
) -> NDArray[np.bool_]:
    """Return which rows are held back, shape (rows,).

    Parameters
    ----------
    share
        Of the rows, or of each class: every class keeps at least one row to train on.

    Raises
    ------
    ValueError
        The share leaves no row to hold back.

    Examples
    --------
    >>> y = np.array([0, 0, 0, 0, 0, 1, 1, 1, 1, 1])
    >>> kept = held_back(y, 0.2, np.random.default_rng(0), by_class=True)
    >>> y[kept].tolist()
    [0, 1]
    """
    chosen = np.zeros(len(y), dtype=bool)
    groups = [np.flatnonzero(y == one) for one in np.unique(y)] if by_class else [np.arange(len(y))]
    for group in groups:
        count = min(round(share * len(group)), len(group) - 1)
        chosen[chance.permutation(group)[:count]] = True
    if not chosen.any():
        raise ValueError(
            f"early stopping holds back a share of {share:g}, which of {len(y)} rows is none: "
            "give more rows, a larger validation_share, or early_stopping=False"
        )
    return chosen
