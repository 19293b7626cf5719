"""One crystal of a batch: its sites, and what they hold, also where several atoms share one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.tasks.material import CrystalBatch

# Fractional. Atoms that share a site are written at one position, give or take a last digit.
_ONE_POSITION: Final = 1e-5
# Occupancies of equal sites may differ by arithmetic such as 1 - 2/3 against 0.3333.
_OCCUPANCY_DIGITS: Final = 3


class Cell(NamedTuple):
    """The columns of one crystal with e entries: views, without the checks of a batch.

    Attributes
    ----------
    lattice : (3, 3) float64
        Å, rows.
    atomic_numbers : (e,) int16
    positions : (e, 3) float64
        Fractional.
    occupancies : (e,) float64
    """

    lattice: NDArray[np.float64]
    atomic_numbers: NDArray[np.int16]
    positions: NDArray[np.float64]
    occupancies: NDArray[np.float64]


class Sites(NamedTuple):
    """The s sites of a crystal; a disordered one holds several entries.

    Attributes
    ----------
    of_entry : (e,) int64
        Which site each entry is on; sites are in the order of their first entries.
    first : (s,) int64
        The first entry of each site.
    labels : (s,) int64
        Equal where two sites hold the same elements with the same occupancies: the atomic number of a filled
        site, and numbers above 118 for the others.
    """

    of_entry: NDArray[np.int64]
    first: NDArray[np.int64]
    labels: NDArray[np.int64]


def cell_of(batch: CrystalBatch, row: int) -> Cell:
    """Return one crystal of a batch."""
    entries = slice(batch.offsets[row], batch.offsets[row + 1])
    return Cell(
        batch.lattices[row],
        batch.atomic_numbers[entries],
        batch.positions[entries],
        batch.occupancies[entries],
    )


def sites_of(cell: Cell) -> Sites:
    """Return the sites of a crystal and what they hold.

    Examples
    --------
    >>> positions = np.array([[0, 0, 0], [0, 0, 0], [0.5, 0.5, 0.5]])
    >>> alloy = Cell(3 * np.eye(3), np.array([79, 29, 8]), positions, np.array([0.25, 0.75, 1]))
    >>> sites_of(alloy).of_entry, sites_of(alloy).labels
    (array([0, 0, 1]), array([119,   8]))
    """
    entries = len(cell.positions)
    every = np.arange(entries)
    if cell.occupancies.min() == 1:
        return Sites(every, every, cell.atomic_numbers.astype(np.int64))
    of_entry = np.full(entries, -1, dtype=np.int64)
    first: list[int] = []
    contents = []
    for entry in range(entries):
        if of_entry[entry] >= 0:
            continue
        offset = cell.positions - cell.positions[entry]
        here = (np.abs(offset - np.round(offset)) < _ONE_POSITION).all(axis=1) & (of_entry < 0)
        of_entry[here] = len(first)
        first.append(entry)
        held = zip(
            cell.atomic_numbers[here].tolist(),
            cell.occupancies[here].round(_OCCUPANCY_DIGITS).tolist(),
            strict=True,
        )
        contents.append(tuple(sorted(held)))
    mixed = sorted({held for held in contents if held[0][1] < 1})
    numbers = {held: 119 + place for place, held in enumerate(mixed)}
    labels = np.array([numbers.get(held, held[0][0]) for held in contents], dtype=np.int64)
    return Sites(of_entry, np.array(first, dtype=np.int64), labels)
