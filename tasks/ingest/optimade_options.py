"""The keys of the source "optimade"."""

from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, ValidationInfo, field_validator

from matsluice.infra.workspace.absolute_path import absolute_path
from matsluice.tasks.ingest.source_options import SourceOptions


class OptimadeOptions(SourceOptions):
    """Structures of a database that answers to OPTIMADE (doi:10.1038/s41597-021-00974-z).

    Attributes
    ----------
    url
        Base URL of the provider, with or without its version.
    filter
        Which structures, in OPTIMADE's filter language; None: all.
    page_limit
        Structures asked for at a time.
    limit
        Most structures taken; None: all.
    downloads
        Absolute folder in which pages are kept as they came; None: nowhere. What is kept is never asked for again.

    Examples
    --------
    >>> OptimadeOptions(url="https://example.org/optimade/", filter="nelements=3").url
    'https://example.org/optimade'
    """

    url: str = Field(
        min_length=1, description='the base URL of a provider, such as "https://example.org/optimade"'
    )
    filter: str | None = Field(
        default=None,
        min_length=1,
        max_length=10_000,
        description="a filter of OPTIMADE, such as 'elements HAS ALL \"O\" AND nelements=3'",
    )
    page_limit: int = Field(default=100, ge=1, le=1000, description="a whole number from 1 to 1000")
    limit: int | None = Field(
        default=None, ge=1, description="a whole number of at least 1, or leave it out for all"
    )
    downloads: str | None = Field(
        default=None,
        min_length=1,
        description="a folder for the pages that were downloaded, or leave it out for one in the workspace",
    )

    @property
    def gives(self) -> frozenset[str]:
        """What a feature block may need that the rows have."""
        return frozenset({"composition", "structure"})

    @field_validator("url")
    @classmethod
    def _is_base(cls, text: str) -> str:
        try:
            parts = urlsplit(text.strip())
            _ = parts.port
        except ValueError as error:
            raise ValueError(f'"{text}" is no URL: {error}') from None
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f'"{text}" is no URL that begins with https:// or http://')
        if parts.username or parts.password:
            raise ValueError("a password in the URL would be written into every record; leave it out")
        if parts.query or parts.fragment:
            raise ValueError(f'"{text}" has a query; write the base URL here and the filter with filter')
        return text.strip().rstrip("/").removesuffix("/structures")

    @field_validator("downloads")
    @classmethod
    def _resolve(cls, text: str | None, info: ValidationInfo) -> str | None:
        if text is None or "\0" in text:
            return None
        return absolute_path(text, (info.context or {}).get("folder", "."))

    def kept_in(self, folder: Path) -> Self:
        """Return the options of a source that keeps what it downloads in a folder, unless it has one of its own."""
        return self if self.downloads else self.model_copy(update={"downloads": str(folder)})
