"""Every place a campaign file can take materials from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """One kind of source.

    Attributes
    ----------
    name
        The word in the campaign file.
    options
        "module:class" of the pydantic model of its keys.
    reader
        "module:function" of ``read(options, ...) -> iterator of batches``.
    labelled
        Whether its rows can carry target values, so that it can stand under [data].
    summary
        One line for people.
    extra
        The optional dependency group it needs, or "".
    """

    name: str
    options: str
    reader: str
    labelled: bool
    summary: str
    extra: str = ""


SOURCES: Mapping[str, SourceSpec] = MappingProxyType(
    {
        spec.name: spec
        for spec in (
            SourceSpec(
                name="csv",
                options="matsluice.tasks.ingest.csv_options:CsvOptions",
                reader="matsluice.tasks.ingest.csv_source:read",
                labelled=True,
                summary="a table with a header line; .gz is read as it is",
            ),
            SourceSpec(
                name="enumerate",
                options="matsluice.tasks.ingest.enumerate_options:EnumerateOptions",
                reader="matsluice.tasks.ingest.enumerate_source:read",
                labelled=False,
                summary="charge-balanced formulas of given elements, made one after the other",
            ),
        )
    }
)
