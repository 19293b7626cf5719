"""Tables with a header line: every cell is text until somebody asks for a number."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from matsluice.infra.mistakes import InvalidInput, nearest
from matsluice.tasks.ingest.bounded_input import NotReadable, bounded_lines
from matsluice.tasks.ingest.source_batch import BATCH_ROWS, STRUCTURE_ROWS, Refusal, SourceBatch
from matsluice.tasks.ingest.structure_files import refusals_of
from matsluice.tasks.material.cells import CellRefused

if TYPE_CHECKING:
    from matsluice.tasks.ingest.csv_options import CsvOptions
    from matsluice.tasks.material.cells import ParsedCrystals

# A cell longer than this is no formula, id or number but a broken quote that swallowed the file.
LONGEST_CELL = 1_000_000


def read(options: CsvOptions, targets: Sequence[str]) -> Iterator[SourceBatch]:
    """Give the rows of every file the path matches, in the files' alphabetical order.

    Raises
    ------
    InvalidInput
        No file, an empty one, one that is not UTF-8 or not gzip, a missing column, a header that names a
        column twice, no row at all.
    """
    files = options.files()
    if not files:
        raise InvalidInput(f"no file matches {options.path}")
    first = 0
    for file in files:
        for batch in _read_file(file, options, targets, first):
            first += len(batch.ids)
            yield batch
    if not first:
        raise InvalidInput(f"{options.path} has a header but no rows")


def _read_file(file: Path, options: CsvOptions, targets: Sequence[str], first: int) -> Iterator[SourceBatch]:
    wanted = [*options.material_columns().values(), *([options.id] if options.id else []), *targets]
    size = STRUCTURE_ROWS if options.structure or options.electronic else BATCH_ROWS
    for table in table_rows(file, wanted, size):
        yield _batch(file, table, options, targets, first)
        first += len(table.rows)


class TableRows(NamedTuple):
    """Some rows of a table: (last line, fields) each, the place of each wanted column, the number of columns."""

    rows: list[tuple[int, list[str]]]
    columns: dict[str, int]
    width: int


def table_rows(file: Path, wanted: Sequence[str], size: int = BATCH_ROWS) -> Iterator[TableRows]:
    """Give the rows of a table that are not blank, at most `size` at a time.

    Raises
    ------
    InvalidInput
        The file is empty, not UTF-8 or not gzip; a wanted column is missing or stands twice.
    """
    reader = csv.reader(_lines(file), strict=False)
    csv.field_size_limit(LONGEST_CELL)
    try:
        header = [name.strip() for name in next(reader, [])]
        columns = _columns(file, header, wanted)
        while read := [(reader.line_num, row) for row in islice(reader, size)]:
            if rows := [(line, row) for line, row in read if row]:
                yield TableRows(rows, columns, len(header))
    except csv.Error as error:
        raise InvalidInput(
            f"{file}, line {reader.line_num}: {error}; is a quotation mark left open?"
        ) from None


def _lines(file: Path) -> Iterator[str]:
    number = 0
    try:
        for number, raw in enumerate(bounded_lines(file), start=1):
            yield raw.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInput(
            f"{file}, line {number}: not UTF-8 (byte 0x{error.object[error.start]:02X} at byte "
            f"{error.start + 1} of the line); save the file as UTF-8"
        ) from None
    except NotReadable as why:
        where = f", after line {number}:" if number or not why.is_access else ""
        raise InvalidInput(f"{file}{where} {why}") from None


def _columns(file: Path, header: list[str], wanted: Sequence[str]) -> dict[str, int]:
    if not any(header):
        raise InvalidInput(f"{file} is empty: its first line must name the columns")
    for name in wanted:
        if name not in header:
            raise InvalidInput(_no_such_column(file, name, header))
        if header.count(name) > 1:
            raise InvalidInput(f'{file} names the column "{name}" {header.count(name)} times; name each once')
    return {name: header.index(name) for name in wanted}


def _no_such_column(file: Path, name: str, header: list[str]) -> str:
    if len(header) == 1 and (";" in header[0] or "\t" in header[0]):
        sign = "semicolons" if ";" in header[0] else "tabs"
        return f'{file} has no column "{name}": its fields stand between {sign}; write commas between them'
    like = nearest(name, header)
    hint = f': did you mean "{like}"? It has' if like else "; it has"
    return f'{file} has no column "{name}"{hint}: {", ".join(header)}'


def _batch(
    file: Path, table: TableRows, options: CsvOptions, targets: Sequence[str], first: int
) -> SourceBatch:
    rows, columns, width = table
    refusals = {
        i: Refusal("wrong number of fields", f"the row has {len(row)} fields, the header has {width}")
        for i, (_, row) in enumerate(rows)
        if len(row) != width
    }
    whole = [row if len(row) == width else [""] * width for _, row in rows]
    places = [f"{file.name}:{line}" for line, _ in rows]

    def cells(column: str) -> list[str]:
        return [row[columns[column]].strip() for row in whole]

    # Which field of a row of another width is its id nobody knows; its place names it, and no other row.
    ids = (
        [places[i] if i in refusals else label for i, label in enumerate(cells(options.id))]
        if options.id
        else [str(first + i) for i in range(len(rows))]
    )
    crystals = documents = None
    below = None if options.files_below is None else Path(options.files_below)
    if options.structure:
        # Not stripped: the first line of a POSCAR may be blank.
        crystals = _crystals([row[columns[options.structure]] for row in whole], file.parent, below)
        refusals = refusals_of(crystals) | refusals
    if options.electronic:
        documents, outside = _documents(cells(options.electronic), file.parent, below)
        refusals = outside | refusals
    return SourceBatch(
        ids=ids,
        places=places,
        formulas=cells(options.formula) if options.formula else [""] * len(rows),
        labels={name: cells(name) for name in targets},
        refusals=dict(sorted(refusals.items())),
        crystals=crystals,
        electronic=documents,
    )


def _crystals(texts: Sequence[str], folder: Path, below: Path | None) -> ParsedCrystals:
    """Return the crystals of cells that hold a structure's text, or the path of its file."""
    from matsluice.tasks.ingest.named_files import cell_of_file
    from matsluice.tasks.material.readers.cell_lists import crystals_from_lists
    from matsluice.tasks.material.readers.structure_text import cell_of_text, is_path

    cells = [cell_of_file(text, folder, below) if is_path(text) else cell_of_text(text) for text in texts]
    return crystals_from_lists(cells)


def named_files(options: CsvOptions) -> Iterator[Path]:
    """Give the files of structures and electronic structures that cells name, those that are not there too."""
    from matsluice.tasks.ingest.named_files import named_file
    from matsluice.tasks.material.readers.structure_text import is_path

    below = None if options.files_below is None else Path(options.files_below)
    columns = [column for column in (options.structure, options.electronic) if column]
    for file in options.files() if columns else ():
        for table in table_rows(file, columns):
            for _, row in table.rows:
                texts = (row[table.columns[column]] for column in columns if len(row) == table.width)
                for text in filter(is_path, texts):
                    with suppress(CellRefused):  # it is not read
                        yield named_file(text, file.parent, below)


def _documents(
    texts: Sequence[str], folder: Path, below: Path | None
) -> tuple[list[str], dict[int, Refusal]]:
    """Return JSON texts as they are and paths made absolute; and row → why its path is not read."""
    from matsluice.tasks.ingest.named_files import document_of

    documents, refusals = [], {}
    for row, text in enumerate(texts):
        try:
            documents.append(document_of(text, folder, below))
        except CellRefused as why:
            documents.append("")
            refusals[row] = Refusal(why.reason, why.detail)
    return documents, refusals
