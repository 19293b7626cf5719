"""A structure whose sites take other elements: which sites go together, and what may stand there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from matsluice.infra.mistakes import InvalidInput, nearest
from matsluice.tasks.ingest.structure_files import names_of, text_of
from matsluice.tasks.material.cells import CellRefused
from matsluice.tasks.material.elements import SYMBOLS
from matsluice.tasks.material.readers.cell_lists import CellLists, crystals_from_lists
from matsluice.tasks.material.readers.labelled_cell import LabelledCell, labelled_cell_of_text


class SiteGroup(NamedTuple):
    """Sites that always hold one element.

    Attributes
    ----------
    key
        The label or element by which the sites are named.
    symbol
        What stands there in the prototype; "" where it is several elements.
    sites
        Places in the cell.
    choices
        The elements that may stand there; the prototype's own alone where the sites are left as they are.
    is_named
        Whether the person named them.
    """

    key: str
    symbol: str
    sites: tuple[int, ...]
    choices: tuple[str, ...]
    is_named: bool


class Prototype(NamedTuple):
    """A prototype: its name, its cell, and its groups of sites in order of their first site."""

    name: str
    cell: CellLists
    groups: tuple[SiteGroup, ...]


def read_prototype(file: Path, choices: Mapping[str, Sequence[str]]) -> Prototype:
    """Return the prototype in a file.

    Parameters
    ----------
    file
        CIF, POSCAR or pymatgen JSON with one ordered structure.
    choices
        Label or element → elements that may stand there.

    Raises
    ------
    InvalidInput
        The file holds no such structure, or no site of it is called so.
    """
    try:
        labelled = labelled_cell_of_text(text_of(file))
    except CellRefused as why:
        raise InvalidInput(f"{file} is no prototype: {why.detail}") from None
    parsed = crystals_from_lists([labelled.cell])
    if parsed.refused:
        raise InvalidInput(f"{file} is no prototype: {parsed.refused[0].detail}")
    if not parsed.batch.is_ordered[0]:
        raise InvalidInput(
            f"{file} is no prototype: some of its sites are partly filled; give an ordered structure"
        )
    return Prototype(names_of([file])[0], labelled.cell, site_groups(labelled, choices, str(file)))


def site_groups(
    labelled: LabelledCell, choices: Mapping[str, Sequence[str]], origin: str
) -> tuple[SiteGroup, ...]:
    """Return the groups of sites, in order of the first of each; a label goes before its element.

    Raises
    ------
    InvalidInput
        No site is called so; `origin` says where.

    Examples
    --------
    >>> cell = CellLists([4, 0, 0, 0, 4, 0, 0, 0, 4], [55, 17], [0, 0, 0, 0.5, 0.5, 0.5], [1, 1])
    >>> [group.key for group in site_groups(LabelledCell(cell, ("Cs1", "Cl1")), {"Cl": ["Br"]}, "")]
    ['Cs', 'Cl']
    """
    symbols = [SYMBOLS[number] for number in labelled.cell.atomic_numbers]
    sites: dict[tuple[bool, str], list[int]] = {}
    for site, (symbol, label) in enumerate(zip(symbols, labelled.labels, strict=True)):
        named = label if label in choices else symbol if symbol in choices else None
        sites.setdefault((named is not None, named or symbol), []).append(site)
    for key in choices:
        if (True, key) not in sites:
            known = list(dict.fromkeys([*symbols, *labelled.labels]))
            like = nearest(key, known)
            hint = f': did you mean "{like}"? It has' if like else "; it has"
            raise InvalidInput(
                f'{origin}: no site is left that is called "{key}"{hint} {", ".join(known[:20])}'
            )
    groups = []
    for (is_named, key), members in sites.items():
        own = dict.fromkeys(symbols[site] for site in members)
        symbol = next(iter(own)) if len(own) == 1 else ""
        groups.append(
            SiteGroup(key, symbol, tuple(members), tuple(choices[key]) if is_named else (symbol,), is_named)
        )
    return tuple(groups)
