"""Compiled properties of the infinite graph of bonds, per atom: any cell of the crystal gives the same."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from matsluice.tasks.features.graph.bonds_kernel import has_bond


@njit(cache=True, nogil=True)
def local_means(offsets: Any, starts: Any, neighbour: Any, image: Any) -> Any:
    """Return per crystal (n, 3): mean degree, Randić index per atom, mean clustering coefficient.

    Parameters
    ----------
    offsets : (n + 1,) int64
        Where each crystal's sites begin.
    starts, neighbour, image : arrays
        Symmetric bonds of all sites.
    """
    out = np.zeros((offsets.size - 1, 3))
    for crystal in range(offsets.size - 1):
        first, last = offsets[crystal], offsets[crystal + 1]
        row = out[crystal]
        row[0] = (starts[last] - starts[first]) / (last - first)
        for site in range(first, last):
            degree = starts[site + 1] - starts[site]
            for bond in range(starts[site], starts[site + 1]):
                other = neighbour[bond]
                row[1] += 0.5 / np.sqrt(degree * (starts[other + 1] - starts[other]))  # a bond has two ends
            row[2] += _clustering(starts, neighbour, image, site)
        row[1] /= last - first
        row[2] /= last - first
    return out


@njit(cache=True, nogil=True)
def _clustering(starts: Any, neighbour: Any, image: Any, site: Any) -> float:
    """Return the share of pairs of a site's neighbours that are bonded to each other; 0 without pairs."""
    degree = starts[site + 1] - starts[site]
    if degree < 2:
        return 0.0
    closed = 0
    for one in range(starts[site], starts[site + 1]):
        for two in range(one + 1, starts[site + 1]):
            closed += has_bond(
                starts,
                neighbour,
                image,
                neighbour[one],
                neighbour[two],
                image[two, 0] - image[one, 0],
                image[two, 1] - image[one, 1],
                image[two, 2] - image[one, 2],
            )
    return float(2.0 * closed / (degree * (degree - 1)))


@njit(cache=True, nogil=True)
def shell_means(offsets: Any, starts: Any, neighbour: Any, image: Any, shells: Any) -> Any:
    """Return (n, shells): how many atoms are 1, 2, … bonds from an atom, averaged over the atoms."""
    out = np.zeros((offsets.size - 1, shells))
    for crystal in range(offsets.size - 1):
        first, last = offsets[crystal], offsets[crystal + 1]
        reach = np.zeros(3, np.int64)
        for bond in range(starts[first], starts[last]):
            for axis in range(3):
                reach[axis] = max(reach[axis], abs(image[bond, axis]))
        reach *= shells
        # Who was seen from which site: one place for each atom within reach of the cell.
        seen = np.full(
            (last - first) * (2 * reach[0] + 1) * (2 * reach[1] + 1) * (2 * reach[2] + 1), -1, np.int32
        )
        # Room for all bonds of the cell, hence for those of any one site; it doubles when needed.
        queue = np.empty((64 + starts[last] - starts[first], 4), np.int64)
        for site in range(first, last):
            queue = _count_shells(first, site, starts, neighbour, image, reach, seen, queue, out[crystal])
        out[crystal] /= last - first
    return out


@njit(cache=True, nogil=True)
def _count_shells(
    first: Any,
    site: Any,
    starts: Any,
    neighbour: Any,
    image: Any,
    reach: Any,
    seen: Any,
    queue: Any,
    counts: Any,
) -> Any:
    """Add the sizes of a site's shells to counts; return the queue, which may have grown."""
    wide, deep = 2 * reach[1] + 1, 2 * reach[2] + 1
    per_site = (2 * reach[0] + 1) * wide * deep
    middle = (reach[0] * wide + reach[1]) * deep + reach[2]
    seen[(site - first) * per_site + middle] = site - first
    queue[0, 0], queue[0, 1:] = site, 0
    at, reached = 0, 1
    for shell in range(counts.size):
        end = reached
        while at < end:
            node, a, b, c = queue[at, 0], queue[at, 1], queue[at, 2], queue[at, 3]
            at += 1
            if reached + starts[node + 1] - starts[node] > queue.shape[0]:
                queue = np.concatenate((queue, np.empty_like(queue)))
            for bond in range(starts[node], starts[node + 1]):
                x, y, z = a + image[bond, 0], b + image[bond, 1], c + image[bond, 2]
                place = (neighbour[bond] - first) * per_site + middle + (x * wide + y) * deep + z
                if seen[place] != site - first:
                    seen[place] = site - first
                    queue[reached, 0] = neighbour[bond]
                    queue[reached, 1], queue[reached, 2], queue[reached, 3] = x, y, z
                    reached += 1
        counts[shell] += reached - end
    return queue


@njit(cache=True, nogil=True)
def dimensionalities(offsets: Any, starts: Any, neighbour: Any, image: Any) -> Any:
    """Return (n, 2): in how many directions the least and the most extended bonded network is infinite.

    The closed walks of a component of the quotient graph sum to lattice translations; their rank is 0 for
    molecules, 1 for chains, 2 for layers, 3 for frameworks.
    """
    out = np.empty((offsets.size - 1, 2))
    for crystal in range(offsets.size - 1):
        first, last = offsets[crystal], offsets[crystal + 1]
        out[crystal, 0], out[crystal, 1] = 3.0, 0.0
        visited = np.zeros(last - first, np.bool_)
        where = np.zeros((last - first, 3), np.int64)
        queue = np.empty(last - first, np.int64)
        for source in range(first, last):
            if not visited[source - first]:
                rank = _rank_of_component(source, first, starts, neighbour, image, visited, where, queue)
                out[crystal, 0] = min(out[crystal, 0], rank)
                out[crystal, 1] = max(out[crystal, 1], rank)
    return out


@njit(cache=True, nogil=True)
def _rank_of_component(
    source: Any, first: Any, starts: Any, neighbour: Any, image: Any, visited: Any, where: Any, queue: Any
) -> Any:
    """Walk a component, noting in `where` in which cell each site is met; return the rank of the closed walks."""
    visited[source - first] = True
    queue[0] = source
    at, reached, rank = 0, 1, 0
    line, normal = np.zeros(3, np.int64), np.zeros(3, np.int64)
    while at < reached:
        node = queue[at]
        at += 1
        for bond in range(starts[node], starts[node + 1]):
            other = neighbour[bond]
            met = where[node - first] + image[bond]
            if not visited[other - first]:
                visited[other - first] = True
                where[other - first] = met
                queue[reached] = other
                reached += 1
                continue
            cycle = met - where[other - first]
            if rank == 0 and np.any(cycle != 0):
                line[:] = cycle
                rank = 1
            elif rank == 1:
                normal[0] = line[1] * cycle[2] - line[2] * cycle[1]
                normal[1] = line[2] * cycle[0] - line[0] * cycle[2]
                normal[2] = line[0] * cycle[1] - line[1] * cycle[0]
                rank += int(np.any(normal != 0))
            elif rank == 2:
                rank += int(normal[0] * cycle[0] + normal[1] * cycle[1] + normal[2] * cycle[2] != 0)
    return rank
