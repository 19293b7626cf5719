"""Pages of an OPTIMADE provider: asked for one after the other, kept, and never asked for twice.

A file that is there is a page that was given, so a run that is taken up again asks for those that are missing.
Nothing is followed to another host.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode, urljoin, urlsplit

from matsluice.infra.mistakes import Failed, InvalidInput
from matsluice.infra.workspace.atomic_files import written_whole
from matsluice.tasks.ingest.provider import ask, told
from matsluice.tasks.material.readers.optimade_structure import STRUCTURE_FIELDS

if TYPE_CHECKING:
    from matsluice.tasks.ingest.optimade_options import OptimadeOptions

# More than all providers have together.
MOST_PAGES: Final = 1_000_000


def first_page_url(options: OptimadeOptions, fields: Sequence[str] = ()) -> str:
    """Return the URL of the first page.

    Parameters
    ----------
    options
        Where, and which structures.
    fields
        Properties asked for beside the structure.

    Examples
    --------
    >>> from matsluice.tasks.ingest.optimade_options import OptimadeOptions
    >>> first_page_url(OptimadeOptions(url="https://example.org")).partition("?")[0]
    'https://example.org/v1/structures'
    """
    last = options.url.rpartition("/")[2]
    is_versioned = last[:1] == "v" and last[1:].replace(".", "").isdigit()
    query = {
        **({"filter": options.filter} if options.filter else {}),
        "response_format": "json",
        "response_fields": ",".join(dict.fromkeys(("id", "type", *STRUCTURE_FIELDS, *fields))),
        "page_limit": options.page_limit,
    }
    return f"{options.url}{'' if is_versioned else '/v1'}/structures?{urlencode(query)}"


def pages(first: str, downloads: Path | None) -> Iterator[list[Any]]:
    """Give the entries of every page.

    Parameters
    ----------
    first
        URL of the first page.
    downloads
        Folder in which pages are kept, each query in a folder of its own; None: nowhere.

    Raises
    ------
    InvalidInput
        The provider refuses the query, or is no provider.
    Failed
        It does not answer (`Hindered`), or its pages do not end.
    Interrupted
        A stop was asked for.
    """
    query = hashlib.blake2b(first.encode(), digest_size=8).hexdigest()
    folder = None if downloads is None else downloads / f"optimade-{query}"
    asked: set[str] = set()
    url: str | None = first
    while url is not None:
        if url in asked or len(asked) >= MOST_PAGES:
            raise Failed(
                f"{_host(first)} gives pages without end: the one after page {len(asked)} came before"
            )
        page = _page(url, None if folder is None else folder / f"page-{len(asked):07d}.json")
        asked.add(url)
        entries = page["data"]
        following = _next(page, url)
        if following is not None and not entries:
            raise Failed(
                f"{_host(first)} gives pages without end: page {len(asked)} is empty and not the last"
            )
        yield entries
        url = following


def _page(url: str, kept: Path | None) -> Mapping[str, Any]:
    if kept is not None and kept.exists():
        return _kept_page(kept)
    body = ask(url)
    try:
        page: Any = json.loads(body)
    except (ValueError, RecursionError):
        page = {}
    if not isinstance(page, dict) or not isinstance(page.get("data"), list):
        why = told(page) or "its answer is no JSON with a list of data"
        raise InvalidInput(f"{url.partition('?')[0]} is no OPTIMADE endpoint: {why}")
    if kept is not None:
        with written_whole(kept) as temporary:
            temporary.write_bytes(body)
    found: Mapping[str, Any] = page
    return found


def _kept_page(file: Path) -> Mapping[str, Any]:
    try:
        page = json.loads(file.read_bytes())
    except ValueError:
        page = None
    if not isinstance(page, dict) or not isinstance(page.get("data"), list):
        raise InvalidInput(
            f"{file} is not the page that was kept there: delete it, and it is asked for again"
        )
    return page


def _next(page: Mapping[str, Any], url: str) -> str | None:
    """Return the URL of the next page, which must be of the same scheme, host and port."""
    links = page.get("links")
    link = links.get("next") if isinstance(links, dict) else None
    link = link.get("href") if isinstance(link, dict) else link
    if not link:
        return None
    following = urljoin(url, str(link))
    if _origin(following) != _origin(url):
        raise InvalidInput(
            f"{_host(url)} says that the next page is at {following.partition('?')[0]}, which is another origin and is "
            "not followed: if you trust it, write it as url"
        )
    return following


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = -1
    return parts.scheme, parts.hostname, port or {"http": 80, "https": 443}.get(parts.scheme)


def _host(url: str) -> str:
    return urlsplit(url).netloc
