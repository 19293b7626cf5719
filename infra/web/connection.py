"""A connection that is not kept open for nothing, and says in our one form what is no HTTP."""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar, Final

from uvicorn.protocols.http.h11_impl import H11Protocol

from matsluice.infra.web.refusal import refusal_json

HEADERS_S: Final = 15.0  # time in which a request's headers have to be here
_WORDS: Final = {400: "Bad Request", 503: "Service Unavailable"}


class BoundedConnection(H11Protocol):
    """uvicorn's HTTP/1 with bounds that it lacks: connections, and time for headers.

    Attributes
    ----------
    most
        Connections that may be open; further ones are told to come back.
    """

    most: ClassVar[int] = 256
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin, unless too many are open."""
        super().connection_made(transport)
        if len(self.connections) > self.most:
            detail = f"{self.most} connections are open: send the request again after 1 s"
            self._end(503, "overloaded", detail, "Retry-After: 1\r\n")
        else:
            self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._unwatch()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, and see whether the headers of a request are still being waited for."""
        if self.transport.is_closing():
            return
        super().data_received(data)
        self._watch()

    def send_400_response(self, msg: str) -> None:
        """Say in our form what uvicorn would say in plain text."""
        self._end(400, "not HTTP", f"{msg} Send HTTP/1.1 with headers of at most 64 KiB.")

    def _watch(self) -> None:
        cycle: Any = self.cycle
        if self.transport.is_closing() or (cycle is not None and not cycle.response_complete):
            self._unwatch()
        elif self._deadline is None:
            self._deadline = self.loop.call_later(HEADERS_S, self.transport.abort)

    def _unwatch(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _end(self, status: int, error: str, detail: str, headers: str = "") -> None:
        body = refusal_json(error, detail)
        head = (
            f"HTTP/1.1 {status} {_WORDS[status]}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n{headers}Connection: close\r\n\r\n"
        )
        self.transport.write(head.encode("ascii") + body)
        self.transport.close()
        self._unwatch()


def protocol_for(connections: int) -> type[BoundedConnection]:
    """Return the protocol of a server that may have so many connections open."""

    class OwnConnection(BoundedConnection):
        """A connection of one server."""

        most = connections

    return OwnConnection
