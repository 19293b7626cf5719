"""How much worse predictions become when some columns no longer say anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray


# Predicted at once, or one shuffle where it has more: a call costs as much as some hundred rows.
MOST_ROWS = 4096


def permutation_importance(
    errors: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    X: NDArray[np.float64],
    groups: Sequence[NDArray[np.int64]],
    repeats: int,
    seed: int,
) -> NDArray[np.float64]:
    """Return by how much the error grows when a group's columns are shuffled together, (groups,).

    Of rows the model has not seen it is what these columns are worth to it there (Breiman 2001,
    doi:10.1023/A:1010933404324; Fisher, Rudin & Dominici 2019, doi:10.48550/arXiv.1801.01489). Columns that say the
    same must be shuffled together, or each seems worth nothing.

    Parameters
    ----------
    errors
        From copies of the features (copies, n, columns) to the error of what is predicted from each, (copies,).
    X
        The features as they are.
    groups
        Columns of each group.
    repeats
        How often each is shuffled; the mean is taken.
    seed
        Of the shuffles; the same for every group, so that they can be compared.

    Examples
    --------
    >>> X = np.arange(20.0).reshape(10, 2)
    >>> only_first = lambda given: np.abs(given[:, :, 0] - X[:, 0]).mean(axis=1)
    >>> permutation_importance(only_first, X, [np.array([0]), np.array([1])], 3, seed=0).round(1).tolist()
    [6.3, 0.0]
    """
    before = errors(X[None])[0]
    orders = [np.random.default_rng([seed, number]).permutation(len(X)) for number in range(repeats)]
    shuffles = [(place, order) for place in range(len(groups)) for order in orders]
    grown = np.zeros(len(groups))
    at_once = max(1, MOST_ROWS // max(len(X), 1))
    for first in range(0, len(shuffles), at_once):
        some = shuffles[first : first + at_once]
        copies = np.repeat(X[None], len(some), axis=0)
        for copy, (place, order) in zip(copies, some, strict=True):
            copy[:, groups[place]] = X[np.ix_(order, groups[place])]
        for (place, _), error in zip(some, errors(copies), strict=True):
            grown[place] += (error - before) / repeats
    return grown
