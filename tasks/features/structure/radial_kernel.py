"""Compiled distributions of the distances between atoms, by pair of classes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from matsluice.tasks.features.neighbours.image_loop import ROUND_OFF, images_within, most_images, triangular


@njit(cache=True, nogil=True)
def count_distances(  # noqa: C901 - loops over sites and pairs, one count after the other
    lattices: Any, offsets: Any, positions: Any, classes: Any, pair_of: Any, edges: Any, out: Any
) -> None:
    """Add to out (n, k, bins) the number of ordered pairs of atoms by distance.

    A pair of sites is looked at once and counted from both ends.

    Parameters
    ----------
    lattices, offsets, positions : arrays
        The columns of a `CrystalBatch` of n crystals.
    classes : (m,) int64
        Of each site; -1 for a site that does not count.
    pair_of : (c, c) int64
        Where in `out` a pair of classes is counted, seen from the first one; -1 for nowhere.
    edges : (bins + 1,) float64
        Å, evenly spaced from 0; a bin holds its lower edge, the last one both.
    out : (n, k, bins) float64
        Zeros; the result.
    """
    bins = edges.size - 1
    cutoff, per_length = edges[bins], bins / edges[bins]
    for crystal in range(offsets.size - 1):
        first, last = offsets[crystal], offsets[crystal + 1]
        turned = triangular(lattices[crystal])
        most = most_images(turned, cutoff + ROUND_OFF)
        images, squares = np.empty((most, 3), np.int32), np.empty(most)
        for i in range(first, last):
            for j in range(i, last):
                if classes[i] < 0 or classes[j] < 0:
                    continue
                there, back = pair_of[classes[i], classes[j]], pair_of[classes[j], classes[i]]
                if there < 0 and back < 0:
                    continue
                fa = positions[j, 0] - positions[i, 0]
                fb = positions[j, 1] - positions[i, 1]
                fc = positions[j, 2] - positions[i, 2]
                count = images_within(turned, fa, fb, fc, cutoff, images, squares)
                for k in range(count):
                    length = np.sqrt(squares[k])
                    if length <= ROUND_OFF:
                        continue
                    place = min(int(length * per_length), bins - 1)
                    if length < edges[place]:
                        place -= 1
                    elif length >= edges[place + 1] and place < bins - 1:
                        place += 1
                    if there >= 0:
                        out[crystal, there, place] += 1.0
                    if back >= 0 and i != j:
                        out[crystal, back, place] += 1.0


@njit(cache=True, nogil=True)
def smear_distances(
    lattices: Any, offsets: Any, positions: Any, classes: Any, pair_of: Any, grid: Any, width: float, out: Any
) -> None:
    """Fill out (n, 1 + k, g) with g(r) of all atoms, smeared with Gaussians, and its parts by pair of classes.

    Parameters
    ----------
    lattices, offsets, positions : arrays
        The columns of a `CrystalBatch` of n crystals.
    classes : (m,) int64
        Of each site; -1 for a site that counts in no class.
    pair_of : (c, c) int64
        Which part a pair of classes belongs to, symmetric; -1 for none.
    grid : (g,) float64
        Å, evenly spaced.
    width : float
        Standard deviation of the Gaussians, Å.
    out : (n, 1 + k, g) float64
        The result: the whole, then the parts.
    """
    reach = 7.0 * width  # beyond it a Gaussian is 2e-11 of its height
    step = grid[1] - grid[0] if grid.size > 1 else 1.0
    radius = grid[grid.size - 1] + reach
    height = 1.0 / (width * np.sqrt(2.0 * np.pi))
    for crystal in range(offsets.size - 1):
        first, last = offsets[crystal], offsets[crystal + 1]
        turned = triangular(lattices[crystal])
        most = most_images(turned, radius)
        images, squares = np.empty((most, 3), np.int32), np.empty(most)
        result = out[crystal]
        result[:] = 0.0
        density = (last - first) / (turned[0] * turned[2] * turned[5])
        scale = height / (4.0 * np.pi * density * (last - first))
        for i in range(first, last):
            for j in range(i, last):
                part = -1
                if classes[i] >= 0 and classes[j] >= 0:
                    part = pair_of[classes[i], classes[j]]
                both = scale if i == j else 2.0 * scale
                fa = positions[j, 0] - positions[i, 0]
                fb = positions[j, 1] - positions[i, 1]
                fc = positions[j, 2] - positions[i, 2]
                count = images_within(turned, fa, fb, fc, radius, images, squares)
                for k in range(count):
                    if squares[k] <= ROUND_OFF * ROUND_OFF:
                        continue
                    length = np.sqrt(squares[k])
                    low = max(0, int(np.ceil((length - reach - grid[0]) / step)))
                    high = min(grid.size - 1, int(np.floor((length + reach - grid[0]) / step)))
                    for g in range(low, high + 1):
                        away = (grid[g] - length) / width
                        share = both / squares[k] * np.exp(-0.5 * away * away)
                        result[0, g] += share
                        if part >= 0:
                            result[1 + part, g] += share
