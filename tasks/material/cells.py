"""Cells as people and programs write them, brought into one form, or refused with a reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from matsluice.tasks.material.batch import offsets_of
from matsluice.tasks.material.crystals import CrystalBatch
from matsluice.tasks.material.elements import LAST_ATOMIC_NUMBER, SYMBOLS
from matsluice.tasks.material.refusal import Refusal

if TYPE_CHECKING:
    from numpy.typing import NDArray

    # Lattice vectors as rows in Å, atomic numbers, fractional coordinates; occupancies where not all are 1. Each is
    # what numpy makes an array of: people write lists, readers have arrays.
    Cell = tuple[Any, ...]

# Å. No two atoms are nearer in any crystal: the bond of H2 has 0.74 Å.
SHORTEST_DISTANCE: Final = 0.5
# Å³ per site. Solid hydrogen has some 10 at zero, 2 at the highest, pressure reached.
SMALLEST_VOLUME_PER_SITE: Final = 0.5
# Å. A hundredth of a millimetre: what is longer is a number that went wrong, and overflows further on.
LONGEST_VECTOR: Final = 1e5
# Four times the largest cell known of an alloy, Al55.4Cu5.4Ta39.1 with 23,256 atoms (Conrad et al. 2009, Acta
# Cryst. B 65): what is beyond it is no crystal, or was made to fill the memory.
MOST_SITES: Final = 100_000
# A filled site may be written as 1.0000001 after some arithmetic; what is beyond that is a mistake.
_OCCUPANCY_ERROR: Final = 1e-6


class CellRefused(Exception):  # noqa: N818 - it is said about the cell, which is what is at fault
    """A cell describes no crystal: `reason` is a short class, `detail` one sentence."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True, eq=False)
class ParsedCrystals:
    """What became of every cell.

    Attributes
    ----------
    batch : CrystalBatch
        The crystals that were read, in order.
    rows : (n,) int64
        The index of each of them among the cells given.
    refused : list of Refusal
        The others, in order.
    """

    batch: CrystalBatch
    rows: NDArray[np.int64]
    refused: list[Refusal]


def crystals_from_cells(cells: Iterable[Cell | CellRefused]) -> ParsedCrystals:
    """Return cells as a batch: wrapped into [0, 1), right-handed, each looked at.

    A left-handed cell is written with all three vectors reversed, which is the same crystal.

    Parameters
    ----------
    cells : iterable of (lattice (3, 3) in Å, atomic numbers (s,), positions (s, 3)[, occupancies (s,)])
        A reader gives `CellRefused` in place of a cell it could not read.

    Examples
    --------
    >>> good = (4.2 * np.eye(3), [55, 17], [[0, 0, 0], [0.5, 0.5, 0.5]])
    >>> flat = (np.diag([4.2, 4.2, 0]), [55], [[0, 0, 0]])
    >>> parsed = crystals_from_cells([flat, good])
    >>> parsed.rows, parsed.refused[0].reason
    (array([1]), 'no volume')
    """
    rows: list[int] = []
    read: list[tuple[NDArray[np.float64], ...]] = []
    refused: list[Refusal] = []
    for row, cell in enumerate(cells):
        try:
            if isinstance(cell, CellRefused):
                raise cell
            read.append(_normal(cell))
            rows.append(row)
        except CellRefused as why:
            refused.append(Refusal(row, None, why.reason, why.detail))
    batch = _joined(read)
    return _without_overlaps(batch, np.array(rows, dtype=np.int64), refused)


def _normal(cell: Cell) -> tuple[NDArray[np.float64], ...]:
    lattice = np.array(cell[0], dtype=np.float64)
    atomic_numbers = np.asarray(cell[1], dtype=np.float64)
    positions = np.array(cell[2], dtype=np.float64).reshape(-1, 3)
    occupancies = np.array(cell[3], dtype=np.float64) if len(cell) == 4 else np.ones(len(atomic_numbers))
    if not len(atomic_numbers):
        raise CellRefused("no sites", "the structure has no atoms")
    refuse_too_many(len(atomic_numbers))
    if not len(atomic_numbers) == len(positions) == len(occupancies):
        raise CellRefused(
            "wrong number of sites",
            f"{len(atomic_numbers)} elements, {len(positions)} positions and {len(occupancies)} occupancies",
        )
    if not (np.isfinite(lattice).all() and np.isfinite(positions).all()):
        raise CellRefused("not finite", "a lattice vector or a coordinate is not a finite number")
    if not np.all((atomic_numbers >= 1) & (atomic_numbers <= LAST_ATOMIC_NUMBER)):
        raise CellRefused("unknown element", f"atomic numbers are 1 to {LAST_ATOMIC_NUMBER}")
    occupancies[np.abs(occupancies - 1) <= _OCCUPANCY_ERROR] = 1.0
    if not np.all((occupancies > 0) & (occupancies <= 1)):
        worst = occupancies[~((occupancies > 0) & (occupancies <= 1))][0]
        raise CellRefused("occupancy out of range", f"an occupancy is {worst:g}; it is above 0 and at most 1")
    if np.abs(lattice).max() > LONGEST_VECTOR:
        raise CellRefused("cell too large", f"a lattice vector is longer than {LONGEST_VECTOR:g} Å")
    volume = float(np.linalg.det(lattice))
    if abs(volume) < SMALLEST_VOLUME_PER_SITE * occupancies.sum():
        raise CellRefused(
            "no volume",
            f"the cell has {abs(volume):.3g} Å³ for {len(positions)} sites, less than any crystal",
        )
    if volume < 0:
        lattice, positions = -lattice, -positions
    return lattice, atomic_numbers, _wrapped(positions), occupancies


def refuse_too_many(sites: int) -> None:
    """Raise CellRefused where a cell has more sites than are read."""
    if sites > MOST_SITES:
        raise CellRefused("too many sites", f"the cell has {sites} sites; at most {MOST_SITES} are read")


def _wrapped(positions: NDArray[np.float64]) -> NDArray[np.float64]:
    wrapped: NDArray[np.float64] = positions - np.floor(positions)
    wrapped[wrapped >= 1.0] = 0.0  # what floor leaves of -1e-17
    return wrapped


def _joined(cells: Sequence[tuple[NDArray[np.float64], ...]]) -> CrystalBatch:
    lattices, atomic_numbers, positions, occupancies = zip(*cells, strict=True) if cells else ((),) * 4
    return CrystalBatch(
        np.array(lattices).reshape(-1, 3, 3),
        offsets_of(np.array([len(some) for some in atomic_numbers], dtype=np.int64)),
        np.concatenate([np.zeros(0), *atomic_numbers]).astype(np.int16),
        np.concatenate([np.zeros((0, 3)), *positions]),
        np.concatenate([np.zeros(0), *occupancies]),
    )


def _without_overlaps(batch: CrystalBatch, rows: NDArray[np.int64], refused: list[Refusal]) -> ParsedCrystals:
    """Refuse crystals in which two atoms that are there at once stand at one place."""
    # Imported here, because numba takes half a second.
    from matsluice.tasks.material.overlap import first_overlap

    pairs, distances = first_overlap(
        batch.lattices, batch.offsets, batch.positions, batch.occupancies, SHORTEST_DISTANCE
    )
    bad = np.flatnonzero(pairs[:, 0] >= 0)
    for crystal in bad.tolist():
        i, j = pairs[crystal].tolist()
        names = [SYMBOLS[batch.atomic_numbers[batch.offsets[crystal] + site]] for site in (i, j)]
        refused.append(
            Refusal(
                int(rows[crystal]),
                None,
                "overlapping sites",
                f"sites {i + 1} ({names[0]}) and {j + 1} ({names[1]}) are {distances[crystal]:.3f} Å apart, "
                f"nearer than {SHORTEST_DISTANCE:g} Å",
            )
        )
    if len(bad):
        good = np.flatnonzero(pairs[:, 0] < 0)
        batch, rows = batch.take(good), rows[good]
    return ParsedCrystals(batch, rows, sorted(refused, key=lambda refusal: refusal.row))
