"""Every subset of d features as a least-squares model, by orthogonalising one feature after another."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

# A feature of which less than this is left beside the others of a subset adds nothing: its coefficients would be huge
# and cancel, and what is left of it would be the rounding of the Gram matrix.
DEPENDENT = 1e-6


@njit(cache=True, nogil=True)
def best_subsets(gram: Any, dots: Any, shares: Any, size: int, firsts: Any, keep: int) -> Any:
    """Return the subsets that explain most, among those whose first feature is one of the given.

    With the d − 1 first features of a subset orthogonalised, what the last one adds is r²/s of two numbers that are
    carried along for each feature: r, its product with the residual, and s, the square that is left of it. So each
    subset costs a few operations, and each beginning one pass over the features: an incremental Cholesky
    factorisation of the Gram matrix.

    Parameters
    ----------
    gram
        (tasks, M, M): weighted products of features of mean 0 and variance 1.
    dots
        (tasks, M): with the target, of mean 0.
    shares
        (tasks,): weight of each task.
    size
        d, 1 to 4.
    firsts
        (f,): indices of first features.
    keep
        How many are returned.

    Returns
    -------
    (subsets (keep, d), explained (keep,)): the weighted sum of squares each explains, the unused entries −1; in no
    order.
    """
    tasks, M = dots.shape
    kept = np.full((keep, size), -1, dtype=np.int64)
    value = np.full(keep, -1.0)
    # For each number of features in the beginning of a subset: what is carried.
    left = np.empty((size, tasks, M))
    product = np.empty((size, tasks, M))
    parts = np.empty((size, tasks, M))
    gained = np.zeros(size)
    chosen = np.zeros(size, dtype=np.int64)
    for t in range(tasks):
        for j in range(M):
            left[0, t, j] = gram[t, j, j]
            product[0, t, j] = dots[t, j]
    for first in firsts:
        chosen[0] = first
        level = 0
        if size == 1:
            _leaves(left, product, shares, gained, chosen, 0, first, first + 1, kept, value)
            continue
        _extend(gram, left, product, parts, shares, gained, chosen, 0)
        level, chosen[1] = 1, first + 1
        while level > 0:
            if level == size - 1:
                _leaves(left, product, shares, gained, chosen, level, chosen[level], M, kept, value)
                level -= 1
                chosen[level] += 1
            elif chosen[level] >= M - (size - 1 - level):
                level -= 1
                chosen[level] += 1
            else:
                _extend(gram, left, product, parts, shares, gained, chosen, level)
                level += 1
                chosen[level] = chosen[level - 1] + 1
    return kept, value


@njit(cache=True, nogil=True)
def _extend(
    gram: Any, left: Any, product: Any, parts: Any, shares: Any, gained: Any, chosen: Any, level: Any
) -> None:
    """Take feature chosen[level] into the beginning of the subset, and carry on what is left of those behind it."""
    i = chosen[level]
    gained[level + 1] = gained[level]
    for t in range(left.shape[1]):
        own = left[level, t, i]
        if own <= DEPENDENT:
            # It adds nothing in this task.
            for j in range(i + 1, left.shape[2]):
                parts[level, t, j] = 0.0
                left[level + 1, t, j] = left[level, t, j]
                product[level + 1, t, j] = product[level, t, j]
            continue
        root = np.sqrt(own)
        beta = product[level, t, i] / root
        gained[level + 1] += shares[t] * beta * beta
        for j in range(i + 1, left.shape[2]):
            component = gram[t, i, j]
            for before in range(level):
                component -= parts[before, t, i] * parts[before, t, j]
            component /= root
            parts[level, t, j] = component
            left[level + 1, t, j] = left[level, t, j] - component * component
            product[level + 1, t, j] = product[level, t, j] - component * beta


@njit(cache=True, nogil=True)
def _leaves(
    left: Any, product: Any, shares: Any, gained: Any, chosen: Any, level: Any, start: Any, stop: Any, kept: Any,
    value: Any,
) -> None:  # fmt: skip
    """Complete the subset with each feature from start to stop."""
    for j in range(start, stop):
        explained = gained[level]
        for t in range(left.shape[1]):
            if left[level, t, j] > DEPENDENT:
                explained += shares[t] * product[level, t, j] ** 2 / left[level, t, j]
        if explained > value[0]:
            chosen[level] = j
            _replace_least(kept, value, chosen, explained)
    chosen[level] = start


@njit(cache=True, nogil=True)
def _replace_least(kept: Any, value: Any, chosen: Any, explained: Any) -> None:
    """Put a subset in the place of the least of the heap, and sift it down."""
    place = 0
    while True:
        child = 2 * place + 1
        if child >= value.size:
            break
        if child + 1 < value.size and value[child + 1] < value[child]:
            child += 1
        if value[child] >= explained:
            break
        value[place] = value[child]
        kept[place] = kept[child]
        place = child
    value[place] = explained
    kept[place] = chosen
