"""Compiled: each bond from both ends."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def has_bond(starts: Any, neighbour: Any, image: Any, site: Any, other: Any, a: Any, b: Any, c: Any) -> Any:
    """Tell whether `site` lists the image (a, b, c) of `other`."""
    for bond in range(starts[site], starts[site + 1]):
        if neighbour[bond] == other and image[bond, 0] == a and image[bond, 1] == b and image[bond, 2] == c:
            return True
    return False


@njit(cache=True, nogil=True)
def symmetrised(  # noqa: C901 - two passes over the lists: count what is added, then copy and add
    starts: Any, neighbour: Any, image: Any
) -> Any:
    """Return starts, neighbour and image with the reverse of every bond that lacks one behind a site's own.

    Parameters
    ----------
    starts, neighbour, image : arrays
        Lists of m sites, p entries, none of them twice.
    """
    sites, bonds = starts.size - 1, neighbour.size
    one_way = np.zeros(bonds, np.bool_)
    added = np.zeros(sites, np.int64)
    for site in range(sites):
        for bond in range(starts[site], starts[site + 1]):
            other, back = neighbour[bond], image[bond]
            if not has_bond(starts, neighbour, image, other, site, -back[0], -back[1], -back[2]):
                one_way[bond] = True
                added[other] += 1
    all_starts = np.zeros(sites + 1, np.int64)
    for site in range(sites):
        all_starts[site + 1] = all_starts[site] + starts[site + 1] - starts[site] + added[site]
    all_neighbours = np.empty(all_starts[sites], np.int64)
    all_images = np.empty((all_starts[sites], 3), np.int64)
    end = np.empty(sites, np.int64)
    for site in range(sites):
        own = starts[site + 1] - starts[site]
        end[site] = all_starts[site] + own
        for entry in range(own):
            all_neighbours[all_starts[site] + entry] = neighbour[starts[site] + entry]
            for axis in range(3):  # assigning rows takes numba seconds more to compile
                all_images[all_starts[site] + entry, axis] = image[starts[site] + entry, axis]
    for site in range(sites):
        for bond in range(starts[site], starts[site + 1]):
            if one_way[bond]:
                other = neighbour[bond]
                all_neighbours[end[other]] = site
                for axis in range(3):
                    all_images[end[other], axis] = -image[bond, axis]
                end[other] += 1
    return all_starts, all_neighbours, all_images
