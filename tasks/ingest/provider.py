"""One request to a server on the network, patient and bounded."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from matsluice.infra.interruption import check_stop, wait_for_stop
from matsluice.infra.mistakes import Hindered, InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx

# Bytes; a page of 1000 structures of some hundred sites has some 30 MB.
MOST_PAGE_BYTES: Final = 64 * 1024**2
# A server that restarts is back within a minute; with the waits below it has about two.
TRIES: Final = 6
FIRST_WAIT_S: Final = 2.0
# However long a server asks us to wait.
LONGEST_WAIT_S: Final = 120.0
CONNECT_S: Final = 10.0
# Between two pieces of an answer, and for all of it.
SILENCE_S: Final = 60.0
WHOLE_S: Final = 300.0
# Statuses that pass: too many requests, and trouble on the other side (RFC 9110, RFC 6585).
_PASSING: Final = frozenset({429, 500, 502, 503, 504})
_LONGEST_DETAIL: Final = 500


def ask(url: str, first_wait_s: float = FIRST_WAIT_S) -> bytes:
    """Return what a server gives for a URL.

    Status 429, errors of the server and of the connection are tried again, after as long as Retry-After says, or
    twice as long each time. Redirections are not followed.

    Raises
    ------
    InvalidInput
        The server refuses the request, sends us elsewhere, or gives more than is bearable.
    Hindered
        It does not answer, or only with errors.
    Interrupted
        A stop was asked for.
    """
    import httpx

    trouble = ""
    for attempt in range(TRIES):
        check_stop()
        wait_s = first_wait_s * 2**attempt
        try:
            status, headers, body = _get(url)
        except httpx.InvalidURL as error:
            raise InvalidInput(f"{urlsplit(url).netloc} names a page whose URL is none: {error}") from None
        except (OSError, httpx.HTTPError) as error:  # the time limits are among them
            trouble = str(error) or type(error).__name__
        else:
            if status == 200:
                return body
            why = told(_parsed(body))
            trouble = f"status {status}" + (f": {why}" if why else "")
            if status not in _PASSING:
                raise InvalidInput(_refusal(url, status, headers, trouble))
            wait_s = _asked_to_wait(headers.get("retry-after", ""), wait_s)
        if attempt + 1 < TRIES:
            wait_for_stop(min(wait_s, LONGEST_WAIT_S))
    raise Hindered(
        f"{urlsplit(url).netloc} did not answer in {TRIES} tries ({trouble}): run the same command when it does"
    )


def told(answer: Any) -> str:
    """Return what a server says went wrong, as JSON:API has it (errors[].detail), on one line; "" where nothing.

    Examples
    --------
    >>> told({"errors": [{"title": "Bad Request", "detail": "unknown property"}]})
    'unknown property'
    """
    errors = answer.get("errors") if isinstance(answer, dict) else None
    said = [
        str(error.get("detail") or error.get("title") or "")
        for error in (errors if isinstance(errors, list) else ())
        if isinstance(error, dict)
    ]
    text = " ".join("; ".join(filter(None, said)).split())
    return text if len(text) <= _LONGEST_DETAIL else text[: _LONGEST_DETAIL - 1] + "…"


def _get(url: str) -> tuple[int, Mapping[str, str], bytes]:
    import httpx

    until = time.monotonic() + WHOLE_S
    # Unpacked answers only: what is packed could be a bomb, and a page is small.
    headers = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "matsluice"}
    timeout = httpx.Timeout(SILENCE_S, connect=CONNECT_S)
    with (
        httpx.Client(timeout=timeout, headers=headers, follow_redirects=False) as client,
        client.stream("GET", url) as response,
    ):
        return response.status_code, response.headers, _bounded(response, url, until)


def _bounded(response: httpx.Response, url: str, until: float) -> bytes:
    body = bytearray()
    for piece in response.iter_bytes(1 << 16):
        body += piece
        if len(body) > MOST_PAGE_BYTES:
            raise InvalidInput(
                f"{urlsplit(url).netloc} gives a page of more than {MOST_PAGE_BYTES >> 20} MiB: ask for smaller ones "
                "with page_limit"
            )
        if time.monotonic() > until:
            raise TimeoutError(f"the answer took more than {WHOLE_S:g} s")
    return bytes(body)


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _refusal(url: str, status: int, headers: Mapping[str, str], trouble: str) -> str:
    host = urlsplit(url).netloc
    if 300 <= status < 400:
        where = headers.get("location", "elsewhere").partition("?")[0]
        return f"{host} has moved to {where} and is not followed there: write that as url"
    return f"{host} refuses the request ({trouble}): correct url, filter or the targets"


def _asked_to_wait(text: str, otherwise_s: float) -> float:
    """Return how many seconds a header Retry-After asks for."""
    if text.strip().isdigit():
        return float(text.strip()[:9])
    try:
        until = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return otherwise_s
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max((until - datetime.now(UTC)).total_seconds(), 0.0)
