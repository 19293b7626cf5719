"""Some rows of a source, as they stand there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any

from matsluice.tasks.ingest.sources import SOURCES

if TYPE_CHECKING:
    from matsluice.tasks.material import ParsedCrystals

# Rows in one batch: enough to parse at full speed, little enough to stay in the processor's cache.
BATCH_ROWS = 4096
# The same where every row holds a structure: some kilobytes of text each.
STRUCTURE_ROWS = 512


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a row cannot be used: a short class and a sentence."""

    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class SourceBatch:
    """Rows of a source before anything is made of them.

    Attributes
    ----------
    ids
        One label a row.
    places
        Where each row stands, as "file.csv:12".
    formulas
        Text as given.
    labels
        Target column → text as given, one a row.
    refusals
        Row → why the source itself could not read it.
    crystals
        What became of each row's structure; None where the rows have none.
    electronic
        A path or JSON text a row, "" where it has none; None where the rows have no such column.
    """

    ids: list[str]
    places: list[str]
    formulas: list[str]
    labels: dict[str, list[str]] = field(default_factory=dict)
    refusals: dict[int, Refusal] = field(default_factory=dict)
    crystals: ParsedCrystals | None = None
    electronic: list[str] | None = None


def read_source(source: str, options: Any, targets: Sequence[str] = ()) -> Iterator[SourceBatch]:
    """Give the rows of a source batch by batch, never all at once.

    Parameters
    ----------
    source
        A name in `SOURCES`.
    options
        That source's options, as the campaign file gives them.
    targets
        Columns with values to learn.
    """
    module, function = SOURCES[source].reader.split(":")
    batches: Iterator[SourceBatch] = getattr(import_module(module), function)(options, targets)
    return batches
