"""A CIF's table of sites: which elements, where, and how often."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Final, NamedTuple

from gemmi import cif

from matsluice.tasks.material.cells import CellRefused
from matsluice.tasks.material.readers.cell_lists import fractional
from matsluice.tasks.material.readers.species_words import atomic_number, atomic_number_of_label
from matsluice.tasks.material.refusal import quoted

_SYMBOL: Final = "_atom_site_type_symbol"
_LABEL: Final = "_atom_site_label"
_OCCUPANCY: Final = "_atom_site_occupancy"
_FRACTIONAL: Final = ("_atom_site_fract_x", "_atom_site_fract_y", "_atom_site_fract_z")
_CARTESIAN: Final = ("_atom_site_Cartn_x", "_atom_site_Cartn_y", "_atom_site_Cartn_z")
_TAGS: Final = (_SYMBOL, _LABEL, _OCCUPANCY, *_FRACTIONAL, *_CARTESIAN)
_MISSING: Final = ("?", ".")


class _Layout(NamedTuple):
    """Which column of a table is what; None for a column that is not there."""

    width: int
    symbol: int | None
    label: int | None
    occupancy: int | None
    x: int | None
    y: int | None
    z: int | None
    is_cartesian: bool


class SiteTable(NamedTuple):
    """A table of sites: its texts row by row, quotation marks and all, and where its columns are."""

    values: list[str]
    layout: _Layout

    def column(self, place: int) -> list[str]:
        """Return the texts of a column."""
        return self.values[place :: self.layout.width]


def site_table(block: cif.Block) -> SiteTable | None:
    """Return the table of sites of a data block; None where it has no atoms."""
    loop = _loop(block, _LABEL)
    if loop is None:
        loop = _loop(block, _SYMBOL)
    if loop is not None:
        return SiteTable(values, _layout(tuple(loop.tags))) if (values := loop.values) else None
    # One atom may stand without a table.
    pairs = {tag: text for tag in _TAGS if (text := block.find_value(tag)) is not None}
    return (
        SiteTable(list(pairs.values()), _layout(tuple(pairs)))
        if _LABEL in pairs or _SYMBOL in pairs
        else None
    )


def _loop(block: cif.Block, tag: str) -> cif.Loop | None:
    """Return the loop with a tag; gemmi's own annotation leaves out that there may be none."""
    return block.find_loop(tag).get_loop()


@lru_cache(maxsize=256)
def _layout(tags: tuple[str, ...]) -> _Layout:
    places = {tag.lower(): place for place, tag in enumerate(tags)}
    fractional = [places.get(tag) for tag in _FRACTIONAL]
    is_cartesian = None in fractional and all(tag.lower() in places for tag in _CARTESIAN)
    x, y, z = [places.get(tag.lower()) for tag in _CARTESIAN] if is_cartesian else fractional
    return _Layout(
        len(tags),
        places.get(_SYMBOL),
        places.get(_LABEL),
        places.get(_OCCUPANCY),
        x,
        y,
        z,
        is_cartesian,
    )


def sites_of(table: SiteTable, lattice: list[float]) -> tuple[list[int], list[float], list[float]]:
    """Return the atomic numbers, the fractional coordinates (three a site) and the occupancies of a table.

    Parameters
    ----------
    table
        The sites.
    lattice
        Nine numbers, Å, for a table with Cartesian coordinates.

    Raises
    ------
    CellRefused
        "unknown element", "ambiguous element", "no coordinates", "unreadable occupancy".
    """
    return _elements(table), _positions(table, lattice), _occupancies(table)


def _elements(table: SiteTable) -> list[int]:
    symbol, label = table.layout.symbol, table.layout.label
    if symbol is None:
        assert label is not None, "a table without symbols and labels is none of sites"
        return list(map(_element_of_label, table.column(label)))
    symbols = table.column(symbol)
    try:
        return list(map(_element, symbols))
    except CellRefused:
        if label is None or not any(text in _MISSING for text in symbols):
            raise
        return [
            _element_of_label(name) if text in _MISSING else _element(text)
            for text, name in zip(symbols, table.column(label), strict=True)
        ]


# The raw texts repeat from file to file, so that most need no look at their quotation marks either.
@lru_cache(maxsize=4096)
def _element(raw: str) -> int:
    return atomic_number(cif.as_string(raw))


@lru_cache(maxsize=4096)
def _element_of_label(raw: str) -> int:
    return atomic_number_of_label(cif.as_string(raw))


def _positions(table: SiteTable, lattice: list[float]) -> list[float]:
    layout = table.layout
    if layout.x is None or layout.y is None or layout.z is None:
        raise CellRefused("no coordinates", "the table of sites has no _atom_site_fract_x, _y and _z")
    x, y, z = table.column(layout.x), table.column(layout.y), table.column(layout.z)
    sites = len(x)
    numbers = _numbers(x + y + z)
    positions = [0.0] * (3 * sites)
    positions[0::3] = numbers[:sites]
    positions[1::3] = numbers[sites : 2 * sites]
    positions[2::3] = numbers[2 * sites :]
    if not math.isfinite(sum(numbers)):
        bad = next((i for i, value in enumerate(positions) if not math.isfinite(value)), 0) // 3
        name = table.column(layout.symbol if layout.label is None else layout.label)[bad]  # type: ignore[arg-type]
        raise CellRefused(
            "no coordinates",
            f"the site {quoted(name)} has the coordinates {x[bad]}, {y[bad]}, {z[bad]}; they are decimal numbers",
        )
    if layout.is_cartesian:
        return fractional(positions, lattice)
    return positions


def _numbers(texts: list[str]) -> list[float]:
    """Return the numbers, standard uncertainties left out; NaN for what is none."""
    numbers = list(map(cif.as_number, texts))
    if math.isfinite(sum(numbers)):
        return numbers
    return [cif.as_number(cif.as_string(text)) for text in texts]  # a number in quotation marks is one too


def _occupancies(table: SiteTable) -> list[float]:
    sites = len(table.values) // table.layout.width
    texts = [] if table.layout.occupancy is None else table.column(table.layout.occupancy)
    if texts.count("1") == len(texts):
        return [1.0] * sites
    numbers = _numbers(texts)
    for text, number in zip(texts, numbers, strict=True):
        if text not in _MISSING and not math.isfinite(number):
            raise CellRefused("unreadable occupancy", f"the occupancy {quoted(text)} is not a number")
    return [number if math.isfinite(number) else 1.0 for number in numbers]
