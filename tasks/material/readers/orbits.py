"""Compiled expansion of a crystal's independent sites by its symmetry operations."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def orbits(positions: Any, rotations: Any, translations: Any, tolerance: float) -> Any:
    """Return every image of every site once.

    Images of a site that coincide (it lies on a symmetry element) are one, the first. A site that coincides
    with an image of an earlier site takes that site's places: the two share them.

    Parameters
    ----------
    positions : (s, 3) float64
        Fractional coordinates of the independent sites.
    rotations, translations : (k, 3, 3), (k, 3) float64
        Symmetry operations on fractional coordinates as columns.
    tolerance : float
        Two points coincide where no coordinate differs by as much, up to whole cells.

    Returns
    -------
    images : (m, 3) float64
        In [0, 1).
    sites : (m,) int64
        Whose image each is.
    places : (m,) int64
        The same number for images that share a place.
    """
    most = positions.shape[0] * rotations.shape[0]
    images = np.empty((most, 3))
    sites = np.empty(most, np.int64)
    places = np.empty(most, np.int64)
    count = 0
    place = 0
    for site in range(positions.shape[0]):
        first = count
        earlier = _coincident(images, 0, first, positions[site], tolerance)
        if earlier >= 0:
            for image in range(first):
                if sites[image] == sites[earlier]:
                    images[count] = images[image]
                    sites[count] = site
                    places[count] = places[image]
                    count += 1
            continue
        for operation in range(rotations.shape[0]):
            for axis in range(3):
                coordinate = translations[operation, axis]
                for other in range(3):
                    coordinate += rotations[operation, axis, other] * positions[site, other]
                images[count, axis] = coordinate - np.floor(coordinate)
            if _coincident(images, first, count, images[count], tolerance) < 0:
                sites[count] = site
                places[count] = place
                place += 1
                count += 1
    return images[:count].copy(), sites[:count].copy(), places[:count].copy()


@njit(cache=True, nogil=True)
def _coincident(images: Any, start: int, stop: int, point: Any, tolerance: float) -> int:
    """Return the first of the images `start` to `stop` that coincides with the point, or -1."""
    for image in range(start, stop):
        near = True
        for axis in range(3):
            difference = images[image, axis] - point[axis]
            if abs(difference - np.round(difference)) >= tolerance:
                near = False
                break
        if near:
            return image
    return -1
