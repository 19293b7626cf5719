"""The key a crystal is stored under."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from matsluice.tasks.material.crystals import CrystalBatch

# Separates these digests from other uses of the hash; at most 16 bytes. Raised when the content changes.
_PERSON: Final = b"matsluice crys 1"
# Å, fractions, shares. What formats and arithmetic leave of a number is below, what makes another crystal above.
_LENGTH_STEP: Final = 1e-5
_FRACTION_STEP: Final = 1e-6


def crystal_keys(batch: CrystalBatch) -> list[str]:
    """Return the key of each crystal: 32 hexadecimal digits, the same for any rotation and order of the sites.

    The key is BLAKE2b-128 of the lattice's metric and the sites, sorted. Another choice of cell or origin gives
    another key, so the same crystal may be computed twice, and two crystals are never taken for one: lengths
    count to 1e-5 Å, fractional coordinates and occupancies to 1e-6.

    Examples
    --------
    >>> from matsluice.tasks.material import crystals_from_cells
    >>> one = (4.2 * np.eye(3), [55, 17], [[0, 0, 0], [0.5, 0.5, 0.5]])
    >>> other = (4.2 * np.eye(3), [17, 55], [[0.5, 0.5, 0.5], [1, 0, -1]])
    >>> first, second = crystal_keys(crystals_from_cells([one, other]).batch)
    >>> first == second
    True
    """
    lengths = np.linalg.norm(batch.lattices, axis=2)
    products = np.einsum("nij,nkj->nik", batch.lattices, batch.lattices)
    # A cosine times a length is a length too: the six numbers fix the cell up to its place in space.
    shape = np.stack(
        [*lengths.T, *(products[:, i, j] / lengths[:, i] for i, j in ((0, 1), (0, 2), (1, 2)))], axis=1
    )
    cells = np.round(shape / _LENGTH_STEP).astype("<i8")
    turns = np.round(1 / _FRACTION_STEP).astype(np.int64)
    sites = np.empty((len(batch.atomic_numbers), 5), dtype="<i8")
    sites[:, 0] = batch.atomic_numbers
    sites[:, 1:4] = np.round(batch.positions / _FRACTION_STEP).astype(np.int64) % turns
    sites[:, 4] = np.round(batch.occupancies / _FRACTION_STEP)
    crystal = np.repeat(np.arange(len(batch)), batch.site_counts)
    order = np.lexsort((*sites.T[::-1], crystal))
    content = memoryview(sites[order].tobytes())
    bounds = (batch.offsets * sites.itemsize * sites.shape[1]).tolist()
    return [
        blake2b(cell.tobytes() + content[start:stop], digest_size=16, person=_PERSON).hexdigest()
        for cell, start, stop in zip(cells, bounds[:-1], bounds[1:], strict=True)
    ]
