"""Compiled choice of a crystal's frame: one of some bases, and one of some sites as origin."""

from __future__ import annotations

from math import floor
from typing import Any

import numpy as np
from numba import njit

from matsluice.tasks.material.canonical_crystal.reduction import adjugate

# As in least_bases, literal because the kernels' cache sees this file only.
_OFFSET = 0.4874427
# Odd constants of SplitMix64 (doi:10.1145/2660193.2660195) and its golden gamma's multiples.
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_X = np.uint64(0x9E3779B97F4A7C15)
_Y = np.uint64(0xD1342543DE82EF95)
_Z = np.uint64(0xF1357AEA2E62A9C5)
_30, _27, _31 = np.uint64(30), np.uint64(27), np.uint64(31)


@njit(cache=True, nogil=True)
def _mixed(word: Any) -> Any:
    word = (word ^ (word >> _30)) * _MIX_1
    word = (word ^ (word >> _27)) * _MIX_2
    return word ^ (word >> _31)


@njit(cache=True, nogil=True)
def place_in(coordinate: float, length: float) -> int:
    """Return a coordinate as a whole number from 0 to length - 1; one that is a rounding below 0 counts as 0.

    Parameters
    ----------
    coordinate
        In the unit in which the axis has this length.
    """
    place = int(coordinate - length * floor(coordinate / length) + _OFFSET)
    return place - int(length) if place >= length else place


@njit(cache=True, nogil=True)
def in_basis(positions: Any, basis: Any, lengths: Any, out: Any) -> None:
    """Fill out (sites, 3) with coordinates along the axes of a basis, in the units in which they have lengths (3,).

    Parameters
    ----------
    basis
        Whole coefficients, determinant 1.
    """
    inverse = np.empty((3, 3), np.int64)
    adjugate(basis, inverse)
    for site in range(len(positions)):
        for axis in range(3):
            out[site, axis] = lengths[axis] * (
                positions[site, 0] * inverse[0, axis]
                + positions[site, 1] * inverse[1, axis]
                + positions[site, 2] * inverse[2, axis]
            )


@njit(cache=True, nogil=True)
def _hash(places: Any, origin: int, mixed_labels: Any, lengths: Any) -> Any:
    """Return a number of 64 bits that depends on what stands where as seen from a site, not on the order."""
    total = np.uint64(0)
    x, y, z = places[origin, 0], places[origin, 1], places[origin, 2]
    for site in range(len(mixed_labels)):
        total += _mixed(
            mixed_labels[site]
            + np.uint64(place_in(places[site, 0] - x, lengths[0])) * _X
            + np.uint64(place_in(places[site, 1] - y, lengths[1])) * _Y
            + np.uint64(place_in(places[site, 2] - z, lengths[2])) * _Z
        )
    return total


@njit(cache=True, nogil=True)
def _least_frequent_enough(hashes: Any) -> Any:
    """Return the least of the hashes that occur more than half as often as the most frequent one.

    Frames that a symmetry of the crystal takes into one another have one hash. Where rounding has changed it in a
    few of them, these few must not be chosen.
    """
    ordered = np.sort(hashes)
    most = run = 0
    for place in range(ordered.size):
        run = run + 1 if place > 0 and ordered[place] == ordered[place - 1] else 1
        most = max(most, run)
    run = 0
    for place in range(ordered.size):
        run = run + 1 if place > 0 and ordered[place] == ordered[place - 1] else 1
        if 2 * run > most:
            return ordered[place]
    return ordered[0]


@njit(cache=True, nogil=True)
def choose_frame(positions: Any, labels: Any, rare: Any, bases: Any, lengths: Any, scratch: Any) -> Any:
    """Return which of the bases and which of the rare sites, as numbers.

    Parameters
    ----------
    positions
        (sites, 3), in the basis that has the coefficients of the bases.
    rare
        The sites that may be the origin.
    bases
        (k, 3, 3) whole coefficients.
    lengths
        The axes' lengths in steps, (3,), the same for all of the bases.
    scratch
        (sites, 3).
    """
    mixed_labels = np.empty(labels.size, np.uint64)
    for site in range(labels.size):
        mixed_labels[site] = _mixed(np.uint64(labels[site]))
    hashes = np.empty(len(bases) * rare.size, np.uint64)
    for basis in range(len(bases)):
        in_basis(positions, bases[basis], lengths, scratch)
        for place in range(rare.size):
            hashes[basis * rare.size + place] = _hash(scratch, rare[place], mixed_labels, lengths)
    chosen = _least_frequent_enough(hashes)
    for place in range(hashes.size):
        if hashes[place] == chosen:
            return place // rare.size, rare[place % rare.size]
    return 0, rare[0]
