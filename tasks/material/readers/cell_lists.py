"""From the numbers a reader finds to a batch: what is plainly right goes together, what is not one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from matsluice.tasks.material.batch import offsets_of
from matsluice.tasks.material.cells import (
    LONGEST_VECTOR,
    MOST_SITES,
    SHORTEST_DISTANCE,
    SMALLEST_VOLUME_PER_SITE,
    CellRefused,
    ParsedCrystals,
    crystals_from_cells,
)
from matsluice.tasks.material.crystals import CrystalBatch, concatenate_crystals

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.tasks.material.cells import Cell


class CellLists(NamedTuple):
    """A cell as plain lists, which are joined faster than many small arrays.

    Attributes
    ----------
    lattice
        Nine numbers, Å: the components of the first vector, the second, the third.
    atomic_numbers
        One a site.
    positions
        Three fractional coordinates a site, one after the other.
    occupancies
        One a site.
    """

    lattice: Sequence[float]
    atomic_numbers: Sequence[int]
    positions: Sequence[float]
    occupancies: Sequence[float]


def fractional(cartesian: Sequence[float], lattice: Sequence[float]) -> list[float]:
    """Return fractional coordinates from Cartesian ones, both three a site, one after the other.

    Raises
    ------
    CellRefused
        The lattice encloses no volume.

    Examples
    --------
    >>> fractional([1, 2, 3], [2, 0, 0, 0, 4, 0, 0, 0, 4])
    [0.5, 0.5, 0.75]
    """
    try:
        inverse = np.linalg.inv(np.reshape(np.array(lattice, dtype=np.float64), (3, 3)))
    except np.linalg.LinAlgError:
        raise CellRefused("no volume", "the lattice vectors lie in one plane") from None
    with np.errstate(invalid="ignore"):  # what is not finite is refused with the cell
        coordinates: list[float] = (np.reshape(np.array(cartesian), (-1, 3)) @ inverse).ravel().tolist()
    return coordinates


def crystals_from_lists(cells: Sequence[CellLists | CellRefused]) -> ParsedCrystals:
    """Return what `crystals_from_cells` returns, for a tenth of its time a cell where the cells are fine.

    Examples
    --------
    >>> cell = CellLists([4, 0, 0, 0, 4, 0, 0, 0, 4], [55, 17], [0, 0, 0, 0.5, 0.5, -0.5], [1, 1])
    >>> parsed = crystals_from_lists([CellRefused("no structure", "it is empty"), cell])
    >>> parsed.rows, parsed.batch.positions[1], parsed.refused[0].reason
    (array([1]), array([0.5, 0.5, 0.5]), 'no structure')
    """
    rows = np.array(
        [row for row, cell in enumerate(cells) if not isinstance(cell, CellRefused) and cell.atomic_numbers],
        dtype=np.int64,
    )
    batch, fine = _fine([cell for cell in cells if not isinstance(cell, CellRefused) and cell.atomic_numbers])
    fine_rows = rows[fine]
    other_rows = np.setdiff1d(np.arange(len(cells)), fine_rows, assume_unique=True)
    if not len(other_rows):
        return ParsedCrystals(batch, fine_rows, [])
    others = crystals_from_cells([_as_cell(cells[row]) for row in other_rows.tolist()])
    read = np.concatenate([fine_rows, other_rows[others.rows]])
    order = np.argsort(read)
    return ParsedCrystals(
        concatenate_crystals([batch, others.batch]).take(order),
        read[order],
        [replace(refusal, row=int(other_rows[refusal.row])) for refusal in others.refused],
    )


def _as_cell(cell: CellLists | CellRefused) -> Cell | CellRefused:
    if isinstance(cell, CellRefused):
        return cell
    return (
        np.reshape(np.array(cell.lattice, dtype=np.float64), (3, 3)),
        cell.atomic_numbers,
        cell.positions,
        cell.occupancies,
    )


def _fine(cells: Sequence[CellLists]) -> tuple[CrystalBatch, NDArray[np.int64]]:
    """Return the right-handed cells of ordinary volume, finite numbers and no overlaps, and which they are."""
    # Imported here, because numba takes half a second.
    from matsluice.tasks.material.overlap import first_overlap

    if not cells:
        return concatenate_crystals([]), np.empty(0, dtype=np.int64)
    lattices = _joined([cell.lattice for cell in cells]).reshape(-1, 3, 3)
    offsets = offsets_of(np.array([len(cell.atomic_numbers) for cell in cells], dtype=np.int64))
    atomic_numbers = _joined([cell.atomic_numbers for cell in cells])
    positions = _joined([cell.positions for cell in cells]).reshape(-1, 3)
    occupancies = _joined([cell.occupancies for cell in cells])
    first = offsets[:-1]
    volumes = np.einsum("ni,ni->n", lattices[:, 0], np.cross(lattices[:, 1], lattices[:, 2]))
    site_is_fine = np.isfinite(positions).all(axis=1) & (occupancies > 0) & (occupancies <= 1)
    is_fine = (
        np.isfinite(volumes)
        & (volumes >= SMALLEST_VOLUME_PER_SITE * np.add.reduceat(occupancies, first))
        & (np.abs(lattices).max(axis=(1, 2)) <= LONGEST_VECTOR)
        & np.logical_and.reduceat(site_is_fine, first)
        & (np.diff(offsets) <= MOST_SITES)
    )
    kept = np.repeat(is_fine, np.diff(offsets))
    positions = positions[kept]
    positions -= np.floor(positions)
    positions[positions >= 1.0] = 0.0  # what floor leaves of -1e-17
    batch = CrystalBatch(
        lattices[is_fine],
        offsets_of(np.diff(offsets)[is_fine]),
        atomic_numbers[kept].astype(np.int16),
        positions,
        occupancies[kept],
    )
    pairs, _ = first_overlap(
        batch.lattices, batch.offsets, batch.positions, batch.occupancies, SHORTEST_DISTANCE
    )
    fine = np.flatnonzero(is_fine)
    apart = np.flatnonzero(pairs[:, 0] < 0)
    return (batch, fine) if len(apart) == len(fine) else (batch.take(apart), fine[apart])


def _joined(lists: Sequence[Sequence[float]]) -> NDArray[np.float64]:
    return np.fromiter(chain.from_iterable(lists), np.float64, sum(map(len, lists)))
