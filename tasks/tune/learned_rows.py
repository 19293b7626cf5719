"""Which rows a fit learns from, and with it a search: all others are out of its reach."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from matsluice.tasks.split.folds import load_folds

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
        File with what each fold does with each training row.
    fold
        The fold that is predicted, which with the hold-out and what the fold must not know is left out; or
        `FOR_HOLDOUT`, all rows outside the hold-out; or `FOR_USE`, every row.
    """
    divided = load_folds(folds)
    if fold == FOR_USE:
        return np.arange(len(divided.kept))
    if fold == FOR_HOLDOUT:
        return np.flatnonzero(~divided.kept)
    return divided.learned(fold)
