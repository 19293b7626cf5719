"""Files of structures whose values to learn stand in a table of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.ingest.csv_source import table_rows
from matsluice.tasks.ingest.structure_files import StructureRow, batches_of, names_of, text_of
from matsluice.tasks.material.cells import CellRefused
from matsluice.tasks.material.readers.cell_lists import CellLists

if TYPE_CHECKING:
    from matsluice.tasks.ingest.source_batch import SourceBatch
    from matsluice.tasks.ingest.structure_files_options import LabelledFilesOptions

# From a text to the name and the cell of each structure in it; the name is "" where there is just one.
CellsOf = Callable[[str], list[tuple[str, CellLists | CellRefused]]]


def labelled_batches(
    options: LabelledFilesOptions, targets: Sequence[str], cells_of: CellsOf
) -> Iterator[SourceBatch]:
    """Give the structures of every file with their values; a file that cannot be read costs its row only.

    Raises
    ------
    InvalidInput
        No file; targets without a table that has them; a name that stands twice in the table.
    """
    if not options.structure_files():
        raise InvalidInput(f"no file matches {options.path}")
    if targets and options.labels is None:
        raise InvalidInput(
            f'{options.path} has no values of "{targets[0]}": name a table that has them with labels = "….csv", and '
            "its column with the files' names with labels_id"
        )
    values = _values(options, targets) if targets else {}
    yield from batches_of(_rows(options, targets, values, cells_of), targets, options.path)


def _values(options: LabelledFilesOptions, targets: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """Return name → the texts of its values."""
    values: dict[str, tuple[str, ...]] = {}
    names = options.labels_id or ""
    for file in options.label_files():
        for table in table_rows(file, [names, *targets]):
            for line, row in table.rows:
                if len(row) != table.width:
                    raise InvalidInput(
                        f"{file}, line {line}: the row has {len(row)} fields, the header has {table.width}"
                    )
                name = row[table.columns[names]].strip()
                if name in values:
                    raise InvalidInput(
                        f'{file}, line {line}: "{name}" stands in the table twice; give it one row'
                    )
                values[name] = tuple(row[table.columns[target]].strip() for target in targets)
    return values


def _rows(
    options: LabelledFilesOptions,
    targets: Sequence[str],
    values: Mapping[str, tuple[str, ...]],
    cells_of: CellsOf,
) -> Iterator[StructureRow]:
    files = options.structure_files()
    missing = ("",) * len(targets)
    for file, name in zip(files, names_of(files), strict=True):
        try:
            cells = cells_of(text_of(file))
        except CellRefused as why:
            cells = [("", why)]
        blocks: set[str] = set()
        for number, (block, cell) in enumerate(cells, start=1):
            # Two blocks of one name are told apart by their number.
            own = block if block and block not in blocks else f"{block}#{number}"
            blocks.add(block)
            label = name if len(cells) == 1 else f"{name}:{own}"
            place = f"{file.name}:{own}" if block else file.name
            yield StructureRow(label, place, cell, values.get(label, values.get(name, missing)))
