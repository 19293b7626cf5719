"""How many hits stand among the first k of a ranking, where equals stand in no order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def standing(keys: Sequence[NDArray[Any]]) -> NDArray[np.int64]:
    """Return the place of each row, (n,), 0 for the best; rows that are equal in every key share a place.

    Parameters
    ----------
    keys
        What rows are ranked by, (n,) each, the more important before the less; the larger stands first.

    Examples
    --------
    >>> standing([np.array([1, 2, 2, 1]), np.array([0.5, 0.1, 0.3, 0.5])]).tolist()
    [2, 1, 0, 2]
    """
    columns = [-np.asarray(key, dtype=np.float64) for key in keys]
    order = np.lexsort(columns[::-1])
    sorted_keys = np.stack(columns, axis=1)[order]
    new = np.any(sorted_keys[1:] != sorted_keys[:-1], axis=1)
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.concatenate([[0], np.cumsum(new)])[: len(order)]
    return place


def found(place: NDArray[np.int64], hit: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return how many hits are expected among the first k, (n + 1,) for k from 0 to n.

    Of rows that share a place each may stand first, so a tie counts as the share of hits in it: no order of equals
    can flatter a ranking.

    Parameters
    ----------
    place
        Of each row, (n,), as `standing` gives it.
    hit
        Whether it is one, (n,).

    Examples
    --------
    >>> found(np.array([0, 1, 1, 2]), np.array([True, True, False, False])).tolist()
    [0.0, 1.0, 1.5, 2.0, 2.0]
    """
    if not len(place):
        return np.zeros(1)
    rows = np.bincount(place)
    hits = np.bincount(place, weights=hit)
    # Hits before the group, and in it as many as the share of its rows that are taken: no sum of rounded shares.
    before = np.repeat(np.cumsum(hits) - hits, rows)
    taken = np.arange(1, len(place) + 1) - np.repeat(np.cumsum(rows) - rows, rows)
    return np.concatenate([[0.0], before + taken * np.repeat(hits, rows) / np.repeat(rows, rows)])


@dataclass(frozen=True, slots=True)
class AtK:
    """What the first k of n rows are worth; where k is more than n, all are taken.

    Attributes
    ----------
    k, rows, hits
        Asked for, rows there are, hits among these.
    precision
        Share of the rows taken that are hits; NaN where none is taken.
    recall
        Share of the hits that are taken; NaN where there are none.
    enrichment
        Precision over the share of hits in all rows, the enrichment factor of virtual screening (Truchon & Bayly 2007,
        doi:10.1021/ci600426e); NaN where there are no hits.
    """

    k: int
    rows: int
    hits: int
    precision: float
    recall: float
    enrichment: float


def at_k(expected: NDArray[np.float64], k: int) -> AtK:
    """Return what the first k are worth.

    Parameters
    ----------
    expected
        What `found` gives, (n + 1,).
    k
        How many are taken.

    Examples
    --------
    >>> at = at_k(found(np.array([0, 1, 2, 3]), np.array([True, False, True, False])), 1)
    >>> at.precision, at.recall, at.enrichment
    (1.0, 0.5, 2.0)
    """
    rows, hits = len(expected) - 1, round(float(expected[-1]))
    taken = min(k, rows)
    here = float(expected[taken])
    precision = here / taken if taken else float("nan")
    return AtK(
        k=k,
        rows=rows,
        hits=hits,
        precision=precision,
        recall=here / hits if hits else float("nan"),
        enrichment=precision * rows / hits if hits else float("nan"),
    )


def discovery_acceleration(listed: NDArray[np.bool_], hit: NDArray[np.bool_]) -> float:
    """Return the discovery acceleration factor: the precision of all that is listed over the prevalence of hits.

    As matbench-discovery defines it (Riebesell et al. 2025, doi:10.1038/s42256-025-01055-1): how many times more often
    a listed material is a hit than one drawn at random. NaN where nothing is listed or nothing is a hit.

    Parameters
    ----------
    listed
        Whether the screen lists a row as meeting the objective, (n,).
    hit
        Whether it does, (n,).

    Examples
    --------
    >>> discovery_acceleration(np.array([True, True, False, False]), np.array([True, False, False, False]))
    2.0
    """
    if not listed.any() or not hit.any():
        return float("nan")
    return float(hit[listed].mean() / hit.mean())
