"""Files of electronic-structure calculations, each one material."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.electronic.documents import kind_of
from matsluice.tasks.ingest.source_batch import BATCH_ROWS, SourceBatch
from matsluice.tasks.ingest.structure_files import names_of

if TYPE_CHECKING:
    from matsluice.tasks.ingest.electronic_options import ElectronicOptions

# VASP gives every calculation's files the same names: together they are one calculation, named by its folder.
_OF_A_RUN: Final = frozenset({"vasprun.xml", "locpot"})


def read(options: ElectronicOptions, targets: Sequence[str] = ()) -> Iterator[SourceBatch]:  # noqa: ARG001 - a source's shape
    """Give the paths in alphabetical order; they are read when a block computes.

    Raises
    ------
    InvalidInput
        Nothing matches that is of a kind that is read.
    """
    documents = documents_of(options.files())
    if not documents:
        raise InvalidInput(
            f"{options.path} is no vasprun.xml, LOCPOT, planar average (.csv) or pymatgen JSON, nor a folder of them"
        )
    names = names_of(documents)
    for start in range(0, len(documents), BATCH_ROWS):
        some = documents[start : start + BATCH_ROWS]
        yield SourceBatch(
            ids=names[start : start + BATCH_ROWS],
            places=[str(path) for path in some],
            formulas=[""] * len(some),
            electronic=[str(path) for path in some],
        )


def documents_of(files: Sequence[Path]) -> list[Path]:
    """Return each file that is read by its name, the files of one VASP run as their folder.

    Examples
    --------
    >>> files = [Path(p) for p in ("/d/Si/LOCPOT", "/d/Si/OUTCAR", "/d/Si/vasprun.xml", "/d/dos.json")]
    >>> [path.as_posix() for path in documents_of(files)]
    ['/d/Si', '/d/dos.json']
    """
    found = (
        file.parent if file.name.lower().removesuffix(".gz") in _OF_A_RUN else file
        for file in files
        if kind_of(file) is not None
    )
    return list(dict.fromkeys(found))
