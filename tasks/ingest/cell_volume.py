"""How large a cell becomes when its atoms are replaced: by the ratio of what the atoms need."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from functools import cache
from math import isnan
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, get_args

from matsluice.tasks.material.elements import ATOMIC_NUMBERS

if TYPE_CHECKING:
    from matsluice.tasks.material.cells import CellRefused

VolumeRule = Literal["ionic-radii", "atomic-radii", "element-volumes", "keep"]
VOLUME_RULES: Final[tuple[VolumeRule, ...]] = get_args(VolumeRule)
# Ten cubic perovskites (oxides, fluorides, chlorides, iodides) predicted from one another: mean error of the
# logarithm of the volume 0.08 with ionic radii, 0.21 with either of the next two, 0.51 where the cell is kept.
SOURCES: Final[Mapping[VolumeRule, str]] = MappingProxyType(
    {
        "ionic-radii": "Σ r³ of the ions: Shannon 1976, doi:10.1107/S0567739476001551, as in pymatgen",
        "atomic-radii": "Σ r³ of the atoms: Slater 1964, doi:10.1063/1.1725697, as in pymatgen",
        "element-volumes": "Σ of the volumes per atom of the elements themselves: OQMD, "
        "doi:10.1007/s11837-013-0755-4, as in Magpie",
        "keep": "the prototype's volume",
    }
)


def room_needed(
    rule: VolumeRule, symbols: Sequence[str], counts: Sequence[int], states: Sequence[int] = ()
) -> float:
    """Return what atoms need, in a unit of the rule's own; the ratio of two such numbers is that of the volumes.

    Parameters
    ----------
    rule
        Whose radii or volumes are summed; see `SOURCES`.
    symbols, counts
        The elements, and how many atoms of each.
    states
        Their oxidation states, where the rule is "ionic-radii".

    Raises
    ------
    CellRefused
        "no volume rule": an element has no such radius or volume.

    Examples
    --------
    >>> before = room_needed("ionic-radii", ["Sr", "Ti", "O"], [1, 1, 3], [2, 4, -2])
    >>> round(room_needed("ionic-radii", ["Ba", "Zr", "O"], [1, 1, 3], [2, 4, -2]) / before, 2)
    1.14
    """
    if rule == "keep":
        return 1.0
    if rule == "ionic-radii":
        each = [_ion(symbol, state) for symbol, state in zip(symbols, states, strict=True)]
    else:
        each = [(_atom if rule == "atomic-radii" else _element)(symbol) for symbol in symbols]
    return sum(n * room for n, room in zip(counts, each, strict=True))


@cache
def _ion(symbol: str, state: int) -> float:
    from pymatgen.core.periodic_table import Species

    with warnings.catch_warnings():
        # It warns where there is none, and where the value is that of one spin state.
        warnings.simplefilter("ignore")
        radius = Species(symbol, state).ionic_radius
    if radius is None:
        raise _no_value("ionic radius", f"{symbol}{abs(state)}{'+' if state > 0 else '-'}")
    return float(radius) ** 3


@cache
def _atom(symbol: str) -> float:
    from pymatgen.core.periodic_table import Element

    radius = Element(symbol).atomic_radius
    if not radius:
        raise _no_value("atomic radius", symbol)
    return float(radius) ** 3


@cache
def _element(symbol: str) -> float:
    from matsluice.tasks.features.composition.element_table import magpie_table

    volume = float(magpie_table(["GSvolume_pa"]).values[ATOMIC_NUMBERS[symbol], 0])
    if isnan(volume):
        raise _no_value("volume per atom", symbol)
    return volume


def _no_value(what: str, whose: str) -> CellRefused:
    # Imported here, since the campaign file is checked without numpy.
    from matsluice.tasks.material.cells import CellRefused

    others = ", ".join(f'"{rule}"' for rule in VOLUME_RULES)
    return CellRefused(
        "no volume rule", f"no {what} of {whose} is known; write another volume, one of {others}"
    )
