"""A request's body, counted as it comes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from matsluice.infra.web.refusal import RequestRefused, too_busy

Receive = Callable[[], Awaitable[Any]]
# Bytes of a body that is too large which are read and thrown away, so that its sender reads why; then it is cut off.
THROWN_AWAY: Final = 32 * 1024**2
CLOSE: Final = {"Connection": "close"}


class CallerGone(Exception):  # noqa: N818 - it names what happened
    """The other side has closed the connection before its request was complete."""


@dataclass(slots=True)
class BodyBudget:
    """Bytes of bodies that all requests together may hold.

    Attributes
    ----------
    bytes_at_once
        So many.
    held
        How many they hold now.
    """

    bytes_at_once: int
    held: int = 0

    @contextmanager
    def room(self) -> Iterator[Callable[[int], None]]:
        """Give a function that takes room for so many bytes more; the room is given back at the end.

        Raises
        ------
        RequestRefused
            503: other requests hold it all.
        """
        mine = 0

        def take(count: int) -> None:
            nonlocal mine
            if self.held + count > self.bytes_at_once:
                raise too_busy("the requests under way hold as many bytes as the service has room for")
            mine += count
            self.held += count

        try:
            yield take
        finally:
            self.held -= mine


def check_headers(headers: Mapping[str, str], most_bytes: int) -> None:
    """Raise RequestRefused for a body that is packed, is not JSON, or says itself that it is too large.

    Examples
    --------
    >>> check_headers({"content-type": "application/json; charset=utf-8", "content-length": "17"}, 100)
    """
    packed = headers.get("content-encoding", "identity").strip().lower()
    if packed != "identity":
        raise RequestRefused(
            415,
            "packed body",
            f'the body is packed ("{packed[:40]}"): send it as it is, without Content-Encoding',
            CLOSE,
        )
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise RequestRefused(
            415,
            "not JSON",
            f'the body is said to be "{kind[:40]}": send JSON with the header "Content-Type: application/json"',
            CLOSE,
        )
    said = headers.get("content-length", "0").strip()
    if said.isascii() and said.isdigit() and int(said[:20]) > most_bytes + THROWN_AWAY:
        raise too_large(most_bytes)


async def read_body(receive: Receive, most_bytes: int, within_s: float, take: Callable[[int], None]) -> bytes:
    """Return the body.

    Parameters
    ----------
    receive
        ASGI's.
    most_bytes
        What it may have, whatever its headers say.
    within_s
        Seconds in which it has to be here.
    take
        Asks for room, of `BodyBudget`.

    Raises
    ------
    RequestRefused
        413, 408, or 503 where there is no room.
    CallerGone
        Nobody waits for an answer any more.
    """
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(within_s):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise CallerGone
                part: bytes = message.get("body", b"")
                size += len(part)
                if size > most_bytes + THROWN_AWAY:
                    raise too_large(most_bytes)
                if size <= most_bytes:
                    take(len(part))
                    parts.append(part)
                if not message.get("more_body", False):
                    break
    except TimeoutError:
        raise RequestRefused(
            408, "slow body", f"the body did not come within {within_s:g} s: send it in one go", CLOSE
        ) from None
    if size > most_bytes:
        raise too_large(most_bytes)
    return b"".join(parts)


def too_large(most_bytes: int) -> RequestRefused:
    """Return the refusal of a body that is too large."""
    return RequestRefused(
        413,
        "body too large",
        f"the body has more than {most_bytes} bytes: send the materials in several requests",
        CLOSE,
    )
