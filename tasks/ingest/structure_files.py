"""Files with structures: their text, their names, and their rows made into batches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.ingest.bounded_input import MOST_TEXT_BYTES, NotReadable, bounded_bytes, bounded_lines
from matsluice.tasks.ingest.source_batch import STRUCTURE_ROWS, Refusal, SourceBatch
from matsluice.tasks.material.cells import CellRefused
from matsluice.tasks.material.readers.cell_lists import CellLists, crystals_from_lists

if TYPE_CHECKING:
    from matsluice.tasks.material.cells import ParsedCrystals

# VASP gives every calculation's file the same name: its folder names the calculation.
_NAMELESS = frozenset({"POSCAR", "CONTCAR"})


class StructureRow(NamedTuple):
    """One structure of a source."""

    id: str
    place: str
    cell: CellLists | CellRefused
    labels: Sequence[str]


def batches_of(rows: Iterator[StructureRow], targets: Sequence[str], origin: str) -> Iterator[SourceBatch]:
    """Give rows as batches.

    Raises
    ------
    InvalidInput
        There is no row at all; `origin` says where.
    """
    is_empty = True
    while some := list(islice(rows, STRUCTURE_ROWS)):
        is_empty = False
        crystals = crystals_from_lists([row.cell for row in some])
        yield SourceBatch(
            ids=[row.id for row in some],
            places=[row.place for row in some],
            formulas=[""] * len(some),
            labels={target: [row.labels[i] for row in some] for i, target in enumerate(targets)},
            refusals=refusals_of(crystals),
            crystals=crystals,
        )
    if is_empty:
        raise InvalidInput(f"{origin} holds no structure")


def refusals_of(crystals: ParsedCrystals) -> dict[int, Refusal]:
    """Return row → why it holds no crystal."""
    return {refused.row: Refusal(refused.reason, refused.detail) for refused in crystals.refused}


def text_of(file: Path, most: int = MOST_TEXT_BYTES) -> str:
    """Return a file's text: UTF-8, or Latin-1 where it is not; .gz is unpacked.

    Parameters
    ----------
    file
        The file.
    most
        Bytes it may hold, unpacked.

    Raises
    ------
    CellRefused
        "unreadable file".
    """
    try:
        raw = bounded_bytes(file, most)
    except NotReadable as why:
        raise CellRefused("unreadable file", f"{file.name}: {why}") from None
    if b"\0" in raw:
        raise CellRefused("unreadable file", f"{file.name} is not text: it contains the byte 0x00")
    return decoded(raw)


def lines_of(file: Path) -> Iterator[str]:
    """Give a file's lines, decoded as `text_of` does.

    Raises
    ------
    CellRefused
        "unreadable file".
    """
    try:
        yield from map(decoded, bounded_lines(file))
    except NotReadable as why:
        raise CellRefused("unreadable file", f"{file.name}: {why}") from None


def decoded(raw: bytes) -> str:
    """Return bytes as text; what is not UTF-8 is taken for Latin-1, in which names of authors are written."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def names_of(files: Sequence[Path]) -> list[str]:
    """Return what to call each file: its name without suffixes, with its folders where names repeat.

    Examples
    --------
    >>> names_of([Path("/d/NaCl.cif.gz"), Path("/d/Si/POSCAR"), Path("/d/a/x.cif"), Path("/d/b/x.cif")])
    ['NaCl', 'Si', 'a/x', 'b/x']
    """
    own = [_own_name(file) for file in files]
    count = Counter(own)
    shared = _shared_folders(files) if len(count) < len(own) else 0
    return [
        "/".join((*_folder(file).parts[shared:], name)) if count[name] > 1 else name
        for file, name in zip(files, own, strict=True)
    ]


def _own_name(file: Path) -> str:
    name = file.name.removesuffix(".gz")
    if name in _NAMELESS:
        return file.parent.name or name
    return Path(name).stem


def _shared_folders(files: Iterable[Path]) -> int:
    """Return how many folders, from the root, all files stand in."""
    parents = [_folder(one).parts for one in files]
    return next(
        (i for i, parts in enumerate(zip(*parents, strict=False)) if len(set(parts)) > 1),
        min(map(len, parents)),
    )


def _folder(file: Path) -> Path:
    return file.parent.parent if file.name.removesuffix(".gz") in _NAMELESS else file.parent
