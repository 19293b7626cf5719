"""Files that the cells of a table name: only those below one folder are read.

A table may come from somebody else. What it names is read with the rights of whoever runs the campaign, and parts
of it may be quoted in a refusal, so a cell must not lead to any file of the machine: not by an absolute path, by
"..", or by a symbolic link.
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
        What stands in the cell: a path, relative to the table's folder.
    folder
        The table's.
    below
        The folder in which it must stand when every link is followed; the table's where left out.

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
    root = Path(below or folder)
    try:
        path = folder / text.strip()
        real, limit = os.path.realpath(path), os.path.realpath(root)
    except (OSError, ValueError) as error:  # a name too long, or with the character U+0000
        raise CellRefused("unreadable file", f"{quoted(text)} is no file's name: {error}") from None
    if not Path(real).is_relative_to(limit):
        raise CellRefused(
            "outside",
            f"{quoted(text.strip())} is not below {root}: move it there, or name the folder in which such files "
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
