"""VASP's POSCAR and CONTCAR texts as crystals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from matsluice.tasks.material.cells import CellRefused, ParsedCrystals, refuse_too_many
from matsluice.tasks.material.readers.cell_lists import CellLists, crystals_from_lists, fractional
from matsluice.tasks.material.readers.species_words import atomic_number
from matsluice.tasks.material.refusal import quoted

# Lines of symbols or counts; VASP breaks them after 20.
_MOST_LINES: Final = 50


def read_poscars(texts: Sequence[str]) -> ParsedCrystals:
    r"""Return POSCAR texts as crystals, each text one material.

    One or three scale factors, a negative one as the cell's volume; direct and Cartesian coordinates; selective
    dynamics and velocities passed over; symbols with VASP's suffixes ("Fe_pv", "Si/79d9987ad87"). A text of
    VASP 4, which has no line of elements, is read where its comment names as many as it counts, or
    every line of coordinates ends with one.

    Returns
    -------
    ParsedCrystals
        Refused: "unreadable POSCAR", "no elements", "unknown element", and what `crystals_from_cells` refuses.

    Examples
    --------
    >>> text = "CsCl\n4.12\n1 0 0\n0 1 0\n0 0 1\nCs Cl\n1 1\nDirect\n0 0 0\n.5 .5 .5\n"
    >>> read_poscars([text]).batch.atomic_numbers
    array([55, 17], dtype=int16)
    """
    return crystals_from_lists([cell_of_poscar(text) for text in texts])


def cell_of_poscar(text: str) -> CellLists | CellRefused:
    """Return the cell of a POSCAR text, or why it cannot be read."""
    try:
        return _cell(text.removeprefix("\ufeff").splitlines())
    except CellRefused as why:
        return why


def _cell(lines: list[str]) -> CellLists:
    if len(lines) < 8:
        raise _unreadable(f"it has {len(lines)} lines, and the shortest has 8")
    lattice, scale = _lattice(lines)
    symbols, counts, at = _kinds(lines)
    is_selective = _words(lines, at)[0][:1] in (
        "s",
        "S",
    )  # "Selective dynamics": T or F follow each coordinate
    at += is_selective
    is_cartesian = _words(lines, at)[0][:1] in ("c", "C", "k", "K")
    refuse_too_many(sum(counts))
    sites = [line.split() for line in lines[at + 1 : at + 1 + sum(counts)]]
    if len(sites) < sum(counts) or any(len(site) < 3 for site in sites):
        raise _unreadable(f"it counts {sum(counts)} atoms and has fewer lines of three coordinates")
    if symbols is None:
        symbols = _symbols_elsewhere(lines[0], counts, [site[6 if is_selective else 3 :] for site in sites])
    else:
        symbols = [symbol for symbol, count in zip(symbols, counts, strict=True) for _ in range(count)]
    numbers = [atomic_number(symbol) for symbol in symbols]
    positions = [_number(word) for site in sites for word in site[:3]]
    if is_cartesian:
        positions = fractional((np.reshape(positions, (-1, 3)) * scale).ravel().tolist(), lattice)
    return CellLists(lattice, numbers, positions, [1.0] * len(numbers))


def _lattice(lines: list[str]) -> tuple[list[float], np.ndarray]:
    """Return the scaled lattice, and the factor of each Cartesian component."""
    factors = [_number(word) for word in _words(lines, 1)]
    vectors = [[_number(word) for word in _words(lines, at)[:3]] for at in (2, 3, 4)]
    if any(len(vector) != 3 for vector in vectors):
        raise _unreadable("its lines 3 to 5 are not three vectors of three numbers")
    scale = np.array(factors if len(factors) == 3 else factors[:1] * 3)
    if (scale < 0).all() and len(factors) != 3:
        volume = abs(float(np.linalg.det(vectors)))
        if not volume > 0:
            raise CellRefused("no volume", "the lattice vectors lie in one plane")
        scale = np.full(3, (-factors[0] / volume) ** (1 / 3))
    if not (scale > 0).all():
        raise _unreadable("its scale factors on line 2 are not above 0")
    lattice: list[float] = (np.array(vectors) * scale).ravel().tolist()
    return lattice, scale


def _kinds(lines: list[str]) -> tuple[list[str] | None, list[int], int]:
    """Return the symbols (None where there are none), how many atoms of each, and the line after them."""
    at = 5
    symbols: list[str] = []
    while at < min(len(lines), 5 + _MOST_LINES) and not _words(lines, at)[0].lstrip("+").isdigit():
        symbols += [word.split("/")[0].split("_")[0] for word in _words(lines, at)]
        at += 1
    counts: list[int] = []
    while at < len(lines) and _words(lines, at)[0].isdigit() and (not symbols or len(counts) < len(symbols)):
        for word in _words(lines, at):
            if not word.isdigit():
                break  # a remark
            counts.append(int(word[:9]))
        at += 1
        if not symbols:
            break
    if not sum(counts) or (symbols and len(symbols) != len(counts)):
        raise _unreadable(f"it names {len(symbols)} kinds of atoms and counts {len(counts)}")
    return symbols or None, counts, at


def _symbols_elsewhere(comment: str, counts: list[int], remarks: list[list[str]]) -> list[str]:
    after_coordinates = [words[0] for words in remarks if words]
    for words, repeats in ((after_coordinates, [1] * len(remarks)), (comment.split(), counts)):
        try:
            for word in words:
                atomic_number(word)
        except CellRefused:
            continue
        if len(words) == len(repeats):
            return [word for word, count in zip(words, repeats, strict=True) for _ in range(count)]
    raise CellRefused(
        "no elements",
        "the POSCAR does not name its elements (VASP 4): write their symbols on a line above their numbers",
    )


def _words(lines: list[str], at: int) -> list[str]:
    words = lines[at].split() if at < len(lines) else []
    if not words:
        raise _unreadable(f"line {at + 1} is empty or missing")
    return words


def _number(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        raise _unreadable(f"{quoted(word)} stands where a number should") from None


def _unreadable(what: str) -> CellRefused:
    return CellRefused("unreadable POSCAR", f"the text is not a POSCAR: {what}")
