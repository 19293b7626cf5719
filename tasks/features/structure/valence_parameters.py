"""Bond-valence parameters, as the International Union of Crystallography collects them."""

from __future__ import annotations

from functools import cache
from hashlib import blake2b
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from matsluice.infra.mistakes import Failed
from matsluice.tasks.material.elements import ATOMIC_NUMBERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    Ion = tuple[int, int]  # atomic number, oxidation state

_FILE: Final = Path("utils") / "data_files" / "bvparm2020.cif"
_LAST_HEADER: Final = "_valence_param_details"
# The list's word for "any oxidation state"; it is used for soft anions.
_ANY_STATE: Final = 9
_HIGHEST_ANY: Final = 6
_HARD_ANIONS: Final = frozenset("OF") | {"Cl"}


@cache  # the file is read once in a process
def valence_parameters() -> Mapping[tuple[Ion, Ion], tuple[float, float]]:
    """Return R₀ and b, both Å, of each cation and anion; a bond of length d has the valence exp((R₀ - d)/b).

    The list of I. D. Brown, bvparm2020 (Brown and Altermatt 1985, doi:10.1107/S0108768185002063; Brown 2009,
    doi:10.1021/cr900053k), as matminer ships it, and read as matminer reads it: of several entries for a pair
    the first counts, and what is listed for any state of the cation with a soft anion (all but O, F and Cl)
    stands for its states 1 to 6 where these are not listed (Brese and O'Keeffe 1991,
    doi:10.1107/S0108768190011041).

    Raises
    ------
    Failed
        When matminer, or the list, is not installed.

    Examples
    --------
    >>> valence_parameters()[(22, 4), (8, -2)]
    (1.815, 0.37)
    """
    listed: dict[tuple[Ion, Ion], tuple[float, float]] = {}
    any_state: dict[tuple[int, Ion], tuple[float, float]] = {}
    for cation, state, anion, anion_state, length, softness in _entries():
        pair = (ATOMIC_NUMBERS[anion], anion_state)
        listed.setdefault(((ATOMIC_NUMBERS[cation], state), pair), (length, softness))
        if state == _ANY_STATE and anion not in _HARD_ANIONS:
            any_state.setdefault((ATOMIC_NUMBERS[cation], pair), (length, softness))
    for (cation_number, pair), parameters in any_state.items():
        for state in range(1, _HIGHEST_ANY + 1):
            listed.setdefault(((cation_number, state), pair), parameters)
    return MappingProxyType(listed)


def fingerprint() -> str:
    """Return 32 hexadecimal digits of the parameters."""
    return blake2b(repr(sorted(valence_parameters().items())).encode(), digest_size=16).hexdigest()


def _entries() -> list[tuple[str, int, str, int, float, float]]:
    found = find_spec("matminer")  # located without importing it, which takes seconds
    if found is None or not found.submodule_search_locations:
        raise Failed(
            "matminer is not installed, and the bond-valence parameters come with it: pip install matminer"
        )
    try:
        text = (Path(found.submodule_search_locations[0]) / _FILE).read_text(
            encoding="utf-8", errors="replace"
        )
    except OSError as error:
        raise Failed(
            f"the installed matminer has no readable list of bond-valence parameters: {error}"
        ) from error
    entries = []
    for line in text.partition(_LAST_HEADER)[2].splitlines():
        fields = line.split()
        if len(fields) < 6 or fields[0] not in ATOMIC_NUMBERS or fields[2] not in ATOMIC_NUMBERS:
            continue
        try:
            entries.append(
                (fields[0], int(fields[1]), fields[2], int(fields[3]), float(fields[4]), float(fields[5]))
            )
        except ValueError:  # a line that is no entry
            continue
    return entries
