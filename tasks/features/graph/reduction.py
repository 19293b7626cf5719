"""The primitive cell: the smallest one that repeats to the same infinite crystal, in one form."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from math import gcd
from typing import TYPE_CHECKING, Final

import numpy as np

from matsluice.tasks.features.graph.cell import Cell, Sites, cell_of, sites_of
from matsluice.tasks.material import CrystalBatch
from matsluice.tasks.material.batch import offsets_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import moyopy
    from numpy.typing import NDArray

# Å. How far an atom may stand from where a symmetry operation brings another one: that of pymatgen's
# SpacegroupAnalyzer.
SYMPREC: Final = 0.01
# Fractional: a coordinate so near below 1 was 0 before the arithmetic.
_ROUNDING: Final = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Reduction:
    """What became of every crystal.

    Attributes
    ----------
    batch : CrystalBatch
        As many crystals, in the same order; one that could not be reduced stands as it was.
    failed : dict of int to str
        For each crystal that could not be reduced: why, a phrase that begins with "no".
    """

    batch: CrystalBatch
    failed: dict[int, str]


def primitive_cells(batch: CrystalBatch, symprec: float = SYMPREC) -> CrystalBatch:
    """Return each crystal in its Niggli-reduced primitive cell; one that cannot be reduced stays as it is.

    What must not depend on the cell asks `reduce_to_primitive` instead, which says which ones stayed.
    """
    return reduce_to_primitive(batch, symprec).batch


def reduce_to_primitive(batch: CrystalBatch, symprec: float = SYMPREC) -> Reduction:
    """Return each crystal in its Niggli-reduced primitive cell: right-handed, positions in [0, 1).

    The translations are found by moyopy; the crystal is not changed otherwise (not refined to its symmetry,
    not rotated, its origin not moved), so the volume per atom stays. Atoms of the cell that are one atom
    of the primitive cell stand at the mean of their positions, and are in the order of the first of them. A
    disordered site is one site whose label is what it holds, so that a translation must keep the
    occupancies too.

    Near the tolerance a crystal has two answers: a supercell whose atoms are displaced by about `symprec` is
    reduced or not, and what is computed from its primitive cell jumps.

    Parameters
    ----------
    batch
        n crystals.
    symprec
        Å, how far a translation may miss an atom.

    Examples
    --------
    >>> from matsluice.tasks.material import crystals_from_cells
    >>> body = crystals_from_cells([(3 * np.eye(3), [26, 26], [[0, 0, 0], [0.5, 0.5, 0.5]])]).batch
    >>> primitive = reduce_to_primitive(body).batch
    >>> primitive.site_counts, (primitive.volumes / body.volumes).round(6)
    (array([1]), array([0.5]))
    """
    failed: dict[int, str] = {}
    cells = []
    for row in range(len(batch)):
        cell = cell_of(batch, row)
        try:
            cells.append(in_niggli_cell(_primitive(cell, symprec)))
        except ValueError as why:  # what moyopy raises
            failed[row] = f"no primitive cell found within {symprec:g} Å ({why})"
            cells.append(cell)
    return Reduction(_joined(cells), failed)


def symmetry_of(
    lattice: NDArray[np.float64], positions: NDArray[np.float64], labels: NDArray[np.int64], symprec: float
) -> moyopy.MoyoDataset:
    """Return what moyopy finds out about s sites with these labels.

    Raises
    ------
    ValueError
        When it finds nothing consistent within the tolerance.
    """
    import moyopy

    # It warns of supercells whose symmetry does not keep the cell; we only look at the primitive one.
    logging.getLogger("moyo").setLevel(logging.ERROR)
    cell = moyopy.Cell(lattice.tolist(), positions.tolist(), labels.tolist())
    return moyopy.MoyoDataset(cell, symprec=symprec)


def _primitive(cell: Cell, symprec: float) -> Cell:
    """Return a primitive cell, any of them, positions not wrapped."""
    sites = sites_of(cell)
    # Translations permute the sites of each kind and fix none, so their number divides every count: most
    # cells are seen to be primitive without a search.
    if gcd(*np.bincount(sites.labels).tolist()) == 1:
        return cell
    dataset = symmetry_of(cell.lattice, cell.positions[sites.first], sites.labels, symprec)
    return without_copies(cell, sites, dataset)


def without_copies(cell: Cell, sites: Sites, dataset: moyopy.MoyoDataset) -> Cell:
    """Return a primitive cell, positions not wrapped: the cell itself where it holds every atom once.

    Parameters
    ----------
    cell, sites
        A crystal and its sites.
    dataset
        What `symmetry_of` says of them.
    """
    positions = cell.positions[sites.first]
    atom_of = np.array(dataset.mapping_std_prim)
    kept = np.sort(np.unique(atom_of, return_index=True)[1])
    copies = len(atom_of) // len(kept)
    if copies == 1:
        return cell
    # A translation, repeated as often as there are copies, is a lattice vector: these are whole numbers.
    linear = np.round(np.array(dataset.prim_std_linear) * copies) / copies
    folded = _folded(positions @ np.linalg.inv(linear).T, atom_of, kept)
    entries = np.flatnonzero(np.isin(sites.of_entry, kept))
    return Cell(
        linear.T @ cell.lattice,
        cell.atomic_numbers[entries],
        folded[np.searchsorted(kept, sites.of_entry[entries])],
        cell.occupancies[entries],
    )


def _folded(
    positions: NDArray[np.float64], atom_of: NDArray[np.int64], kept: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return for each site kept the mean position of the sites that are the same atom."""
    folded = positions[kept]
    for place, site in enumerate(kept.tolist()):
        offset = positions[atom_of == atom_of[site]] - positions[site]
        folded[place] += (offset - np.round(offset)).mean(axis=0)
    return folded


def in_niggli_cell(cell: Cell) -> Cell:
    """Return the crystal in the Niggli-reduced form of its cell, positions in [0, 1)."""
    import moyopy

    lattice, transformation = moyopy.niggli_reduce(cell.lattice.tolist())
    inverse = np.linalg.inv(np.array(transformation, dtype=np.float64))
    return Cell(
        np.array(lattice), cell.atomic_numbers, _wrapped(cell.positions @ inverse.T), cell.occupancies
    )


def _wrapped(positions: NDArray[np.float64]) -> NDArray[np.float64]:
    inside: NDArray[np.float64] = positions - np.floor(positions + _ROUNDING)
    inside[inside < 0] = 0.0
    return inside


def _joined(cells: Sequence[Cell]) -> CrystalBatch:
    return CrystalBatch(
        np.array([cell.lattice for cell in cells]).reshape(-1, 3, 3),
        offsets_of(np.array([len(cell.positions) for cell in cells], dtype=np.int64)),
        np.concatenate([np.zeros(0, np.int16), *(cell.atomic_numbers for cell in cells)]),
        np.concatenate([np.zeros((0, 3)), *(cell.positions for cell in cells)]),
        np.concatenate([np.zeros(0), *(cell.occupancies for cell in cells)]),
    )
