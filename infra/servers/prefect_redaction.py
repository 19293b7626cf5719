"""Secrets taken out of what Prefect is told: the messages of states, lines for its UI, parameters, events.

All of it leaves the process as the JSON body of a request, which is the one place where it can be seen to. What
raises a message is often a library, whose sentences nobody has in hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from matsluice.infra.redaction import redacted_json


@contextmanager
def redacting_requests() -> Iterator[None]:
    """Have the bodies of requests to Prefect's API redacted while the block lasts."""
    from prefect.client.base import PrefectHttpxAsyncClient, PrefectHttpxSyncClient

    kinds: tuple[Any, ...] = (PrefectHttpxAsyncClient, PrefectHttpxSyncClient)
    before = [(kind, kind.__dict__.get("build_request")) for kind in kinds]
    for kind in kinds:
        kind.build_request = _redacting(kind.build_request)
    try:
        yield
    finally:
        for kind, own in before:
            if own is None:
                del kind.build_request
            else:
                kind.build_request = own


def _redacting(build: Any) -> Any:
    def build_request(self: Any, method: Any, url: Any, **more: Any) -> Any:
        if more.get("json") is not None:
            more["json"] = redacted_json(more["json"])
        return build(self, method, url, **more)

    return build_request
