"""What an element brings to an ionic compound: valence electrons, lowest and common oxidation states."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

import numpy as np

from matsluice.tasks.material.elements import LAST_ATOMIC_NUMBER

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Of the groups 14 to 17, which are short of a noble gas by 18 less their group; and hydrogen.
FIRST_SHORT_OF_A_SHELL: Final = 14
NOBLE: Final = 18
PROPERTIES: Final = (
    "electronegativity", "valence_electrons", "anion_state", "least_state", "greatest_state", "least_common_state",
    "greatest_common_state",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class IonTable:
    """Tables by atomic number, row 0 being empty.

    Attributes
    ----------
    values : (119, 7) float64
        The columns `PROPERTIES`. An electronegativity that is not known is 0, since only noble gases and elements
        nobody has weighed lack one, and it never makes them the anion.
    first : (120,) int64
        Where each element's states begin in `states`.
    states : (s,) float64
        The common oxidation states above 0 of each element, or 0 where it has none.
    """

    values: NDArray[np.float64]
    first: NDArray[np.int64]
    states: NDArray[np.float64]

    @property
    def fingerprint(self) -> str:
        """32 hexadecimal digits of the numbers."""
        parts = (self.values.astype("<f8"), self.first.astype("<i8"), self.states.astype("<f8"))
        return blake2b(b"".join(part.tobytes() for part in parts), digest_size=16).hexdigest()


def ion_table() -> IonTable:
    """Return the tables from pymatgen's periodic table (doi:10.1016/j.commatsci.2012.10.028)."""
    from pymatgen.core.periodic_table import Element  # 0.3 s, and only this function needs it

    values = np.zeros((LAST_ATOMIC_NUMBER + 1, len(PROPERTIES)))
    states: list[float] = []
    first = [0, 0]
    for z in range(1, LAST_ATOMIC_NUMBER + 1):
        element = Element.from_Z(z)
        known = element.data.get("X")
        every = [int(state) for state in element.data.get("Oxidation states") or (0,)]
        common = [int(state) for state in element.data.get("Common oxidation states") or every]
        values[z] = (
            0.0 if known is None else float(known), _valence_electrons(element), _anion_state(element),
            min(every), max(every), min(common), max(common),
        )  # fmt: skip
        states += [float(state) for state in sorted(common) if state > 0] or [0.0]
        first.append(len(states))
    return IonTable(values, np.array(first, dtype=np.int64), np.array(states))


def _valence_electrons(element: object) -> int:
    """Return the electrons outside the last noble gas, without full d and f shells; 3 of the rare earths."""
    if element.is_lanthanoid or element.is_actinoid:  # type: ignore[attr-defined]
        return 3
    group = int(element.group)  # type: ignore[attr-defined]
    period = int(element.row)  # type: ignore[attr-defined]
    if period == 1:
        return int(element.Z)  # type: ignore[attr-defined]
    return group if group <= 12 else group - 10


def _anion_state(element: object) -> int:
    """Return the charge with which a shell is full: −1 to −4 of the groups 17 to 14, −1 of hydrogen, else 0."""
    if element.Z == 1:  # type: ignore[attr-defined]
        return -1
    group = int(element.group)  # type: ignore[attr-defined]
    return group - NOBLE if FIRST_SHORT_OF_A_SHELL <= group < NOBLE else 0
