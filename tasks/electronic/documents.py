"""What a document is: JSON text, a file, or a folder of a VASP run; its kind and its key."""

from __future__ import annotations

import json
from hashlib import blake2b
from pathlib import Path
from typing import Final, Literal

from matsluice.tasks.electronic.record import CannotRead

Kind = Literal["json", "vasprun", "locpot", "profile"]

# Separates these digests from other uses of the hash; at most 16 bytes. Stores rely on it: it never changes.
_PERSON: Final = b"matsluice electr"
_PIECE: Final = 1 << 20  # bytes that are hashed at once


def is_text(document: str) -> bool:
    """Return whether a document is JSON text itself, not a path: it begins with a brace or a bracket.

    Examples
    --------
    >>> is_text(' {"@class": "Dos"}'), is_text("/data/vasprun.xml")
    (True, False)
    """
    return document.lstrip()[:1] in ("{", "[")


def kind_of(path: Path) -> Kind | None:
    """Return what a file holds by its name, with or without ".gz"; None where the name says nothing.

    Examples
    --------
    >>> kind_of(Path("si_vasprun.xml.gz")), kind_of(Path("LOCPOT")), kind_of(Path("OUTCAR"))
    ('vasprun', 'locpot', None)
    """
    name = path.name.lower().removesuffix(".gz")
    if name.endswith(".json"):
        return "json"
    if name.endswith(".xml") and "vasprun" in name:
        return "vasprun"
    if "locpot" in name:
        return "locpot"
    return "profile" if name.endswith(".csv") else None


def recognised_files(folder: Path) -> list[Path]:
    """Return the files of a VASP run that are read: its vasprun.xml and its LOCPOT, each packed or not.

    Raises
    ------
    CannotRead
        There is none.
    """
    names = ("vasprun.xml", "vasprun.xml.gz", "LOCPOT", "LOCPOT.gz")
    present = [folder / name for name in names if (folder / name).is_file()]
    if not present:
        raise CannotRead("no known files", f'the folder "{folder}" has none of {", ".join(names)}')
    first: dict[Kind | None, Path] = {}
    for path in present:  # a run that keeps a file and its packed copy is read once
        first.setdefault(kind_of(path), path)
    return list(first.values())


def files_of(path: Path) -> list[Path]:
    """Return the files a path stands for: itself, or what is read in the folder.

    Raises
    ------
    CannotRead
        There is no such path, or nothing to read in it.
    """
    if path.is_dir():
        return recognised_files(path)
    if not path.is_file():
        raise CannotRead("no such file", f'there is no file or folder "{path}"')
    return [path]


def document_key(document: str) -> str:
    """Return the hash of a document's content, BLAKE2b-128 (RFC 7693, doi:10.17487/RFC7693).

    A file's bytes as they are; for a folder those of the files that are read, each after its kind; for JSON text
    the text with sorted keys and no spaces, so layout does not count. Text that is no JSON has a key as well: it is
    refused later, with its reason.

    Raises
    ------
    CannotRead
        The path leads nowhere.

    Examples
    --------
    >>> document_key('{"a": 1, "b": 2}') == document_key('{"b":2,"a":1}')
    True
    """
    digest = blake2b(digest_size=16, person=_PERSON)
    if is_text(document):
        digest.update(_canonical(document).encode("utf-8", "surrogatepass"))
        return digest.hexdigest()
    path = Path(document)
    files = files_of(path)
    for file in files:
        if path.is_dir():
            digest.update(f"{kind_of(file)} {file.stat().st_size}\n".encode())
        with file.open("rb") as stream:
            while piece := stream.read(_PIECE):
                digest.update(piece)
    return digest.hexdigest()


def _canonical(text: str) -> str:
    try:
        return json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    except (ValueError, RecursionError):
        return text
