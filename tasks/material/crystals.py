"""Many crystals as ragged columns, the form in which they travel between steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from matsluice.tasks.material.batch import CompositionBatch, entries_of, offsets_of
from matsluice.tasks.material.elements import LAST_ATOMIC_NUMBER

if TYPE_CHECKING:
    from collections.abc import Sequence

_KIND: Final = ("C", "A", "W")  # contiguous, aligned, writeable


@dataclass(frozen=True, slots=True, eq=False)
class CrystalBatch:
    """Crystals as ragged columns; crystal i holds the sites ``offsets[i]:offsets[i + 1]``.

    `crystals_from_cells` makes one from cells as people write them; the constructor takes what is normalised
    already. A disordered site stands as several entries at one position, with occupancies below 1.

    Attributes
    ----------
    lattices : (n, 3, 3) float64
        Right-handed lattice vectors as rows, Å.
    offsets : (n + 1,) int64
        Where each crystal's sites begin, and where the last ones end.
    atomic_numbers : (m,) int16
        Atomic number of each site.
    positions : (m, 3) float64
        Fractional coordinates in [0, 1): position in space is ``positions @ lattice``.
    occupancies : (m,) float64
        Share of the cells in which the site is filled, in (0, 1].

    Raises
    ------
    ValueError
        When the columns do not describe one batch.

    Examples
    --------
    >>> import numpy as np
    >>> from matsluice.tasks.material import crystals_from_cells
    >>> cell = (4.2 * np.eye(3), [55, 17], [[0, 0, 0], [0.5, 0.5, -0.5]])
    >>> batch = crystals_from_cells([cell]).batch
    >>> len(batch), batch.positions[1], batch.volumes.round(3)
    (1, array([0.5, 0.5, 0.5]), array([74.088]))
    """

    lattices: NDArray[np.float64]
    offsets: NDArray[np.int64]
    atomic_numbers: NDArray[np.int16]
    positions: NDArray[np.float64]
    occupancies: NDArray[np.float64]

    def __post_init__(self) -> None:
        """Hold the columns as the kind of array the kernels are compiled for; read-only memory is copied."""
        kinds = {
            "lattices": np.float64,
            "offsets": np.int64,
            "atomic_numbers": np.int16,
            "positions": np.float64,
            "occupancies": np.float64,
        }
        for name, kind in kinds.items():
            object.__setattr__(self, name, np.require(getattr(self, name), kind, _KIND))
        sites = len(self.atomic_numbers)
        if self.lattices.shape != (len(self.offsets) - 1, 3, 3) or self.positions.shape != (sites, 3):
            raise ValueError(
                f"{len(self.offsets) - 1} crystals of {sites} sites need lattices ({len(self.offsets) - 1}, 3, 3) "
                f"and positions ({sites}, 3), got {self.lattices.shape} and {self.positions.shape}"
            )
        if self.offsets[0] != 0 or self.offsets[-1] != sites or len(self.occupancies) != sites:
            raise ValueError("offsets must run from 0 to the number of sites, each with an occupancy")
        if np.any(np.diff(self.offsets) <= 0):
            raise ValueError("every crystal has at least one site: offsets must increase")
        # The kernels look elements up by number, and divide by volumes, unchecked.
        if np.any((self.atomic_numbers < 1) | (self.atomic_numbers > LAST_ATOMIC_NUMBER)):
            raise ValueError(f"atomic numbers are 1 to {LAST_ATOMIC_NUMBER}")
        if not np.all((self.positions >= 0) & (self.positions < 1)):
            raise ValueError("positions are fractional coordinates in [0, 1)")
        if not np.all((self.occupancies > 0) & (self.occupancies <= 1)):
            raise ValueError("occupancies are above 0 and at most 1")
        if not np.all(self.volumes > 0):
            raise ValueError("lattices are right-handed and have a volume")

    def __len__(self) -> int:
        """Return the number of crystals."""
        return len(self.offsets) - 1

    @property
    def volumes(self) -> NDArray[np.float64]:
        """Volume of each cell, Å³, (n,)."""
        a, b, c = self.lattices[:, 0], self.lattices[:, 1], self.lattices[:, 2]
        volumes: NDArray[np.float64] = np.einsum("ni,ni->n", a, np.cross(b, c))
        return volumes

    @property
    def site_counts(self) -> NDArray[np.int64]:
        """Number of sites of each cell, (n,)."""
        return np.diff(self.offsets)

    @property
    def is_ordered(self) -> NDArray[np.bool_]:
        """Whether every site of a crystal is filled in every cell, (n,)."""
        if not len(self):
            return np.empty(0, dtype=bool)
        return np.asarray(np.minimum.reduceat(self.occupancies, self.offsets[:-1]) == 1.0)

    def slice(self, start: int, stop: int) -> CrystalBatch:
        """Return the crystals ``start:stop`` as a batch that shares this one's memory."""
        start, stop, _ = slice(start, stop).indices(len(self))
        stop = max(start, stop)
        sites = slice(self.offsets[start], self.offsets[stop])
        return CrystalBatch(
            self.lattices[start:stop],
            self.offsets[start : stop + 1] - self.offsets[start],
            self.atomic_numbers[sites],
            self.positions[sites],
            self.occupancies[sites],
        )

    def take(self, rows: Sequence[int] | NDArray[np.int64]) -> CrystalBatch:
        """Return the crystals with these indices, in this order."""
        picked = np.asarray(rows, dtype=np.int64)
        offsets, sites = entries_of(self.offsets, picked)
        return CrystalBatch(
            self.lattices[picked],
            offsets,
            self.atomic_numbers[sites],
            self.positions[sites],
            self.occupancies[sites],
        )

    def compositions(self) -> CompositionBatch:
        """Return what the crystals are made of, as canonical compositions."""
        from matsluice.tasks.material.crystal_compositions import compositions_of

        # pyright reads this file under two names, as `tasks` and as `matsluice.tasks`.
        return compositions_of(self)  # pyright: ignore[reportArgumentType]


def concatenate_crystals(batches: Sequence[CrystalBatch]) -> CrystalBatch:
    """Return one batch with the crystals of all of them, in order."""
    return CrystalBatch(
        np.concatenate([np.zeros((0, 3, 3)), *(batch.lattices for batch in batches)]),
        offsets_of(np.concatenate([np.zeros(0, np.int64), *(batch.site_counts for batch in batches)])),
        np.concatenate([np.zeros(0, np.int16), *(batch.atomic_numbers for batch in batches)]),
        np.concatenate([np.zeros((0, 3)), *(batch.positions for batch in batches)]),
        np.concatenate([np.zeros(0), *(batch.occupancies for batch in batches)]),
    )
