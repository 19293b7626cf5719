"""How much worse predictions become when some columns no longer say anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray


def permutation_importance(
    error: Callable[[NDArray[np.float64]], float],
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
    error
        From features (n, columns) of the rows to the error of what is predicted from them.
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
    >>> only_first = lambda given: float(np.abs(given[:, 0] - X[:, 0]).mean())
    >>> permutation_importance(only_first, X, [np.array([0]), np.array([1])], 3, seed=0).round(1).tolist()
    [6.3, 0.0]
    """
    before = error(X)
    orders = [np.random.default_rng([seed, number]).permutation(len(X)) for number in range(repeats)]
    grown = np.zeros(len(groups))
    for place, columns in enumerate(groups):
        for order in orders:
            shuffled = X.copy()
            shuffled[:, columns] = X[np.ix_(order, columns)]
            grown[place] += (error(shuffled) - before) / repeats
    return grown
