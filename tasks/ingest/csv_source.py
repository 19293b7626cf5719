"""Tables with a header line: every cell is text until somebody asks for a number."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from matsluice.infra.mistakes import InvalidInput, nearest
from matsluice.tasks.ingest.source_batch import BATCH_ROWS, Refusal, SourceBatch

if TYPE_CHECKING:
    from pathlib import Path

    from matsluice.tasks.ingest.csv_options import CsvOptions

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
    reader = csv.reader(_lines(file), strict=False)
    csv.field_size_limit(LONGEST_CELL)
    try:
        header = [name.strip() for name in next(reader, [])]
        places = _columns(file, header, [options.formula, *([options.id] if options.id else []), *targets])
        while read := [(reader.line_num, row) for row in islice(reader, BATCH_ROWS)]:
            rows = [(line, row) for line, row in read if row]
            if rows:
                yield _batch(file, rows, places, options, targets, len(header), first)
            first += len(rows)
    except csv.Error as error:
        raise InvalidInput(
            f"{file}, line {reader.line_num}: {error}; is a quotation mark left open?"
        ) from None


def _lines(file: Path) -> Iterator[str]:
    number = 0
    try:
        with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as stream:
            for number, raw in enumerate(stream, start=1):
                yield raw.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInput(
            f"{file}, line {number}: not UTF-8 (byte 0x{error.object[error.start]:02X} at byte "
            f"{error.start + 1} of the line); save the file as UTF-8"
        ) from None
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise InvalidInput(f"{file}, after line {number}: not a whole gzip file ({error})") from None
    except OSError as error:
        raise InvalidInput(f"{file} cannot be read: {error.strerror or error}") from None


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
    file: Path,
    rows: list[tuple[int, list[str]]],
    columns: dict[str, int],
    options: CsvOptions,
    targets: Sequence[str],
    width: int,
    first: int,
) -> SourceBatch:
    refusals = {
        i: Refusal("wrong number of fields", f"the row has {len(row)} fields, the header has {width}")
        for i, (_, row) in enumerate(rows)
        if len(row) != width
    }
    whole = [row if len(row) == width else [""] * width for _, row in rows]
    places = [f"{file.name}:{line}" for line, _ in rows]
    # Which field of a row of another width is its id nobody knows; its place names it, and no other row.
    ids = (
        [places[i] if i in refusals else row[columns[options.id]].strip() for i, row in enumerate(whole)]
        if options.id
        else [str(first + i) for i in range(len(rows))]
    )
    return SourceBatch(
        ids=ids,
        places=places,
        formulas=[row[columns[options.formula]].strip() for row in whole],
        labels={name: [row[columns[name]].strip() for row in whole] for name in targets},
        refusals=refusals,
    )
