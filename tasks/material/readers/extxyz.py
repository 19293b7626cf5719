"""Extended XYZ as crystals: frames with their lattice, and what else their second line says."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final, NamedTuple

from matsluice.tasks.material.cells import MOST_SITES, CellRefused, ParsedCrystals
from matsluice.tasks.material.elements import LAST_ATOMIC_NUMBER
from matsluice.tasks.material.readers.cell_lists import CellLists, crystals_from_lists, fractional
from matsluice.tasks.material.readers.species_words import atomic_number
from matsluice.tasks.material.refusal import quoted

# key=value, key="several words", key={1 2}, key=[[1, 2]]; a key alone is true.
_PAIR: Final = re.compile(
    r"""(?P<key>"[^"]*"|[^\s="]+)(?:\s*=\s*(?:"(?P<double>(?:[^"\\]|\\.)*)"|'(?P<single>[^']*)'|"""
    r"""\{(?P<braces>[^}]*)\}|(?P<list>\[.*?\](?=\s|$))|(?P<word>\S+)))?"""
)
_PLAIN_COLUMNS: Final = "species:S:1:pos:R:3"


class Frame(NamedTuple):
    """One frame of a file.

    Attributes
    ----------
    number
        From 1.
    cell
        Its cell, or why it cannot be read.
    info
        Every key of its second line → the value as text, quotation marks left out.
    """

    number: int
    cell: CellLists | CellRefused
    info: dict[str, str]


def read_extxyz(text: str) -> tuple[ParsedCrystals, list[dict[str, str]]]:
    r"""Return the frames of a text as crystals, and what each frame's second line says.

    Returns
    -------
    crystals : ParsedCrystals
        Refused: "unreadable extxyz", "no cell", "not periodic", "no coordinates", "unknown element", and what
        `crystals_from_cells` refuses.
    info : list of dict
        One a frame.

    Examples
    --------
    >>> text = '2\nLattice="4 0 0 0 4 0 0 0 4" gap=8.3\nCs 0 0 0\nCl 2 2 2\n'
    >>> crystals, info = read_extxyz(text)
    >>> crystals.batch.positions[1], info[0]["gap"]
    (array([0.5, 0.5, 0.5]), '8.3')
    """
    frames = list(frames_of(text.splitlines()))
    return crystals_from_lists([frame.cell for frame in frames]), [frame.info for frame in frames]


def frames_of(lines: Iterable[str]) -> Iterator[Frame]:
    """Give the frames one by one; the first that does not say how many atoms it has is the last.

    Parameters
    ----------
    lines
        An open file will do.
    """
    rest = iter(lines)
    number = 0
    for line in rest:
        text = line.strip().removeprefix("\ufeff")
        if not text:
            continue
        number += 1
        if not text.isdigit() or len(text) > 9:
            what = f"{quoted(text)} stands where frame {number} should give its number of atoms"
            yield Frame(number, _unreadable(what), {})
            return
        second = next(rest, "")
        if int(text) > MOST_SITES:
            deque(islice(rest, int(text)), maxlen=0)  # passed over, not held
            what = f"frame {number} announces {text} atoms; at most {MOST_SITES} are read"
            yield Frame(number, CellRefused("too many sites", what), _info(second))
            continue
        sites = [site.split() for site in islice(rest, int(text))]
        info = _info(second)
        try:
            yield Frame(number, _cell(int(text), info, sites), info)
        except CellRefused as why:
            yield Frame(number, why, info)


def _info(line: str) -> dict[str, str]:
    return {
        found["key"].strip('"'): next((text for text in found.groups()[1:] if text is not None), "T")
        for found in _PAIR.finditer(line)
    }


def _cell(count: int, info: dict[str, str], sites: list[list[str]]) -> CellLists:
    if len(sites) < count:
        raise _unreadable(f"the frame announces {count} atoms and ends after {len(sites)}")
    known = {key.lower(): text for key, text in info.items()}
    if "lattice" not in known:
        raise CellRefused("no cell", 'the frame has no Lattice="…", so it is no crystal')
    lattice = [_number(word) for word in re.split(r"[\s,\[\]]+", known["lattice"].strip(" []"))]
    if len(lattice) != 9:
        raise CellRefused("no cell", f"Lattice has {len(lattice)} numbers; it has nine")
    periodic = re.findall(r"[TtFf10]", known.get("pbc", "T T T"))
    if any(word in ("F", "f", "0") for word in periodic):
        raise CellRefused(
            "not periodic", f"pbc is {quoted(known['pbc'])}; a crystal is periodic in all directions"
        )
    species, is_number, place, width = _columns(known.get("properties", _PLAIN_COLUMNS))
    if any(len(site) < width for site in sites):
        raise _unreadable(f"an atom has fewer than the {width} columns that Properties names")
    numbers = [
        _number_of_atom(site[species]) if is_number else atomic_number(site[species]) for site in sites
    ]
    cartesian = [_number(word) for site in sites for word in site[place : place + 3]]
    return CellLists(lattice, numbers, fractional(cartesian, lattice), [1.0] * count)


def _columns(properties: str) -> tuple[int, bool, int, int]:
    """Return the column of the species, whether it is an atomic number, that of x, and the number of columns."""
    words = properties.split(":")
    places: dict[str, int] = {}
    width = 0
    for name, kind, count in zip(words[0::3], words[1::3], words[2::3], strict=False):
        places[f"{name}:{kind}"] = width
        width += int(count) if count.isdigit() and len(count) < 4 else 1
    species = next(
        (places[name] for name in ("species:S", "element:S", "elements:S") if name in places), None
    )
    number = next((places[name] for name in ("Z:I", "numbers:I") if name in places), None)
    position = next((places[name] for name in ("pos:R", "positions:R") if name in places), None)
    if position is None or position + 3 > width or (species is None and number is None):
        raise CellRefused(
            "no coordinates", f"Properties is {quoted(properties)}; it has species:S:1 and pos:R:3"
        )
    return (number if species is None else species), species is None, position, width  # type: ignore[return-value]


def _number_of_atom(word: str) -> int:
    if word.isdigit() and 1 <= int(word[:9]) <= LAST_ATOMIC_NUMBER:
        return int(word)
    raise CellRefused("unknown element", f"{quoted(word)} is not an atomic number")


def _number(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        raise _unreadable(f"{quoted(word)} stands where a number should") from None


def _unreadable(what: str) -> CellRefused:
    return CellRefused("unreadable extxyz", f"the frame is not extended XYZ: {what}")
