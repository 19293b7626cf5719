"""The keys a crystal is stored under: that of the crystal, and that of the cell it is written in."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.tasks.material.crystals import CrystalBatch

# They separate these digests from other uses of the hash; at most 16 bytes. Raised when the content changes.
_CRYSTAL: Final = b"matsluice crys 2"
_CELL: Final = b"matsluice crys 1"
# Å, fractions, shares. What formats and arithmetic leave of a number is below, what makes another crystal above.
_LENGTH_STEP: Final = 1e-5
_FRACTION_STEP: Final = 1e-6


def crystal_keys(batch: CrystalBatch) -> list[str]:
    """Return the key of each crystal: 32 hexadecimal digits, the same in any cell, origin, orientation and order.

    The key is BLAKE2b-128 of the crystal's canonical form (`canonical_forms`): its primitive cell in one frame, as
    whole numbers. Crystals of which a site, or a vector of the primitive lattice, differs by 1e-3 Å, a species, an
    occupancy by 1e-5, or the hand, never share one. A crystal without a form keeps the key of its cell.

    Numbers that stand for one crystal within 1e-8 Å give one key but for about one in 1e4 of its free
    coordinates, which rounding may take across a step.

    Examples
    --------
    >>> from matsluice.tasks.material import crystals_from_cells
    >>> one = (3 * np.eye(3), [26, 26], [[0, 0, 0], [0.5, 0.5, 0.5]])
    >>> other = ([[-1.5, 1.5, 1.5], [1.5, -1.5, 1.5], [1.5, 1.5, -1.5]], [26], [[0.1, 0.2, 0.3]])
    >>> first, second = crystal_keys(crystals_from_cells([one, other]).batch)
    >>> first == second
    True
    """
    # Imported here, because numba takes half a second.
    from matsluice.tasks.material.canonical_crystal.form import canonical_forms

    forms = canonical_forms(batch)
    keys = _digests(forms.shapes, forms.offsets, forms.sites, _CRYSTAL)
    without = np.flatnonzero(np.diff(forms.offsets) == 0)
    if without.size:
        for row, key in zip(without.tolist(), cell_keys(batch.take(without)), strict=True):
            keys[row] = key
    return keys


def cell_keys(batch: CrystalBatch) -> list[str]:
    """Return the key of each cell as written: 32 hexadecimal digits, the same for any rotation and order of sites.

    The key is BLAKE2b-128 of the lattice's metric and the sites, sorted. Another choice of cell or origin gives
    another key. Lengths count to 1e-5 Å, fractional coordinates and occupancies to 1e-6.

    Examples
    --------
    >>> from matsluice.tasks.material import crystals_from_cells
    >>> one = (4.2 * np.eye(3), [55, 17], [[0, 0, 0], [0.5, 0.5, 0.5]])
    >>> other = (4.2 * np.eye(3), [17, 55], [[0.5, 0.5, 0.5], [1, 0, -1]])
    >>> first, second = cell_keys(crystals_from_cells([one, other]).batch)
    >>> first == second
    True
    """
    lengths = np.linalg.norm(batch.lattices, axis=2)
    products = np.einsum("nij,nkj->nik", batch.lattices, batch.lattices)
    # A cosine times a length is a length too: the six numbers fix the cell up to its place in space.
    shape = np.stack(
        [*lengths.T, *(products[:, i, j] / lengths[:, i] for i, j in ((0, 1), (0, 2), (1, 2)))], axis=1
    )
    turns = np.round(1 / _FRACTION_STEP).astype(np.int64)
    sites = np.empty((len(batch.atomic_numbers), 5), np.int64)
    sites[:, 0] = batch.atomic_numbers
    sites[:, 1:4] = np.round(batch.positions / _FRACTION_STEP).astype(np.int64) % turns
    sites[:, 4] = np.round(batch.occupancies / _FRACTION_STEP)
    return _digests(np.round(shape / _LENGTH_STEP).astype(np.int64), batch.offsets, sites, _CELL)


def _digests(
    shapes: NDArray[np.int64], offsets: NDArray[np.int64], sites: NDArray[np.int64], person: bytes
) -> list[str]:
    """Return the digest of each crystal's numbers; the order of its sites does not count."""
    crystal = np.repeat(np.arange(len(shapes)), np.diff(offsets))
    order = np.lexsort((*sites.T[::-1], crystal))
    content = memoryview(sites[order].astype("<i8").tobytes())
    bounds = (offsets * 8 * sites.shape[1]).tolist()
    return [
        blake2b(shape.tobytes() + content[start:stop], digest_size=16, person=person).hexdigest()
        for shape, start, stop in zip(shapes.astype("<i8"), bounds[:-1], bounds[1:], strict=True)
    ]
