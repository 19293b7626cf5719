"""Extended XYZ files: every frame is a row, and its second line has the values to learn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count
from typing import TYPE_CHECKING

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.ingest.structure_files import StructureRow, batches_of, lines_of
from matsluice.tasks.material.cells import CellRefused
from matsluice.tasks.material.readers.extxyz import Frame, frames_of

if TYPE_CHECKING:
    from pathlib import Path

    from matsluice.tasks.ingest.source_batch import SourceBatch
    from matsluice.tasks.ingest.structure_files_options import ExtxyzOptions


def read(options: ExtxyzOptions, targets: Sequence[str]) -> Iterator[SourceBatch]:
    """Give the frames of every file, in the files' alphabetical order.

    Raises
    ------
    InvalidInput
        No file, or no frame.
    """
    if not options.files():
        raise InvalidInput(f"no file matches {options.path}")
    return batches_of(_rows(options, targets), targets, options.path)


def _rows(options: ExtxyzOptions, targets: Sequence[str]) -> Iterator[StructureRow]:
    numbers = count()
    for file in options.files():
        for frame in _frames(file):
            place, number = f"{file.name}:{frame.number}", str(next(numbers))
            # A frame that does not say its label is labelled by its place, as no other is.
            label = frame.info.get(options.id, place) if options.id else number
            yield StructureRow(label, place, frame.cell, [frame.info.get(target, "") for target in targets])


def _frames(file: Path) -> Iterator[Frame]:
    number = 0
    try:
        for frame in frames_of(lines_of(file)):
            number = frame.number
            yield frame
    except CellRefused as why:  # the file itself cannot be read on
        yield Frame(number + 1, why, {})
