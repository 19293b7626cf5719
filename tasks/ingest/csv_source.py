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
        while rows := [(reader.line_num, row) for row in islice(reader, BATCH_ROWS) if row]:
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
            like = nearest(name, header)
            hint = f'did you mean "{like}"? ' if like else ""
            raise InvalidInput(f'{file} has no column "{name}": {hint}It has: {", ".join(header)}')
        if header.count(name) > 1:
            raise InvalidInput(f'{file} names the column "{name}" {header.count(name)} times; name each once')
    return {name: header.index(name) for name in wanted}


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
    ids = (
        [row[columns[options.id]].strip() for row in whole]
        if options.id
        else [str(first + i) for i in range(len(rows))]
    )
    return SourceBatch(
        ids=ids,
        places=[f"{file.name}:{line}" for line, _ in rows],
        formulas=[row[columns[options.formula]].strip() for row in whole],
        labels={name: [row[columns[name]].strip() for row in whole] for name in targets},
        refusals=refusals,
    )
