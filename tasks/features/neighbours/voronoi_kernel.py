"""Compiled Voronoi cells of all sites of a batch: each is cut out by its neighbours in order of distance.

A neighbour at distance d cuts the cell with the plane half-way, so it cannot reach a cell whose farthest corner is
nearer than d / 2: there the search ends, and everything that could cut has been seen, however large the cell.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from matsluice.tasks.features.neighbours.convex_cell_kernel import (
    area_and_solid_angle,
    cut,
    is_cut,
    largest_radius,
    start_box,
)
from matsluice.tasks.features.neighbours.image_loop import images_within, most_images, triangular

# Of the neighbour's distance: planes that cut off no more than that are round-off, as where many meet in a corner.
_MARGIN = 1e-10
# Of the area of the site's largest face: smaller ones are round-off, and their solid angle over area has no digits.
_SMALLEST_FACE = 1e-12
_NOT_ITSELF = 1e-8  # Å


@njit(cache=True, nogil=True)
def cells_of_sites(lattices: Any, offsets: Any, positions: Any) -> Any:
    """Return (starts, neighbour, image, distance, area, solid_angle) of the faces of all cells, nearest first.

    Parameters
    ----------
    lattices, offsets, positions : arrays
        The columns of a `CrystalBatch` of n ordered crystals.
    """
    sites = positions.shape[0]
    starts = np.zeros(sites + 1, np.int64)
    size = 24 * sites + 64
    pairs, measures = np.empty((size, 4), np.int64), np.empty((size, 3))
    # A new face has at most two corners for every face that its plane cuts.
    corners, counts = np.empty((64, 130, 3)), np.empty(64, np.int64)
    labels, room = np.empty((64, 5)), np.empty((258, 4))
    # A plain 0 is a type of its own, for which numba compiles what is called below again.
    found: Any = np.int64(0)
    for crystal in range(offsets.size - 1):
        first, last = offsets[crystal], offsets[crystal + 1]
        turned = triangular(lattices[crystal])
        for i in range(first, last):
            faces, corners, counts, labels, room = _cell(
                turned, positions, i, first, last, corners, counts, labels, room
            )
            if found + faces > pairs.shape[0]:
                pairs, measures = _longer(pairs, measures, found, 2 * (found + faces))
            found = _write(faces, corners, counts, labels, pairs, measures, found)
            starts[i + 1] = found
    return (
        starts,
        pairs[:found, 0].copy(),
        _images(pairs, found),
        measures[:found, 0].copy(),
        measures[:found, 1].copy(),
        measures[:found, 2].copy(),
    )


@njit(cache=True, nogil=True)
def _cell(
    turned: Any,
    positions: Any,
    i: int,
    first: int,
    last: int,
    corners: Any,
    counts: Any,
    labels: Any,
    room: Any,
) -> Any:
    """Return (faces, corners, counts, labels, room) of the cell of site i; label: neighbour, image, distance."""
    cx, bx, by, ax, ay, az = turned[0], turned[1], turned[2], turned[3], turned[4], turned[5]
    edges = cx + np.sqrt(bx * bx + by * by) + np.sqrt(ax * ax + ay * ay + az * az)
    # Every point is within half the edges' sum of an image of the site, so the box holds the cell.
    faces: Any = np.int64(start_box(0.51 * edges, corners, counts, labels))
    reach = 0.51 * edges * np.sqrt(3.0)
    near, radius = _NOT_ITSELF, 2.0 * (cx * by * az / (last - first)) ** (1.0 / 3.0)
    normal = np.empty(3)
    while near < 2.0 * reach:
        who, vectors, lengths = _between(turned, positions, i, first, last, near, radius)
        for k in np.argsort(lengths):
            length = lengths[k]
            if length > 2.0 * reach:
                break
            for axis in range(3):
                normal[axis] = vectors[k, axis] / length
            level, margin = 0.5 * length, _MARGIN * length
            if not is_cut(corners, counts, faces, normal, level + margin):
                continue
            if faces + 1 >= counts.size or np.max(counts[:faces]) + 2 >= corners.shape[1]:
                corners, counts, labels, room = _roomier(corners, counts, labels)
            faces = cut(corners, counts, labels, faces, normal, level, margin, room)
            if labels[faces - 1, 0] == -2:
                for column in range(4):
                    labels[faces - 1, column] = who[k, column]
                labels[faces - 1, 4] = length
            reach = largest_radius(corners, counts, faces)
        near, radius = radius, min(1.6 * radius, max(2.0 * reach * (1.0 + 1e-9), 1.01 * radius))
    return faces, corners, counts, labels, room


@njit(cache=True, nogil=True)
def _between(turned: Any, positions: Any, i: int, first: int, last: int, near: float, radius: float) -> Any:
    """Return (who, vectors, lengths) of the atoms farther than near, up to the radius; who: site and image."""
    cx, bx, by, ax, ay, az = turned[0], turned[1], turned[2], turned[3], turned[4], turned[5]
    most = most_images(turned, radius)
    images, squares = np.empty((most, 3), np.int32), np.empty(most)
    size = int(6.0 * (last - first) * radius**3 / (cx * by * az)) + 64
    who, vectors, lengths = np.empty((size, 4)), np.empty((size, 3)), np.empty(size)
    found = 0
    for j in range(first, last):
        fa = positions[j, 0] - positions[i, 0]
        fb = positions[j, 1] - positions[i, 1]
        fc = positions[j, 2] - positions[i, 2]
        count = images_within(turned, fa, fb, fc, radius, images, squares)
        if found + count > lengths.size:
            size = 2 * (found + count)
            whos, places, longer = np.empty((size, 4)), np.empty((size, 3)), np.empty(size)
            for k in range(found):
                longer[k], whos[k, 0] = lengths[k], who[k, 0]
                for axis in range(3):
                    whos[k, axis + 1], places[k, axis] = who[k, axis + 1], vectors[k, axis]
            who, vectors, lengths = whos, places, longer
        for k in range(count):
            if squares[k] <= near * near:
                continue
            a, b, c = fa + images[k, 0], fb + images[k, 1], fc + images[k, 2]
            who[found, 0] = j
            who[found, 1], who[found, 2], who[found, 3] = images[k, 0], images[k, 1], images[k, 2]
            vectors[found, 0] = a * ax + b * bx + c * cx
            vectors[found, 1] = a * ay + b * by
            vectors[found, 2] = a * az
            lengths[found] = np.sqrt(squares[k])
            found += 1
    return who[:found], vectors[:found], lengths[:found]


@njit(cache=True, nogil=True)
def _roomier(corners: Any, counts: Any, labels: Any) -> Any:
    faces, most = counts.size, corners.shape[1]
    more, numbers, names = (
        np.empty((2 * faces, 2 * most, 3)),
        np.empty(2 * faces, np.int64),
        np.empty((2 * faces, 5)),
    )
    for face in range(faces):  # assigning slices takes numba seconds more to compile
        numbers[face] = counts[face]
        for column in range(5):
            names[face, column] = labels[face, column]
        for k in range(most):  # all there is room for: beyond the faces in use counts is not yet written
            for axis in range(3):
                more[face, k, axis] = corners[face, k, axis]
    return more, numbers, names, np.empty((4 * faces + 2 * most, 4))


@njit(cache=True, nogil=True)
def _longer(pairs: Any, measures: Any, found: int, size: int) -> Any:
    more, longer = np.empty((size, 4), np.int64), np.empty((size, 3))
    for k in range(found):
        more[k, 0] = pairs[k, 0]
        for axis in range(3):
            more[k, axis + 1], longer[k, axis] = pairs[k, axis + 1], measures[k, axis]
    return more, longer


@njit(cache=True, nogil=True)
def _images(pairs: Any, found: int) -> Any:
    images = np.empty((found, 3), np.int32)
    for k in range(found):
        for axis in range(3):
            images[k, axis] = pairs[k, axis + 1]
    return images


@njit(cache=True, nogil=True)
def _write(faces: int, corners: Any, counts: Any, labels: Any, pairs: Any, measures: Any, found: int) -> int:
    """Write a cell's faces, nearest first, without those too small to be more than round-off; return where they end."""
    areas, angles, largest = np.empty(faces), np.empty(faces), 0.0
    for face in range(faces):
        areas[face], angles[face] = area_and_solid_angle(corners[face], counts[face])
        largest = max(largest, areas[face])
    for face in np.argsort(labels[:faces, 4]):
        if areas[face] < _SMALLEST_FACE * largest:
            continue
        for column in range(4):
            pairs[found, column] = int(labels[face, column])
        measures[found, 0], measures[found, 1], measures[found, 2] = (
            labels[face, 4],
            areas[face],
            angles[face],
        )
        found += 1
    return found
