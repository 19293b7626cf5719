"""Structures of an OPTIMADE provider, each a row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.ingest.optimade_pages import first_page_url, pages
from matsluice.tasks.ingest.structure_files import StructureRow, batches_of
from matsluice.tasks.material.cells import CellRefused
from matsluice.tasks.material.readers.optimade_structure import cell_of_attributes

if TYPE_CHECKING:
    from matsluice.tasks.ingest.optimade_options import OptimadeOptions
    from matsluice.tasks.ingest.source_batch import SourceBatch


def read(options: OptimadeOptions, targets: Sequence[str] = ()) -> Iterator[SourceBatch]:
    """Give the structures that match the filter, in the provider's order; values to learn are its properties.

    Raises
    ------
    InvalidInput
        The provider refuses the query, or nothing matches.
    Failed
        It does not answer.
    """
    rows = islice(_rows(options, targets), options.limit)
    matching = f"{options.url} with filter = {options.filter!r}" if options.filter else options.url
    try:
        first = next(rows)
    except StopIteration:
        raise InvalidInput(f"{matching} gives no structure: widen the filter") from None
    yield from batches_of(_with_first(first, rows), targets, options.url)


def _with_first(first: StructureRow, rows: Iterator[StructureRow]) -> Iterator[StructureRow]:
    yield first
    yield from rows


def _rows(options: OptimadeOptions, targets: Sequence[str]) -> Iterator[StructureRow]:
    host = urlsplit(options.url).netloc
    downloads = None if options.downloads is None else Path(options.downloads)
    number = 0
    for entries in pages(first_page_url(options, targets), downloads):
        for entry in entries:
            number += 1
            known = entry if isinstance(entry, dict) else {}
            attributes = known.get("attributes")
            place = f"{host}#{number}"
            cell = (
                cell_of_attributes(attributes)
                if isinstance(attributes, dict)
                else CellRefused("not a structure", "the entry has no attributes")
            )
            values = attributes if isinstance(attributes, dict) else {}
            yield StructureRow(
                str(known.get("id", place)), place, cell, [_text(values.get(target)) for target in targets]
            )


def _text(value: Any) -> str:
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, bool) else str(value).strip()
