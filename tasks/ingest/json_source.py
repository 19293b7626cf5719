"""JSON files: one structure, a list of rows, or one row a line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import TYPE_CHECKING, Any

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.ingest.bounded_input import MOST_LISTED_BYTES
from matsluice.tasks.ingest.structure_files import StructureRow, batches_of, lines_of, text_of
from matsluice.tasks.material.cells import CellRefused
from matsluice.tasks.material.readers.structure_json import cell_of_dict
from matsluice.tasks.material.readers.structure_text import cell_of_text

if TYPE_CHECKING:
    from pathlib import Path

    from matsluice.tasks.ingest.source_batch import SourceBatch
    from matsluice.tasks.ingest.structure_files_options import JsonOptions
    from matsluice.tasks.material.readers.cell_lists import CellLists


def read(options: JsonOptions, targets: Sequence[str]) -> Iterator[SourceBatch]:
    """Give the rows of every file, in the files' alphabetical order.

    Files named .jsonl or .ndjson are read line by line, others whole, though their rows are made one by one.

    Raises
    ------
    InvalidInput
        No file, or no row.
    """
    if not options.files():
        raise InvalidInput(f"no file matches {options.path}")
    return batches_of(_rows(options, targets), targets, options.path)


def _rows(options: JsonOptions, targets: Sequence[str]) -> Iterator[StructureRow]:
    numbers = count()
    for file in options.files():
        for place_in_file, row in _values(file):
            place, number = f"{file.name}:{place_in_file}", str(next(numbers))
            known = row if isinstance(row, Mapping) else {}
            label = _text(known[options.id]) if options.id and options.id in known else place
            cell = row if isinstance(row, CellRefused) else _cell(row, options.structure)
            labels = [_text(known.get(target)) for target in targets]
            yield StructureRow(label if options.id else number, place, cell, labels)


def _cell(row: Any, key: str) -> CellLists | CellRefused:
    structure = row[key] if isinstance(row, Mapping) and key in row else row
    if structure is row and isinstance(row, Mapping) and "sites" not in row and "@class" not in row:
        return CellRefused("no structure", f'the row has no key "{key}"')
    return cell_of_text(structure) if isinstance(structure, str) else cell_of_dict(structure)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, bool) else str(value).strip()


def _values(file: Path) -> Iterator[tuple[int, Any]]:
    """Give (line or number, value or why there is none)."""
    number = 0
    try:
        if file.name.removesuffix(".gz").endswith((".jsonl", ".ndjson")):
            for number, line in enumerate(lines_of(file), start=1):
                if line.strip():
                    yield number, _parsed(line)
        else:
            for number, value in enumerate(_values_of_text(text_of(file, MOST_LISTED_BYTES)), start=1):
                yield number, value
    except CellRefused as why:
        yield number + 1, why


def _parsed(line: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        return CellRefused("unreadable JSON", f"the line is not JSON: {error}")


def _values_of_text(text: str) -> Iterator[Any]:
    """Give the elements of a list, or the values that stand one after the other; the first that is broken ends it."""
    decoder = json.JSONDecoder()
    blank = " \t\r\n"
    at = len(text) - len(text.lstrip(blank))
    is_list = text[at : at + 1] == "["
    at += is_list
    while (at := _after(text, at, blank + "," * is_list)) < len(text):
        if is_list and text[at] == "]":
            return
        try:
            value, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            raise CellRefused("unreadable JSON", f"the file is not JSON: {error}") from None
        yield value
    if is_list:
        raise CellRefused("unreadable JSON", "the file is not JSON: its list has no end")


def _after(text: str, at: int, passed_over: str) -> int:
    while at < len(text) and text[at] in passed_over:
        at += 1
    return at
