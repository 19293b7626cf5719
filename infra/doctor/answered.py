"""A server asked once, without logging in: what it answers, when, and after how long."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

LOOK_S = 5.0
SLOW_S, TOO_SLOW_S = 0.3, 3.0
TURNS = 5


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer.

    Attributes
    ----------
    status
        Of HTTP.
    text
        The body.
    headers
        By names in small letters.
    asked_at
        Unix time of the question.
    seconds
        Until the answer was there.
    """

    status: int
    text: str
    headers: Mapping[str, str]
    asked_at: float
    seconds: float


def ask(url: str) -> Answered:
    """Return the answer to a GET, whatever its status.

    Raises
    ------
    OSError
        Nothing answers, in a few words.
    """
    import httpx

    asked_at, began = time.time(), time.monotonic()
    try:
        answer = httpx.get(url, timeout=LOOK_S, verify=False)  # noqa: S501 - certificates are checked where one logs in
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise OSError(_in_few_words(error)) from error
    headers = {name.lower(): text for name, text in answer.headers.items()}
    return Answered(answer.status_code, answer.text, headers, asked_at, time.monotonic() - began)


def seconds_to_answer(url: str) -> float:
    """Return the median time of some answers, in seconds."""
    return median(ask(url).seconds for _ in range(TURNS))


def _in_few_words(error: Exception) -> str:
    text = str(error)
    for sign, words in {
        "Connection refused": "connection refused",
        "Name or service not known": "its name is not known",
        "Temporary failure in name resolution": "its name is not known",
        "No route to host": "there is no way to it",
        "timed out": "no answer in time",
    }.items():
        if sign in text:
            return words
    return text or ("no answer in time" if "Timeout" in type(error).__name__ else type(error).__name__)
