"""From a document to its record, whatever the document is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from matsluice.tasks.electronic.documents import files_of, is_text, kind_of
from matsluice.tasks.electronic.json_reader import record_from_json
from matsluice.tasks.electronic.potential_reader import potential_from_locpot, potential_from_profile
from matsluice.tasks.electronic.record import CannotRead, ElectronicRecord
from matsluice.tasks.ingest.bounded_input import MOST_LISTED_BYTES, NotReadable, bounded_bytes

if TYPE_CHECKING:
    from collections.abc import Hashable

# The record read last: the blocks of one campaign ask for the same document one after the other.
_LAST: list[tuple[Hashable, ElectronicRecord | CannotRead]] = []


def read_record(document: str) -> ElectronicRecord:
    """Return what a document holds; the last one is kept, so that asking again costs nothing.

    Parameters
    ----------
    document
        JSON text, or the path of a file or folder: pymatgen's JSON of a band structure or density of states,
        vasprun.xml, LOCPOT, a CSV of a planar average (all may be packed, ".gz"), or a VASP run's folder.

    Raises
    ------
    CannotRead
        With a short reason and a sentence.

    Examples
    --------
    >>> read_record('{"@class": "Dos", "efermi": 0, "energies": [0, 1], "densities": {"1": [2, 2]}}').density.fermi
    0.0
    """
    mark = _mark(document)
    kept = next((result for known, result in _LAST if known == mark), None)
    result = _read(document) if kept is None else kept
    if kept is None:
        _LAST[:] = [(mark, result)]
    if isinstance(result, CannotRead):
        raise CannotRead(result.reason, result.detail)
    return result


def _mark(document: str) -> Hashable:
    """Return what tells whether a document is still the one read: the text, or path, size and time of its files."""
    if is_text(document):
        return document
    return tuple(
        (str(file), file.stat().st_size, file.stat().st_mtime_ns) for file in files_of(Path(document))
    )


def _read(document: str) -> ElectronicRecord | CannotRead:
    try:
        if is_text(document):
            return record_from_json(document)
        files = files_of(Path(document))
        records = [_from_file(file) for file in files]
    except CannotRead as refusal:
        return CannotRead(refusal.reason, refusal.detail)  # without its frames, which hold the file's content
    return records[0] if len(records) == 1 else _joined(records)


def _from_file(path: Path) -> ElectronicRecord:
    kind = kind_of(path)
    if kind is None:
        allowed = "*.json, *vasprun*.xml, *LOCPOT*, *.csv, each also with .gz"
        raise CannotRead("unknown kind of file", f'"{path.name}" is of no kind that is read: {allowed}')
    if path.stat().st_size == 0:
        raise CannotRead("empty", f'"{path.name}" is empty')
    content = _text(path)  # also where a library opens the file itself: a cut archive is found here
    if not content.strip():
        raise CannotRead("empty", f'"{path.name}" is empty')
    if kind == "json":
        return record_from_json(content)
    if kind == "profile":
        return potential_from_profile(content)
    if kind == "locpot":
        return potential_from_locpot(path)
    from matsluice.tasks.electronic.vasprun_reader import record_from_vasprun

    return record_from_vasprun(path, content)


def _text(path: Path) -> str:
    try:
        content = bounded_bytes(path, MOST_LISTED_BYTES)
    except NotReadable as why:
        raise CannotRead("truncated", f'"{path.name}": {why}') from why
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("latin-1")  # VASP's XML says ISO-8859-1


def _joined(records: list[ElectronicRecord]) -> ElectronicRecord:
    """Return one record with every part that one of them has; the first that has a part gives it."""

    def first(name: str) -> object:
        return next((part for record in records if (part := getattr(record, name)) is not None), None)

    names = ("bands", "density", "potential", "cell", "fermi")
    missing = {part: why for record in reversed(records) for part, why in record.missing.items()}
    return ElectronicRecord(**{name: first(name) for name in names}, missing=missing)  # type: ignore[arg-type]
