"""Compiled search for the periodic images of an atom that lie within a radius, and for all pairs of a batch.

The lattice is turned so that c lies along x and b in the xy plane. Then the translation along a alone says how
far apart two atoms are along z, that along b with it how far along y, and the range of each translation that
stays within the radius follows from those before it. Every image looked at is near the sphere's surface at
worst, however skewed the cell is (Fincke and Pohst 1985, doi:10.1090/S0025-5718-1985-0777278-8).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

# Å. Pairs so little beyond the radius count as within, as in pymatgen: round-off does not decide.
ROUND_OFF = 1e-8


@njit(cache=True, nogil=True)
def triangular(lattice: Any) -> Any:
    """Return the six lengths (cx, bx, by, ax, ay, az) of the lattice turned so that c is along x, b in xy."""
    # Numbers and no array: numba 0.68 loses the type of an array that a cached kernel gives both to Python and to
    # another cached kernel ("descr is NULL").
    a, b, c = lattice[0], lattice[1], lattice[2]
    cx = np.sqrt(c[0] * c[0] + c[1] * c[1] + c[2] * c[2])
    bx = (b[0] * c[0] + b[1] * c[1] + b[2] * c[2]) / cx
    ax = (a[0] * c[0] + a[1] * c[1] + a[2] * c[2]) / cx
    # What is left of b and a without their part along c: no cancellation as in a difference of squares.
    square, product = 0.0, 0.0
    for k in range(3):
        rest = b[k] - bx * c[k] / cx
        square += rest * rest
        product += rest * a[k]
    by = np.sqrt(square)
    ay = product / by
    square = 0.0
    for k in range(3):
        along_c = c[k] / cx
        along_b = (b[k] - bx * along_c) / by
        rest = a[k] - ax * along_c - ay * along_b
        square += rest * rest
    return cx, bx, by, ax, ay, np.sqrt(square)


@njit(cache=True, nogil=True)
def most_images(turned: Any, radius: float) -> int:
    """Return how many images of one atom there can be within the radius of another, at most."""
    reach = 2.0 * radius + 1e-6
    return int((reach / turned[0] + 2.0) * (reach / turned[2] + 2.0) * (reach / turned[5] + 2.0))


@njit(cache=True, nogil=True)
def images_within(
    turned: Any, fa: float, fb: float, fc: float, radius: float, images: Any, squares: Any
) -> int:
    """Write the translations that bring a point within a radius of the origin; return how many there are.

    Parameters
    ----------
    turned : (6,) float64
        What `triangular` gives.
    fa, fb, fc : float
        The point's fractional coordinates.
    radius : float
        Å.
    images : (q, 3) int32
        Filled with the translations, in lexicographic order; q is at least `most_images`.
    squares : (q,) float64
        Filled with the squared distances, Å².
    """
    cx, bx, by, ax, ay, az = turned[0], turned[1], turned[2], turned[3], turned[4], turned[5]
    limit = radius * radius
    found = 0
    span = radius / az + 1e-9
    for na in range(int(np.ceil(-fa - span)), int(np.floor(span - fa)) + 1):
        a = fa + na
        z = a * az
        left = max(limit - z * z, 0.0)
        middle = fb + a * ay / by
        span_b = np.sqrt(left) / by + 1e-9
        for nb in range(int(np.ceil(-middle - span_b)), int(np.floor(span_b - middle)) + 1):
            b = fb + nb
            y = a * ay + b * by
            square_zy = z * z + y * y
            offset = a * ax + b * bx
            centre = fc + offset / cx
            span_c = np.sqrt(max(limit - square_zy, 0.0)) / cx + 1e-9
            for nc in range(int(np.ceil(-centre - span_c)), int(np.floor(span_c - centre)) + 1):
                x = offset + (fc + nc) * cx
                square = square_zy + x * x
                if square <= limit:
                    images[found, 0], images[found, 1], images[found, 2] = na, nb, nc
                    squares[found] = square
                    found += 1
    return found


@njit(cache=True, nogil=True)
def pairs_within(  # noqa: C901 - loops over sites, neighbours and images
    lattices: Any, offsets: Any, positions: Any, cutoffs: Any, chosen: Any
) -> Any:
    """Return (starts, neighbour, image, distance) of all pairs within each crystal's cutoff.

    Parameters
    ----------
    lattices, offsets, positions : arrays
        The columns of a `CrystalBatch` of n crystals.
    cutoffs : (n,) float64
        Å.
    chosen : (n,) bool
        The sites of the others have no neighbours.
    """
    starts = np.zeros(positions.shape[0] + 1, np.int64)
    expected = 64.0
    for crystal in range(offsets.size - 1):
        if chosen[crystal]:
            sites = offsets[crystal + 1] - offsets[crystal]
            turned = triangular(lattices[crystal])
            volume = turned[0] * turned[2] * turned[5]
            expected += 1.1 * sites * (sites / volume * 4.2 * cutoffs[crystal] ** 3 + 2.0)
    neighbour = np.empty(int(expected), np.int64)
    image = np.empty((int(expected), 3), np.int32)
    distance = np.empty(int(expected), np.float64)
    # A plain 0 is a type of its own, for which numba compiles what is called below again.
    found: Any = np.int64(0)
    for crystal in range(offsets.size - 1):
        first, last = offsets[crystal], offsets[crystal + 1]
        if not chosen[crystal]:
            starts[first + 1 : last + 1] = found
            continue
        turned = triangular(lattices[crystal])
        radius = cutoffs[crystal] + ROUND_OFF
        most = most_images(turned, radius)
        images, squares = np.empty((most, 3), np.int32), np.empty(most)
        for i in range(first, last):
            begin = found
            for j in range(first, last):
                fa = positions[j, 0] - positions[i, 0]
                fb = positions[j, 1] - positions[i, 1]
                fc = positions[j, 2] - positions[i, 2]
                count = images_within(turned, fa, fb, fc, radius, images, squares)
                if found + count > distance.size:
                    neighbour, image, distance = _grown(neighbour, image, distance, found + count)
                for k in range(count):
                    # What shares a site's place, itself or what else may fill it, is no neighbour.
                    if squares[k] > ROUND_OFF * ROUND_OFF:
                        neighbour[found] = j
                        for axis in range(3):
                            image[found, axis] = images[k, axis]
                        distance[found] = np.sqrt(squares[k])
                        found += 1
            _sort(begin, found, neighbour, image, distance)
            starts[i + 1] = found
    return starts, neighbour[:found].copy(), image[:found].copy(), distance[:found].copy()


@njit(cache=True, nogil=True)
def _grown(neighbour: Any, image: Any, distance: Any, needed: int) -> Any:
    size = needed + needed // 2
    more, images, distances = np.empty(size, np.int64), np.empty((size, 3), np.int32), np.empty(size)
    for pair in range(neighbour.size):  # assigning slices takes numba seconds more to compile
        more[pair], distances[pair] = neighbour[pair], distance[pair]
        for axis in range(3):
            images[pair, axis] = image[pair, axis]
    return more, images, distances


@njit(cache=True, nogil=True)
def _sort(begin: int, end: int, neighbour: Any, image: Any, distance: Any) -> None:
    """Order one site's pairs by distance; equal ones stay in the order of neighbour and image (merge sort)."""
    count = end - begin
    lengths = distance[begin:end].copy()
    order, merged = np.arange(count), np.empty(count, np.int64)
    width = 1
    while width < count:
        for low in range(0, count, 2 * width):
            middle, high = min(low + width, count), min(low + 2 * width, count)
            left, right = low, middle
            for place in range(low, high):
                if left < middle and (right >= high or lengths[order[left]] <= lengths[order[right]]):
                    merged[place] = order[left]
                    left += 1
                else:
                    merged[place] = order[right]
                    right += 1
        order, merged = merged, order
        width *= 2
    neighbours, images = neighbour[begin:end].copy(), image[begin:end].copy()
    for place in range(count):
        old = order[place]
        distance[begin + place], neighbour[begin + place] = lengths[old], neighbours[old]
        for axis in range(3):
            image[begin + place, axis] = images[old, axis]


@njit(cache=True, nogil=True)
def distances_of(turned: Any, positions: Any, sites: Any, neighbour: Any, image: Any, out: Any) -> None:
    """Fill out (p,) with the distances of given pairs, in the same arithmetic as `images_within`, Å."""
    cx, bx, by, ax, ay, az = turned[0], turned[1], turned[2], turned[3], turned[4], turned[5]
    for pair in range(sites.size):
        one, other = positions[sites[pair]], positions[neighbour[pair]]
        a = (other[0] - one[0]) + image[pair, 0]
        b = (other[1] - one[1]) + image[pair, 1]
        c = (other[2] - one[2]) + image[pair, 2]
        z = a * az
        y = a * ay + b * by
        x = (a * ax + b * bx) + c * cx
        out[pair] = np.sqrt((z * z + y * y) + x * x)
