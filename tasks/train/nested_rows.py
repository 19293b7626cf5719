"""Fewer rows to learn from, each smaller choice inside the larger one."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def nested_rows(
    groups: NDArray[np.int64] | None, count: int, share: float, seed: int, classes: NDArray[Any] | None = None
) -> NDArray[np.int64]:
    """Return places of the rows of a share of the groups, ascending; with one seed a smaller share is a part of it.

    Points of a learning curve then differ by the rows that came, and not by a draw.

    Parameters
    ----------
    groups
        The group of each row, (count,): whole groups are taken. None where each row is its own.
    count
        Number of rows.
    share
        Of the groups, above 0 and at most 1; at least one group is taken.
    seed
        Of the order in which groups are taken.
    classes
        The class of each row, (count,): then groups of every class are taken by the share, and of each at least one.

    Examples
    --------
    >>> some = nested_rows(None, 10, 0.5, seed=0)
    >>> fewer = nested_rows(None, 10, 0.2, seed=0)
    >>> len(some), len(fewer), set(fewer) <= set(some)
    (5, 2, True)
    """
    _, group = np.unique(np.arange(count) if groups is None else groups, return_inverse=True)
    drawn = np.random.default_rng(seed).permutation(int(group.max()) + 1)
    turn = _turns(drawn, group, classes)
    taken = max(1, math.ceil(share * len(drawn) - 1e-9))
    within = np.zeros(len(drawn), dtype=bool)
    within[np.argsort(turn, kind="stable")[:taken]] = True
    if classes is not None:
        within[turn == 0.0] = True  # the first of each class
    return np.flatnonzero(within[group])


def _turns(
    drawn: NDArray[np.int64], group: NDArray[np.int64], classes: NDArray[Any] | None
) -> NDArray[np.float64]:
    """Return when each group's turn is, from 0 to 1: its place in the draw, or in that of its class."""
    turn = np.empty(len(drawn))
    if classes is None:
        turn[drawn] = np.arange(len(drawn)) / len(drawn)
        return turn
    first = np.unique(group, return_index=True)[1]
    kind = np.asarray(classes)[first]
    for each in np.unique(kind):
        mine = drawn[kind[drawn] == each]
        turn[mine] = np.arange(len(mine)) / len(mine)
    return turn
