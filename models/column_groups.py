"""Columns that say much the same, as groups: a model that loses one of them reads it from the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Rank correlation from which on columns are told apart no more.
ALIKE = 0.7
MOST_ROWS = 5000


def correlated_groups(X: NDArray[np.float64], alike: float = ALIKE) -> list[NDArray[np.int64]]:
    """Return the columns of each group, in the order of their first columns; one that never varies is in none.

    Groups are clusters by average linkage of 1 − |Spearman's ρ|, as scikit-learn's guide to permutation importance
    advises for correlated features.

    Parameters
    ----------
    X
        Features, (n, columns); NaN counts as the column's median. Beyond 5000 rows, every k-th is looked at.
    alike
        Mean |ρ| from which on clusters are one.

    Examples
    --------
    >>> x = np.linspace(0.0, 1.0, 50)
    >>> [group.tolist() for group in correlated_groups(np.stack([x, np.sin(40 * x), x**3, 0 * x], axis=1))]
    [[0, 2], [1]]
    """
    from scipy.cluster.hierarchy import fcluster, linkage  # type: ignore[import-untyped]
    from scipy.stats import rankdata  # type: ignore[import-untyped]

    X = X[:: max(1, -(-len(X) // MOST_ROWS))]
    filled = np.where(np.isnan(X), 0.0, X)
    defined = ~np.isnan(X).all(axis=0)
    filled[:, defined] = np.where(np.isnan(X[:, defined]), np.nanmedian(X[:, defined], axis=0), X[:, defined])
    varied = np.flatnonzero(np.ptp(filled, axis=0) > 0.0)
    if len(varied) < 2:
        return [varied[i : i + 1] for i in range(len(varied))]
    ranks = rankdata(filled[:, varied], axis=0)
    ranks -= ranks.mean(axis=0)
    ranks /= np.sqrt((ranks**2).sum(axis=0))
    apart = np.clip(1.0 - np.abs(ranks.T @ ranks), 0.0, None)
    label = fcluster(linkage(apart[np.triu_indices(len(varied), 1)], "average"), 1.0 - alike, "distance")
    groups = [varied[label == number] for number in np.unique(label)]
    return sorted(groups, key=lambda group: int(group[0]))
