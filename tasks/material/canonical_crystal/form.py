"""One form of a crystal: numbers that are equal where, and only where, crystals are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numba import njit

from matsluice.tasks.material.batch import offsets_of
from matsluice.tasks.material.canonical_crystal.frames import choose_frame, in_basis, place_in
from matsluice.tasks.material.canonical_crystal.least_bases import least_bases
from matsluice.tasks.material.canonical_crystal.mixed_sites import join_entries
from matsluice.tasks.material.canonical_crystal.primitive import rarest, to_primitive

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.tasks.material.crystals import CrystalBatch

# Å. Lengths and angles of the lattice count to 1e-4, coordinates to 4e-4: the corners of a box of three such steps are
# √6 steps apart at most, where the angles are those of a reduced cell, so that a site moved by 1e-3 leaves its box.
# Finer steps would be crossed by the rounding of text files more often.
LENGTH_STEP: Final = 1e-4
SITE_STEP: Final = 4e-4
# Å. A cell repeats a smaller one where every site has its copies so near to where they should be.
TRANSLATION: Final = 1e-4
# Frames times sites that are looked at for one crystal: half a minute.
MOST_WORK: Final = 4e9


@dataclass(frozen=True, slots=True, eq=False)
class CanonicalForms:
    """The forms of n crystals.

    Attributes
    ----------
    shapes : (n, 6) int64
        Lengths of the primitive lattice's vectors and their projections on one another, in steps of 1e-4 Å.
    offsets : (n + 1,) int64
        Where each crystal's sites begin; a crystal without sites has no form.
    sites : (m, 5) int64
        Atomic number, occupancy in millionths, place along the three axes in steps of about 4e-4 Å. The
        order of a crystal's sites means nothing.
    """

    shapes: NDArray[np.int64]
    offsets: NDArray[np.int64]
    sites: NDArray[np.int64]


@njit(cache=True, nogil=True)
def _write_form(
    lattice: Any, positions: Any, labels: Any, steps: Any, most_work: float, shape: Any, out: Any
) -> bool:
    """Fill shape (6,) and out (sites, 5) for a reduced primitive cell; return whether there is a form."""
    bases = np.empty((48, 3, 3), np.int64)
    found = least_bases(lattice, steps[0], shape, bases)
    label, _ = rarest(labels)
    rare = np.flatnonzero(labels == label)
    if found < 0 or float(found) * rare.size * labels.size > most_work:
        return False
    lengths = np.empty(3)
    for axis in range(3):
        lengths[axis] = max(1.0, np.round(shape[axis] * (steps[0] / steps[1])))
    places = np.empty((labels.size, 3))
    basis, origin = choose_frame(positions, labels, rare, bases[:found], lengths, places)
    in_basis(positions, bases[basis], lengths, places)
    for site in range(labels.size):
        out[site, 0], out[site, 1] = labels[site] >> 21, labels[site] & 0x1FFFFF
        for axis in range(3):
            out[site, 2 + axis] = place_in(places[site, axis] - places[origin, axis], lengths[axis])
    return True


@njit(cache=True, nogil=True)
def _write_forms(
    lattices: Any,
    offsets: Any,
    atomic_numbers: Any,
    positions: Any,
    occupancies: Any,
    steps: Any,
    most_work: float,
    shapes: Any,
    counts: Any,
    sites: Any,
) -> None:
    """Fill shapes (n, 6), counts (n,) and, from the front, sites (m, 5) of n crystals.

    Parameters
    ----------
    steps
        Å: the lattice's step, the sites', and how far a translation may miss.
    """
    filled = 0
    for crystal in range(len(lattices)):
        start, stop = offsets[crystal], offsets[crystal + 1]
        lattice, places = lattices[crystal].copy(), positions[start:stop].copy()
        labels = np.empty(stop - start, np.int64)
        left = join_entries(lattice, places, atomic_numbers[start:stop], occupancies[start:stop], labels)
        if left > 0:
            left = to_primitive(lattice, places[:left], labels[:left], steps[2])
        if left > 0 and _write_form(
            lattice, places[:left], labels[:left], steps, most_work, shapes[crystal], sites[filled:]
        ):
            counts[crystal] = left
            filled += left


def canonical_forms(batch: CrystalBatch, most_work: float = MOST_WORK) -> CanonicalForms:
    """Return the form of each crystal: that of its primitive cell, in the frame whose numbers come first.

    The primitive cell is found within 1e-4 Å; sites that are copies of one another stand at their mean. Of the
    right-handed bases of shortest vectors those are taken whose projections come first, and with each of these
    bases and each site of the rarest kind as origin the one whose hash comes first.

    A crystal has no form where one element has two entries 1e-6 to 3e-4 Å apart, which may or may not be one
    site, and where the search would take longer than `most_work`.

    Examples
    --------
    >>> from matsluice.tasks.material import crystals_from_cells
    >>> cell = (3 * np.eye(3), [26, 26], [[0.1, 0.2, 0.3], [0.6, 0.7, 0.8]])
    >>> forms = canonical_forms(crystals_from_cells([cell]).batch)
    >>> forms.shapes, forms.sites
    (array([[25981, 25981, 25981, -8660, -8660, -8660]]), array([[     26, 1000000,       0,       0,       0]]))
    """
    shapes = np.zeros((len(batch), 6), np.int64)
    counts = np.zeros(len(batch), np.int64)
    sites = np.empty((len(batch.atomic_numbers), 5), np.int64)
    _write_forms(
        batch.lattices,
        batch.offsets,
        batch.atomic_numbers,
        batch.positions,
        batch.occupancies,
        np.array([LENGTH_STEP, SITE_STEP, TRANSLATION]),
        most_work,
        shapes,
        counts,
        sites,
    )
    offsets = offsets_of(counts)
    return CanonicalForms(shapes, offsets, sites[: offsets[-1]])
