"""The symmetry operations a CIF states: as a list, or by the name or number of its space group."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

import gemmi
import numpy as np
from gemmi import cif

from matsluice.tasks.material.cells import CellRefused
from matsluice.tasks.material.refusal import quoted

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LISTS: Final = (
    "_symmetry_equiv_pos_as_xyz",
    "_space_group_symop_operation_xyz",
    "_space_group_symop.operation_xyz",
)
_MAGNETIC_LIST: Final = "_space_group_symop_magn_operation.xyz"
_MAGNETIC_CENTRINGS: Final = "_space_group_symop_magn_centering.xyz"
_HALL: Final = ("_space_group_name_Hall", "_symmetry_space_group_name_Hall")
_NAMES: Final = ("_space_group_name_H-M_alt", "_symmetry_space_group_name_H-M", "_space_group_name_H-M_full")
_NUMBERS: Final = ("_space_group_IT_number", "_symmetry_Int_Tables_number")
_MAGNETIC: Final = (
    "_space_group_magn.number_BNS",
    "_space_group_magn.name_BNS",
    "_space_group_magn_number_BNS",
)
# The crystallographic databases' letters for settings: origin at the highest site symmetry or at the centre.
_SETTINGS: Final = {"S": ":1", "Z": ":2", "H": ":H", "R": ":R"}


class Operations(NamedTuple):
    """Rotations (k, 3, 3) and translations (k, 3) on fractional coordinates as columns."""

    rotations: NDArray[np.float64]
    translations: NDArray[np.float64]


IDENTITY: Final = Operations(np.eye(3)[None], np.zeros((1, 3)))


def stated_operations(block: cif.Block, alpha: float, gamma: float) -> Operations:
    """Return the operations a block states; the identity where it states no symmetry at all.

    The list of operations counts first, then the Hall symbol, the Hermann-Mauguin name, the number.

    Parameters
    ----------
    block
        The data block.
    alpha, gamma
        Angles of the cell in degrees; they tell the settings of the rhombohedral groups apart.

    Raises
    ------
    CellRefused
        "unreadable symmetry", "unknown space group", "ambiguous space group".
    """
    for tag in _LISTS:
        loop: cif.Loop | None = block.find_loop(tag).get_loop()
        if loop is not None:
            # Most files of a set have the same list, which is read once.
            return _of_loop(tag, tuple(loop.tags), tuple(loop.values))
        text = block.find_value(tag)
        if text is not None and text not in ("?", "."):
            return _listed((text,), ())
    if block.find_values(_MAGNETIC_LIST):
        return _listed(
            tuple(block.find_values(_MAGNETIC_LIST)), tuple(block.find_values(_MAGNETIC_CENTRINGS))
        )
    hall = _first(block, _HALL)
    if hall:
        return _of_hall(hall)
    if _first(block, _MAGNETIC):
        raise CellRefused(
            "unknown space group", "the CIF names a magnetic space group and does not list its operations"
        )
    return _of_group(_first(block, _NAMES), _first(block, _NUMBERS), alpha, gamma)


def _first(block: cif.Block, tags: tuple[str, ...]) -> str:
    for tag in tags:
        text = block.find_value(tag)
        if text and text not in ("?", "."):
            return cif.as_string(text).strip()
    return ""


@lru_cache(maxsize=512)
def _of_loop(tag: str, tags: tuple[str, ...], values: tuple[str, ...]) -> Operations:
    place = [name.lower() for name in tags].index(tag.lower())
    return _listed(values[place :: len(tags)], ())


@lru_cache(maxsize=512)
def _listed(texts: tuple[str, ...], centrings: tuple[str, ...]) -> Operations:
    import gemmi

    def parsed(text: str, magnetic: bool) -> gemmi.Op:
        triplet = cif.as_string(text)
        try:
            operation = gemmi.Op(triplet.rsplit(",", 1)[0] if magnetic else triplet)
        except (RuntimeError, ValueError, TypeError):
            operation = None
        if operation is None or abs(operation.det_rot()) != operation.DEN**3:
            raise CellRefused(
                "unreadable symmetry", f"{quoted(triplet)} is not a symmetry operation such as -x, y+1/2, z"
            ) from None
        return operation

    # A magnetic operation ends with the sign of time, which moves no atom.
    is_magnetic = texts[0].count(",") == 3
    operations = [parsed(text, is_magnetic) for text in texts]
    if centrings:
        shifts = [parsed(text, text.count(",") == 3) for text in centrings]
        operations = [(shift * operation).wrap() for operation in operations for shift in shifts]
    if gemmi.Op() not in operations:
        raise CellRefused("unreadable symmetry", "the list of symmetry operations lacks x, y, z")
    return _arrays(operations)


def _arrays(operations: list[gemmi.Op]) -> Operations:
    scale = 1.0 / operations[0].DEN
    return Operations(
        np.array([operation.rot for operation in operations], dtype=np.float64) * scale,
        np.array([operation.tran for operation in operations], dtype=np.float64) * scale,
    )


@lru_cache(maxsize=512)
def _of_hall(symbol: str) -> Operations:
    try:
        return _arrays(list(gemmi.symops_from_hall(symbol)))
    except (RuntimeError, ValueError):
        raise CellRefused("unknown space group", f"{quoted(symbol)} is not a Hall symbol") from None


@lru_cache(maxsize=2048)
def _of_group(name: str, number: str, alpha: float, gamma: float) -> Operations:
    group = _named(name, alpha, gamma) if name else None
    if group is None and number:
        listed = gemmi.find_spacegroup_by_number(int(number)) if number.isdigit() else None
        group = _named(listed.hm, alpha, gamma) if listed is not None else None
    if group is None:
        if not name and not number:
            return IDENTITY
        raise CellRefused(
            "unknown space group", f"{quoted(name or number)} is no space group; list the symmetry operations"
        )
    return _arrays(list(group.operations()))


def _named(name: str, alpha: float, gamma: float) -> gemmi.SpaceGroup | None:
    plain = name.replace("_", "").strip()
    setting = re.fullmatch(r"(.*\S)\s+([SZHR])", plain)
    if setting:
        plain = setting[1] + _SETTINGS[setting[2]]
    first, second = (gemmi.find_spacegroup_by_name(plain, alpha, gamma, prefer) for prefer in ("1", "2"))
    if first is not None and first.xhm() != second.xhm():
        raise CellRefused(
            "ambiguous space group",
            f"{quoted(name)} has two choices of origin, and the CIF does not say which: "
            "list the symmetry operations",
        )
    return first
