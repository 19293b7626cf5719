"""Compiled look at sites that hold several species: what stands at one place is told by what it holds."""

from __future__ import annotations

from typing import Any

from numba import njit

from matsluice.tasks.material.canonical_crystal.site_grid import is_at

# Å. Entries of one element nearer than the first are one; between the two nobody can tell.
_SAME = 1e-6
_DOUBTFUL = 3e-4


@njit(cache=True, nogil=True)
def join_entries(lattice: Any, positions: Any, atomic_numbers: Any, occupancies: Any, labels: Any) -> int:
    """Label each entry with its element and occupancy, and make one of an element's entries at one place.

    Parameters
    ----------
    positions, labels
        (sites, 3) and (sites,), filled at the front with what is left.

    Returns
    -------
    How many are left; -1 where two entries of an element stand too near to be two and too far to be one.
    """
    left = 0
    for site in range(len(atomic_numbers)):
        label = (int(atomic_numbers[site]) << 21) + int(occupancies[site] * 1e6 + 0.5)
        x, y, z = positions[site, 0], positions[site, 1], positions[site, 2]
        is_new = True
        # Filled sites are never so near: batches with such crystals are refused.
        if occupancies[site] < 1.0:
            for other in range(left):
                if labels[other] >> 21 == atomic_numbers[site] and is_at(
                    positions[other], x, y, z, lattice, _DOUBTFUL**2
                ):
                    if not is_at(positions[other], x, y, z, lattice, _SAME**2):
                        return -1
                    labels[other] += label & 0x1FFFFF
                    is_new = False
                    break
        if is_new:
            labels[left] = label
            positions[left, 0], positions[left, 1], positions[left, 2] = x, y, z
            left += 1
    return left
