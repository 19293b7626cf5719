"""Compiled search for the site that stands at a given place, by boxes."""

from __future__ import annotations

from math import floor, sqrt
from typing import Any

import numpy as np
from numba import njit

from matsluice.tasks.material.canonical_crystal.reduction import adjugate


@njit(cache=True, nogil=True)
def box_counts(lattice: Any, sites: int, counts: Any, heights: Any) -> None:
    """Fill counts (3,) with the boxes along each axis, about as many as there are sites, and heights (3,) in Å."""
    areas = np.empty((3, 3))
    volume = adjugate(lattice, areas)
    edge = (volume / sites) ** (1.0 / 3.0)
    for axis in range(3):
        heights[axis] = volume / sqrt(areas[0, axis] ** 2 + areas[1, axis] ** 2 + areas[2, axis] ** 2)
        counts[axis] = max(1, int(heights[axis] / edge))


@njit(cache=True, nogil=True)
def fill_boxes(positions: Any, counts: Any, first: Any, following: Any) -> None:
    """Put each site into its box: first (boxes,) and following (sites,) are linked lists that end with -1.

    Parameters
    ----------
    positions
        (sites, 3), in [0, 1).
    """
    for box in range(first.size):
        first[box] = -1
    for site in range(len(positions)):
        box = 0
        for axis in range(3):
            box = box * counts[axis] + min(int(positions[site, axis] * counts[axis]), counts[axis] - 1)
        following[site] = first[box]
        first[box] = site


@njit(cache=True, nogil=True)
def is_at(one: Any, x: float, y: float, z: float, lattice: Any, square: float) -> bool:
    """Return whether a site (3,) or one of its images stands nearer than √square to a fractional place."""
    a, b, c = one[0] - x, one[1] - y, one[2] - z
    a, b, c = a - np.round(a), b - np.round(b), c - np.round(c)
    distance = 0.0
    for axis in range(3):
        component = a * lattice[0, axis] + b * lattice[1, axis] + c * lattice[2, axis]
        distance += component * component
    return distance < square


@njit(cache=True, nogil=True)
def site_at(
    x: float,
    y: float,
    z: float,
    label: int,
    lattice: Any,
    positions: Any,
    labels: Any,
    counts: Any,
    margins: Any,
    first: Any,
    following: Any,
    square: float,
) -> int:
    """Return the site with this label nearer than √square to a place, -1 where there is none.

    Parameters
    ----------
    x, y, z
        The place, fractional.
    margins
        √square as a part of each of the cell's heights, (3,).
    """
    for i in range(floor((x - margins[0]) * counts[0]), floor((x + margins[0]) * counts[0]) + 1):
        for j in range(floor((y - margins[1]) * counts[1]), floor((y + margins[1]) * counts[1]) + 1):
            for k in range(floor((z - margins[2]) * counts[2]), floor((z + margins[2]) * counts[2]) + 1):
                box = ((i % counts[0]) * counts[1] + j % counts[1]) * counts[2] + k % counts[2]
                site = first[box]
                while site >= 0:
                    if labels[site] == label and is_at(positions[site], x, y, z, lattice, square):
                        return int(site)
                    site = following[site]
    return -1
