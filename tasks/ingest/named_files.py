"""Files that the cells of a table name.

A table may come from somebody else. A relative path stands below the table's folder as it is written: no ".." leads
out of it. An absolute path is taken at its word, and links in the folder are whoever's who owns it, as tables of
calculations need them. Where the campaign names the folder below which all must stand, neither leads elsewhere. What a
file holds that is no structure is never quoted.
"""

from __future__ import annotations

import os
from pathlib import Path

from matsluice.tasks.ingest.structure_files import text_of
from matsluice.tasks.material.cells import CellRefused
from matsluice.tasks.material.readers.cell_lists import CellLists
from matsluice.tasks.material.readers.structure_text import cell_of_text, kind_of
from matsluice.tasks.material.refusal import quoted


def named_file(text: str, folder: Path, below: Path | None = None) -> Path:
    """Return the file or folder a cell names.

    Parameters
    ----------
    text
        What stands in the cell: a path, absolute or relative to the table's folder.
    folder
        The table's.
    below
        The folder in which it must stand when every link is followed. Left out: a relative path must stand below the
        table's folder as it is written.

    Raises
    ------
    CellRefused
        "outside": it stands elsewhere.

    Examples
    --------
    >>> named_file("../../etc/passwd", Path("/data/tables"))
    Traceback (most recent call last):
        ...
    matsluice.tasks.material.cells.CellRefused: "../../etc/passwd" is not below /data/tables: move it there, ...
    """
    try:
        path = folder / text.strip()
        whole = os.path.abspath(path)  # noqa: PTH100 - ".." is taken as it is written
        real = os.path.realpath(path)
    except (OSError, ValueError) as error:  # a name too long, or with the character U+0000
        raise CellRefused("unreadable file", f"{quoted(text)} is no file's name: {error}") from None
    if below is not None:
        limit, inside = below, Path(real).is_relative_to(os.path.realpath(below))
    else:
        limit, inside = folder, text.strip().startswith("/") or Path(whole).is_relative_to(folder.absolute())
    if not inside:
        raise CellRefused(
            "outside",
            f"{quoted(text.strip())} is not below {limit}: move it there, or name the folder in which such files "
            'stand with files_below = "…"',
        )
    return path.absolute()


def document_of(text: str, folder: Path, below: Path | None = None) -> str:
    """Return what a cell says of an electronic structure: JSON text as it is, or the absolute path of a file or folder.

    Raises
    ------
    CellRefused
        The path, or a file of the folder that would be read, stands elsewhere; see `named_file`.
    """
    from matsluice.tasks.electronic.documents import files_of
    from matsluice.tasks.electronic.record import CannotRead

    if not text or text[:1] in ("{", "["):
        return text
    path = named_file(text, folder, below)
    try:
        files = files_of(path)
    except (CannotRead, OSError):  # told of when it is read
        return str(path)
    for file in files:
        named_file(str(file), folder, below)
    return str(path)


def cell_of_file(text: str, folder: Path, below: Path | None = None) -> CellLists | CellRefused:
    """Return the crystal in the file that a cell names, or why there is none; what the file holds is not quoted."""
    try:
        file = named_file(text, folder, below)
        content = text_of(file)
    except CellRefused as why:
        return why
    if kind_of(content) is None:
        return CellRefused(
            "unreadable structure", f"the file {quoted(text.strip())} is no CIF, POSCAR or pymatgen JSON"
        )
    return cell_of_text(content)
