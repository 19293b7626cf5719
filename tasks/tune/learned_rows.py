"""Which rows a fit learns from, and with it a search: all others are out of its reach."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from matsluice.tasks.split.divide import HOLDOUT

if TYPE_CHECKING:
    from numpy.typing import NDArray

# In place of a fold's number: the fit that is tested on the hold-out, and the one that is used.
FOR_HOLDOUT: Final = -1
FOR_USE: Final = -2


def learned_rows(folds: str | Path, fold: int) -> NDArray[np.int64]:
    """Return the rows that are learned from, increasing.

    Parameters
    ----------
    folds
        File with the fold of each training row.
    fold
        The fold that is predicted, which with the hold-out is left out; or `FOR_HOLDOUT`, all rows outside the
        hold-out; or `FOR_USE`, every row.
    """
    fold_of = np.load(folds)
    if fold == FOR_USE:
        return np.arange(len(fold_of))
    if fold == FOR_HOLDOUT:
        return np.flatnonzero(fold_of != HOLDOUT)
    return np.flatnonzero((fold_of >= 0) & (fold_of != fold))
