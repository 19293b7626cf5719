"""L0 selection: the subsets of screened features that fit best, found by trying all of them."""

from __future__ import annotations

from math import comb
from typing import TYPE_CHECKING, Final

import numpy as np

from matsluice.models.sisso.targets import Rows
from matsluice.models.sisso.threads import allowed_threads, on_all_threads

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Subsets that are tried at most where the size of the subspaces is left to us: a second or two.
TRIED: Final = 200_000_000


def features_to_try(size: int) -> int:
    """Return of how many features all subsets of this size can be tried.

    >>> [features_to_try(size) for size in (1, 2, 3, 4)]
    [200000000, 20000, 1063, 264]
    """
    if size == 1:
        return TRIED
    low = size
    while comb(low * 2, size) <= TRIED:
        low *= 2
    step = low
    while step:
        while comb(low + step, size) <= TRIED:
            low += step
        step //= 2
    return low


def best_models(
    standard: NDArray[np.float64], target: NDArray[np.float64], rows: Rows, *, size: int, keep: int
) -> list[tuple[tuple[int, ...], float]]:
    """Return the subsets of features with the least sum of squared residuals, best first.

    Parameters
    ----------
    standard
        Features (M, n) of mean 0 and variance 1 within each task.
    target
        (n,) of mean 0 within each task.
    rows
        Weights, and which rows are a task.
    size
        Features in a model; each task has coefficients of its own.
    keep
        Number of models.

    Returns
    -------
    (indices, share of the target's sum of squares that is explained) of each; where two explain the same to 1e-10,
    that of the better-screened features first.
    """
    from matsluice.models.sisso.subset_kernel import best_subsets

    M = len(standard)
    if size > M:
        return []
    gram = np.empty((len(rows.tasks), M, M))
    dots = np.empty((len(rows.tasks), M))
    total = 0.0
    for number, task in enumerate(rows.tasks):
        weighted = standard[:, task] * rows.weights[task]
        np.matmul(weighted, standard[:, task].T, out=gram[number])
        dots[number] = weighted @ target[task]
        total += float(rows.shares[number] * (rows.weights[task] @ target[task] ** 2))
    if total == 0.0:
        return []
    # A first feature has the fewer subsets the later it comes, so they are dealt out in turn.
    hands = min(4 * allowed_threads(), M - size + 1)
    deals = [np.arange(hand, M - size + 1, hands) for hand in range(hands)]
    found = list(
        on_all_threads(lambda firsts: best_subsets(gram, dots, rows.shares, size, firsts, keep), deals)
    )
    subsets = np.concatenate([one[0] for one in found])
    explained = np.concatenate([one[1] for one in found]) / total
    subsets, explained = subsets[explained >= 0.0], explained[explained >= 0.0]
    order = np.lexsort((*subsets.T[::-1], -np.round(explained / 1e-10)))[:keep]
    return [(tuple(subsets[i].tolist()), float(explained[i])) for i in order.tolist()]
