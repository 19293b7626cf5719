"""CIF files: every data block with atoms is a row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from matsluice.tasks.ingest.labelled_files import labelled_batches
from matsluice.tasks.material.readers.cif import cells_of_cif

if TYPE_CHECKING:
    from matsluice.tasks.ingest.source_batch import SourceBatch
    from matsluice.tasks.ingest.structure_files_options import CifOptions


def read(options: CifOptions, targets: Sequence[str]) -> Iterator[SourceBatch]:
    """Give the data blocks of every file, in the files' alphabetical order.

    A row's id is the file's name, followed by the block's where the file has several.

    Raises
    ------
    InvalidInput
        No file; targets without a table that has them.
    """
    return labelled_batches(options, targets, cells_of_cif)
