"""What every request passes: the token, the clock, and the end of whatever nobody has foreseen."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any, Final

from matsluice.infra.redaction import redacted
from matsluice.infra.web.access_token import check_token
from matsluice.infra.web.refusal import RequestRefused, refusal_json

if TYPE_CHECKING:
    from fastapi import FastAPI

    from matsluice.flows.model_service.numbers import ServiceNumbers

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

# What whoever looks after the machine asks without a token, and what tells how to ask.
OPEN: Final = frozenset({"/health", "/docs", "/openapi.json"})
PATHS: Final = OPEN | {"/predict", "/model", "/metrics"}
_ALWAYS: Final = ((b"x-content-type-options", b"nosniff"), (b"cache-control", b"no-store"))


class Gate:
    """An ASGI application around the service's own.

    Parameters
    ----------
    app
        The service's.
    numbers
        Where requests are counted.
    token
        What callers have to name; None where anybody may ask.
    say
        Is told a line for each request that ended in an unforeseen error.
    """

    def __init__(
        self, app: FastAPI, numbers: ServiceNumbers, token: str | None, say: Callable[[str], object]
    ) -> None:
        self.app, self._numbers, self._token, self._say = app, numbers, token, say
        if token is not None:
            _declare_token(app)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.monotonic()
        answer = _Answer(send)
        self._numbers.under_way.inc()
        try:
            await self._pass(scope, receive, answer)
        finally:
            self._numbers.under_way.dec()
            path = scope["path"] if scope["path"] in PATHS else "other"
            self._numbers.answered(path, answer.status, time.monotonic() - began)

    async def _pass(self, scope: Message, receive: Receive, answer: _Answer) -> None:
        try:
            if self._token is not None and scope["path"] not in OPEN:
                check_token(dict(scope["headers"]).get(b"authorization"), self._token)
            await self.app(scope, receive, answer.send)
        except RequestRefused as why:
            # The body stays unread, so the connection is of no more use.
            await answer.refuse(why.status, why.error, why.detail, {**why.headers, "Connection": "close"})
        except Exception as error:  # noqa: BLE001 - a stranger is told that it failed, and no more
            self._say(f"{scope['method']} {scope['path'][:80]!a}: {_where(error)}")
            await answer.refuse(500, "unforeseen", "the service failed at this request; its log says how", {})


class _Answer:
    """An answer under way, and its status."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 0

    async def send(self, message: Message) -> None:
        """Hand on a part of it."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message.get("headers", ()), *_ALWAYS]
        await self._send(message)

    async def refuse(self, status: int, error: str, detail: str, headers: dict[str, str]) -> None:
        """Send a refusal, unless another answer has begun."""
        if self.status:
            return
        body = refusal_json(error, detail)
        told = {"content-type": "application/json", "content-length": str(len(body)), **headers}
        encoded = [(name.lower().encode(), text.encode()) for name, text in told.items()]
        await self.send({"type": "http.response.start", "status": status, "headers": encoded})
        await self._send({"type": "http.response.body", "body": body})


def _where(error: Exception) -> str:
    """Return an error's kind, text and place in one line without secrets."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = "" if trace is None else f" ({trace.tb_frame.f_code.co_qualname}, line {trace.tb_lineno})"
    text = " ".join(f"{type(error).__name__}: {error}".split())
    return redacted(f"{text[:500]}{place}")


def _declare_token(app: FastAPI) -> None:
    """Have the OpenAPI document say that there is a token."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        document = plain()
        scheme = {"type": "http", "scheme": "bearer", "description": "The token of this service."}
        document.setdefault("components", {})["securitySchemes"] = {"token": scheme}
        return document

    app.openapi = openapi  # type: ignore[method-assign]
