"""POSCAR and CONTCAR files: every file is a row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from matsluice.tasks.ingest.labelled_files import labelled_batches
from matsluice.tasks.material.readers.poscar import cell_of_poscar

if TYPE_CHECKING:
    from matsluice.tasks.ingest.source_batch import SourceBatch
    from matsluice.tasks.ingest.structure_files_options import PoscarOptions


def read(options: PoscarOptions, targets: Sequence[str]) -> Iterator[SourceBatch]:
    """Give every file, in alphabetical order.

    A row's id is the file's name, or the folder's where the file is just called POSCAR or CONTCAR.

    Raises
    ------
    InvalidInput
        No file; targets without a table that has them.
    """
    return labelled_batches(options, targets, lambda text: [("", cell_of_poscar(text))])
