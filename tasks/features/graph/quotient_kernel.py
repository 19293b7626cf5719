"""Compiled indices of quotient graphs: one node a site of the cell, one edge a bonded pair of them.

The graph is simple: several bonds between two sites are one edge, and a bond of a site with its own image is
none. Distances count edges. One breadth-first search a node gives its distances and, going back, its share of
the betweenness (Brandes 2001, doi:10.1080/0022250X.2001.9990249).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

# Columns of the result.
WIENER, RANDIC, CLUSTERING, BETWEENNESS, COMPONENTS, WIDTH = 0, 1, 2, 5, 8, 9


@njit(cache=True, nogil=True)
def quotient_indices(offsets: Any, starts: Any, neighbour: Any) -> Any:
    """Return the (n, 9) indices of n crystals.

    Parameters
    ----------
    offsets : (n + 1,) int64
        Where each crystal's sites begin.
    starts, neighbour : arrays
        Symmetric bonds of all sites.

    Returns
    -------
    (n, 9) float64
        Wiener index, Randić index; clustering coefficient's mean, maximum and standard deviation over the
        nodes; the same of betweenness; number of components.
    """
    out = np.zeros((offsets.size - 1, WIDTH))
    for crystal in range(offsets.size - 1):
        first, last = offsets[crystal], offsets[crystal + 1]
        begin, edges = simple_graph(first, last, starts, neighbour)
        row = out[crystal]
        row[RANDIC] = _randic(begin, edges)
        _moments(_clustering(begin, edges), row[CLUSTERING:BETWEENNESS])
        betweenness, row[WIENER], row[COMPONENTS] = _paths(begin, edges)
        _moments(betweenness, row[BETWEENNESS:COMPONENTS])
    return out


@njit(cache=True, nogil=True)
def simple_graph(first: Any, last: Any, starts: Any, neighbour: Any) -> Any:
    """Return where each node's edges begin, and the nodes at their ends, in increasing order."""
    nodes = last - first
    begin = np.zeros(nodes + 1, np.int64)
    edges = np.empty(starts[last] - starts[first], np.int64)
    filled = 0
    for node in range(nodes):
        for bond in range(starts[first + node], starts[first + node + 1]):
            other = neighbour[bond] - first
            place = filled
            while place > begin[node] and edges[place - 1] > other:
                place -= 1
            if other == node or (place > begin[node] and edges[place - 1] == other):
                continue
            for moved in range(filled, place, -1):
                edges[moved] = edges[moved - 1]
            edges[place] = other
            filled += 1
        begin[node + 1] = filled
    return begin, edges[:filled]


@njit(cache=True, nogil=True)
def _randic(begin: Any, edges: Any) -> float:
    total = 0.0
    for node in range(begin.size - 1):
        degree = begin[node + 1] - begin[node]
        for edge in range(begin[node], begin[node + 1]):
            other = edges[edge]
            if other > node:
                total += 1.0 / np.sqrt(degree * (begin[other + 1] - begin[other]))
    return total


@njit(cache=True, nogil=True)
def _clustering(begin: Any, edges: Any) -> Any:
    """Return 2e/(k(k - 1)) of each node with k neighbours, e edges between them; 0 where k < 2."""
    nodes = begin.size - 1
    coefficients = np.zeros(nodes)
    is_neighbour = np.full(nodes, -1, np.int64)
    for node in range(nodes):
        degree = begin[node + 1] - begin[node]
        if degree < 2:
            continue
        for edge in range(begin[node], begin[node + 1]):
            is_neighbour[edges[edge]] = node
        closed = 0
        for edge in range(begin[node], begin[node + 1]):
            for further in range(begin[edges[edge]], begin[edges[edge] + 1]):
                closed += is_neighbour[edges[further]] == node
        coefficients[node] = closed / (degree * (degree - 1))  # each edge was met from both ends
    return coefficients


@njit(cache=True, nogil=True)
def _paths(begin: Any, edges: Any) -> Any:
    """Return the betweenness of each node over unordered pairs, the Wiener index, the number of components."""
    nodes = begin.size - 1
    betweenness = np.zeros(nodes)
    shortest, share = np.empty(nodes), np.empty(nodes)  # number of shortest paths from the source
    distance = np.empty(nodes, np.int64)
    queue = np.empty(nodes, np.int64)
    twice_wiener, components = 0.0, 0
    for source in range(nodes):
        distance[:], shortest[:], share[:] = -1, 0.0, 0.0
        distance[source], shortest[source], queue[0] = 0, 1.0, source
        reached, at = 1, 0
        least = source
        while at < reached:
            node = queue[at]
            at += 1
            least = min(least, node)
            twice_wiener += distance[node]
            for edge in range(begin[node], begin[node + 1]):
                other = edges[edge]
                if distance[other] < 0:
                    distance[other] = distance[node] + 1
                    queue[reached] = other
                    reached += 1
                if distance[other] == distance[node] + 1:
                    shortest[other] += shortest[node]
        components += least == source
        for place in range(reached - 1, 0, -1):
            node = queue[place]
            per_path = (1.0 + share[node]) / shortest[node]
            for edge in range(begin[node], begin[node + 1]):
                before = edges[edge]
                if distance[before] == distance[node] - 1:
                    share[before] += shortest[before] * per_path
            betweenness[node] += share[node]
    return betweenness / 2.0, twice_wiener / 2.0, components


@njit(cache=True, nogil=True)
def _moments(values: Any, out: Any) -> None:
    """Fill out (3,) with mean, maximum and standard deviation."""
    mean, largest, square = 0.0, values[0], 0.0
    for value in values:
        mean += value
        largest = max(largest, value)
    mean /= values.size
    for value in values:
        square += (value - mean) * (value - mean)
    out[0], out[1], out[2] = mean, largest, np.sqrt(square / values.size)
