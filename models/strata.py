"""Rows that are to be divided alike: classes, the rare ones together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def strata(y: NDArray[np.int64], parts: int) -> NDArray[np.int64]:
    """Return a stratum for each row (n,), every one of which has at least `parts` rows where n allows it.

    Parameters
    ----------
    y
        The class of each row, (n,).
    parts
        Into how many parts the rows will be divided. A class with fewer rows cannot be in every part; such classes
        make one stratum, and where that is too small as well they join the largest class.

    Examples
    --------
    >>> strata(np.array([0, 0, 0, 0, 1, 2]), 2).tolist()
    [0, 0, 0, 0, 1, 1]
    >>> strata(np.array([0, 0, 0, 0, 1]), 2).tolist()
    [0, 0, 0, 0, 0]
    """
    classes, which, counts = np.unique(y, return_inverse=True, return_counts=True)
    rare = np.flatnonzero(counts < parts)
    if not len(rare):
        return which.astype(np.int64)
    joined = rare[0] if counts[rare].sum() >= parts else np.argmax(counts)
    target = np.arange(len(classes))
    target[rare] = joined
    return np.unique(target[which], return_inverse=True)[1].astype(np.int64)
