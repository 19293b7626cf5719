"""Telling that Prefect cannot be reached from what its client raises."""

from __future__ import annotations

from collections.abc import Iterator

from matsluice.infra.mistakes import Interrupted

PASSING_STATUS = (408, 429, 500, 502, 503, 504)


class PrefectAway(Interrupted):
    """Prefect stayed away for longer than its client tries: what was computed is on disk, and the run resumes."""


def prefect_is_away(error: BaseException) -> str | None:
    """Return a few words on why Prefect cannot be reached, or None where the error says something else.

    Parameters
    ----------
    error
        What was raised; its causes are looked at too.

    >>> import httpx
    >>> prefect_is_away(httpx.ConnectError("[Errno 111] Connection refused"))
    '[Errno 111] Connection refused'
    >>> prefect_is_away(ValueError("no such column")) is None
    True
    """
    import httpx

    for each in _chain(error):
        if isinstance(each, httpx.TransportError):
            return str(each) or type(each).__name__
        if isinstance(each, httpx.HTTPStatusError) and each.response.status_code in PASSING_STATUS:
            return f"it answers with HTTP {each.response.status_code}"
    return None


def away_sentence(reason: str) -> str:
    """Return what is said of a run that cannot go on without Prefect.

    >>> away_sentence("timed out")
    'Prefect cannot be reached (timed out): what was computed is on disk, and the same command goes on from here'
    """
    return (
        f"Prefect cannot be reached ({reason}): what was computed is on disk, "
        "and the same command goes on from here"
    )


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    each: BaseException | None = error
    while each is not None and id(each) not in seen:
        seen.add(id(each))
        yield each
        each = each.__cause__ or each.__context__
