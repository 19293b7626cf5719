"""Compiled search for the atoms at each site's shortest distance, and those a little farther."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from matsluice.tasks.features.neighbours.image_loop import images_within, most_images, triangular

_NOT_ITSELF = 1e-8  # Å


@njit(cache=True, nogil=True)
def nearest_pairs(lattices: Any, offsets: Any, positions: Any, tolerance: float) -> Any:
    """Return (starts, neighbour, image, distance, weight) of each site's pairs nearer than (1 + t) times the nearest.

    Parameters
    ----------
    lattices, offsets, positions : arrays
        The columns of a `CrystalBatch` of n crystals.
    tolerance : float
        The t.
    """
    sites = positions.shape[0]
    starts = np.zeros(sites + 1, np.int64)
    size = 16 * sites + 64
    neighbour, image, distance = np.empty(size, np.int64), np.empty((size, 3), np.int32), np.empty(size)
    weight = np.empty(size)
    # A plain 0 is a type of its own, for which numba compiles what is called below again.
    found: Any = np.int64(0)
    for crystal in range(offsets.size - 1):
        first, last = offsets[crystal], offsets[crystal + 1]
        turned = triangular(lattices[crystal])
        shortest_vector = _shortest_vector(turned)
        most = most_images(turned, (1.0 + tolerance) * shortest_vector + 1e-6)
        images, squares = np.empty((most, 3), np.int32), np.empty(most)
        for i in range(first, last):
            bound = min(shortest_vector, _nearest_rounded(turned, positions, i, first, last))
            radius = (1.0 + tolerance) * bound + 1e-6
            begin, least = found, np.inf
            for j in range(first, last):
                fa = positions[j, 0] - positions[i, 0]
                fb = positions[j, 1] - positions[i, 1]
                fc = positions[j, 2] - positions[i, 2]
                count = images_within(turned, fa, fb, fc, radius, images, squares)
                if found + count > distance.size:
                    needed = found + count
                    neighbour, image, distance, weight = _grown(neighbour, image, distance, weight, needed)
                for k in range(count):
                    length = np.sqrt(squares[k])
                    if length > _NOT_ITSELF:
                        least = min(least, length)
                        neighbour[found], distance[found] = j, length
                        for axis in range(3):
                            image[found, axis] = images[k, axis]
                        found += 1
            found = _kept(begin, found, neighbour, image, distance, weight, least, tolerance)
            starts[i + 1] = found
    return (
        starts,
        neighbour[:found].copy(),
        image[:found].copy(),
        distance[:found].copy(),
        weight[:found].copy(),
    )


@njit(cache=True, nogil=True)
def _shortest_vector(turned: Any) -> float:
    """Return the length of the shortest of the cell's three edges: an atom's own image is never farther."""
    cx, bx, by, ax, ay, az = turned[0], turned[1], turned[2], turned[3], turned[4], turned[5]
    return float(min(cx, np.sqrt(bx * bx + by * by), np.sqrt(ax * ax + ay * ay + az * az)))


@njit(cache=True, nogil=True)
def _nearest_rounded(turned: Any, positions: Any, i: int, first: int, last: int) -> float:
    """Return the distance to some atom that is near, found by rounding; one may be nearer in a skewed cell."""
    cx, bx, by, ax, ay, az = turned[0], turned[1], turned[2], turned[3], turned[4], turned[5]
    nearest = np.inf
    for j in range(first, last):
        a = positions[j, 0] - positions[i, 0]
        b = positions[j, 1] - positions[i, 1]
        c = positions[j, 2] - positions[i, 2]
        a -= np.floor(a + 0.5)
        z = a * az
        b += a * ay / by
        y = (b - np.floor(b + 0.5)) * by
        b = (y - a * ay) / by
        c += (a * ax + b * bx) / cx
        x = (c - np.floor(c + 0.5)) * cx
        square = x * x + y * y + z * z
        if square > _NOT_ITSELF * _NOT_ITSELF:
            nearest = min(nearest, square)
    return float(np.sqrt(nearest))


@njit(cache=True, nogil=True)
def _kept(
    begin: int,
    end: int,
    neighbour: Any,
    image: Any,
    distance: Any,
    weight: Any,
    least: float,
    tolerance: float,
) -> int:
    """Keep the pairs nearer than (1 + tolerance) times the least distance, in order; return where they end."""
    kept = begin
    for pair in range(begin, end):
        length = distance[pair]
        if not length < (1.0 + tolerance) * least:
            continue
        which, a, b, c = neighbour[pair], image[pair, 0], image[pair, 1], image[pair, 2]
        place = kept
        while place > begin and distance[place - 1] > length:
            neighbour[place], distance[place] = neighbour[place - 1], distance[place - 1]
            weight[place] = weight[place - 1]
            for axis in range(3):
                image[place, axis] = image[place - 1, axis]
            place -= 1
        neighbour[place], distance[place], weight[place] = which, length, least / length
        image[place, 0], image[place, 1], image[place, 2] = a, b, c
        kept += 1
    return kept


@njit(cache=True, nogil=True)
def _grown(neighbour: Any, image: Any, distance: Any, weight: Any, needed: int) -> Any:
    """Return the four with room for so many, and half as many more."""
    size = needed + needed // 2
    more, images = np.empty(size, np.int64), np.empty((size, 3), np.int32)
    distances, weights = np.empty(size), np.empty(size)
    for pair in range(neighbour.size):  # assigning slices takes numba seconds more to compile
        more[pair], distances[pair], weights[pair] = neighbour[pair], distance[pair], weight[pair]
        for axis in range(3):
            images[pair, axis] = image[pair, axis]
    return more, images, distances, weights
