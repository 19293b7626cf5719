"""A request that is not answered, and the one form in which that is said."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

NOTHING_MORE: Final[Mapping[str, str]] = MappingProxyType({})


class RequestRefused(Exception):  # noqa: N818 - it names what becomes of the request
    """The request is not answered.

    Attributes
    ----------
    status
        HTTP's status: 4xx where the request is to blame, 503 where there is too much to do just now.
    error
        A phrase that programs may compare: "body too large".
    detail
        One sentence: what was got, what is allowed, what to do.
    headers
        Sent beside it.
    """

    def __init__(
        self, status: int, error: str, detail: str, headers: Mapping[str, str] = NOTHING_MORE
    ) -> None:
        super().__init__(status, error, detail)
        self.status, self.error, self.detail, self.headers = status, error, detail, headers


def refusal_json(error: str, detail: str) -> bytes:
    """Return the body of every answer that is no answer.

    Examples
    --------
    >>> refusal_json("unknown path", "there is no /predcit")
    b'{"error": "unknown path", "detail": "there is no /predcit"}'
    """
    # Plain ASCII: what is quoted from a request may hold half of a character, which UTF-8 cannot say.
    return json.dumps({"error": error, "detail": detail}).encode("ascii")


def too_busy(what: str, retry_after_s: int = 1) -> RequestRefused:
    """Return the refusal of a service that has too much to do; the same request is answered a little later."""
    return RequestRefused(
        503,
        "overloaded",
        f"{what}: send the request again after {retry_after_s} s",
        {"Retry-After": str(retry_after_s)},
    )
