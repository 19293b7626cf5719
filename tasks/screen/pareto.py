"""Fronts of candidates none of which is better in every objective: exact, though rows come in batches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def may_lead(
    values: NDArray[np.float64], system: NDArray[np.int64], top: int, at_most: int
) -> NDArray[np.bool_]:
    """Return which rows (n,) may be among the first `top` by fronts, whatever rows are added to these.

    A row certainly is not where `top` others stand before it in every case: those that dominate it, and those equal to
    it that the ties put first. Whatever stands before a kept row is kept itself, so fronts of kept rows are those of
    all rows, and keeping is the same batch by batch as at once (the k-skyband: Papadias et al. 2005,
    doi:10.1145/1061318.1061320).

    Parameters
    ----------
    values
        What is sought of each row, the more the better, (n, objectives); rows in falling order of the first objective,
        of equals the second and so on, equal ones as ties are decided.
    system
        The chemical system of each row as a number from 0, (n,).
    top, at_most
        How many rows are looked for, and how many of them may be of one system.

    Examples
    --------
    >>> values = np.array([[2.0, 1.0], [1.0, 2.0], [1.0, 1.0], [0.0, 0.0]])
    >>> may_lead(values, np.arange(4), 2, 4).tolist()
    [True, True, False, False]
    """
    n, objectives = values.shape
    found = np.zeros(n, dtype=np.bool_)
    kept = np.empty(n, dtype=np.int64)
    count = 0
    systems = system.max() + 1 if n else 0
    seen_for = np.full(systems, -1, dtype=np.int64)
    seen = np.zeros(systems, dtype=np.int64)
    for row in range(n):
        before = 0
        for place in range(count):
            other = kept[place]
            stands_before = True
            for each in range(objectives):
                if values[other, each] < values[row, each]:
                    stands_before = False
                    break
            if stands_before:
                of = system[other]
                if seen_for[of] != row:
                    seen_for[of], seen[of] = row, 0
                if seen[of] < at_most:
                    seen[of] += 1
                    before += 1
                    if before >= top:
                        break
        if before < top:
            kept[count] = row
            count += 1
            found[row] = True
    return found


@njit(cache=True, nogil=True)
def fronts(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the front of each row (n,), from 1: a row is one behind the last front that holds a row dominating it.

    A row dominates another where it is as good in every objective and better in one (Deb et al. 2002,
    doi:10.1109/4235.996017). Found by searching the fronts by halves (Zhang et al. 2015,
    doi:10.1109/TEVC.2014.2308305).

    Parameters
    ----------
    values
        As for `may_lead`, in the same order.

    Examples
    --------
    >>> fronts(np.array([[2.0, 1.0], [1.0, 2.0], [1.0, 1.0], [0.0, 0.0]])).tolist()
    [1, 1, 2, 3]
    """
    n, objectives = values.shape
    front = np.zeros(n, dtype=np.int64)
    last = np.full(n, -1, dtype=np.int64)  # of each front, its row that came last
    earlier = np.full(n, -1, dtype=np.int64)  # of each row, the one of its front that came before
    count = 0
    for row in range(n):
        low, high = 0, count
        while low < high:
            middle = (low + high) // 2
            other, dominated = last[middle], False
            while other >= 0 and not dominated:
                as_good, better = True, False
                for each in range(objectives):
                    if values[other, each] < values[row, each]:
                        as_good = False
                        break
                    if values[other, each] > values[row, each]:
                        better = True
                dominated = as_good and better
                other = earlier[other]
            if dominated:
                low = middle + 1
            else:
                high = middle
        front[row] = low + 1
        earlier[row], last[low] = last[low], row
        count = max(count, low + 1)
    return front


def crowding(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far each row (n,) of one front stands from its neighbours; infinite at the ends of an objective.

    The sum over objectives of the distance between both neighbours, in shares of the front's range (Deb et al. 2002,
    section III-B). Rows with the same values are one point, so that twins crowd nobody.

    Parameters
    ----------
    values
        Of the front's rows, (n, objectives), in any order.

    Examples
    --------
    >>> crowding(np.array([[0.0, 4.0], [1.0, 2.0], [1.0, 2.0], [4.0, 0.0]])).tolist()
    [inf, 2.0, 2.0, inf]
    """
    points, which = np.unique(values, axis=0, return_inverse=True)
    distance = np.zeros(len(points))
    for each in range(values.shape[1]):
        order = np.argsort(points[:, each], kind="stable")
        along = points[order, each]
        reach = along[-1] - along[0]
        if reach > 0:
            distance[order[1:-1]] += (along[2:] - along[:-2]) / reach
        distance[order[[0, -1]]] = np.inf
    return np.asarray(distance[which.reshape(-1)])
