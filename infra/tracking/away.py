"""Trouble with MLflow that passes by itself, told from trouble that does not, and waiting for it to pass."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from matsluice.infra.interruption import check_stop
from matsluice.infra.mistakes import Failed, Hindered
from matsluice.infra.redaction import redacted, redacted_error
from matsluice.infra.tracking.access import refused_sentence, without_secret
from matsluice.infra.tracking.bucket_errors import bucket_words, is_of_bucket, passes_by_itself

T = TypeVar("T")

PATIENCE_S = 300.0  # a server's restart or a long transaction; whoever waits longer has to look at the server
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.25, 5.0
LOOK_EVERY_S = 0.25
REASON_CHARACTERS = 120
DRIVERS = frozenset({"psycopg2", "psycopg", "pymysql", "MySQLdb", "pymssql", "pyodbc", "boto3"})
# What SQLite calls an operational error and no waiting mends.
LASTING = (
    "no such table",
    "no such column",
    "readonly database",
    "disk is full",
    "disk I/O error",
    "unable to open database file",
)
PASSING_STATUS = (408, 429, 500, 502, 503, 504)
SAID = {
    "database is locked": "another program keeps the database locked",
    "connection refused": "connection refused",
    "connection reset": "connection reset",
    "connection aborted": "connection aborted",
    "timed out": "no answer in time",
    "timeout": "no answer in time",
    "name or service not known": "its name is not known",
}


class Away(Failed):
    """MLflow cannot be written to now and may be later: locked, refused, slow, or answering with 5xx or 429.

    Attributes
    ----------
    reason
        A few words: "connection refused".
    """

    def __init__(self, sentence: str, reason: str) -> None:
        super().__init__(sentence)
        self.reason = reason


def once(action: Callable[[], T], purpose: str, uri: str) -> T:
    """Return what the action returns, tried once.

    Parameters
    ----------
    action
        What is done in MLflow.
    purpose
        How the sentence names it: "log the run in MLflow".
    uri
        The store's address, for the sentence.

    Raises
    ------
    Away
        MLflow cannot do it now.
    Hindered
        MLflow, or the bucket its artifacts go to, does not let us in.
    Failed
        MLflow cannot do it: one sentence.
    """
    try:
        return action()
    except Exception as error:
        if not is_of_store(error):
            raise
        if (status := refusal(error)) is not None:
            said = redacted(refused_sentence(uri, status, str(error)))
            raise Hindered(f"cannot {purpose}: {said}") from redacted_error(error)
        reason = redacted(in_few_words(redacted_error(error)))
        sentence = redacted(f"cannot {purpose} ({without_secret(uri)}): {reason}")
        if not passes(error, uri):
            raise (Hindered if is_of_bucket(error) else Failed)(sentence) from error
        if "locked" in reason:
            sentence += ": end what else writes to it and run again"
        raise Away(sentence, reason) from error


def is_of_store(error: BaseException) -> bool:
    """Return whether it is MLflow's, its database's, or its bucket's trouble, not a mistake of ours."""
    from mlflow.exceptions import MlflowException
    from requests import RequestException
    from sqlalchemy.exc import SQLAlchemyError

    missing = isinstance(error, ImportError) and error.name in DRIVERS
    expected = (MlflowException, SQLAlchemyError, RequestException, OSError)
    return missing or isinstance(error, expected) or is_of_bucket(error)


def refusal(error: BaseException) -> int | None:
    """Return 401 or 403 where a server has refused us, else None."""
    from mlflow.exceptions import MlflowException
    from requests import HTTPError

    if isinstance(error, HTTPError) and error.response is not None:
        status = error.response.status_code
    elif isinstance(error, MlflowException):
        code: int = error.get_http_status_code()  # type: ignore[no-untyped-call]
        # Where the body is no JSON of MLflow's, its code stands in the text alone.
        told = re.search(r"failed with error code (\d+)", str(error))
        status = int(told[1]) if told else code
    else:
        return None
    return status if status in (401, 403) else None


def patiently(action: Callable[[], T], purpose: str, uri: str, timeout_s: float | None = None) -> T:
    """Return what the action returns, tried again with growing pauses while MLflow is away.

    Parameters
    ----------
    action
        What is done in MLflow; it may be done several times.
    purpose, uri
        As in `once`.
    timeout_s
        Seconds after which it is no longer waited for; `PATIENCE_S` where left out, 0 for a single try.

    Raises
    ------
    Away
        MLflow did not come back in time.
    Failed
        MLflow cannot do it: one sentence.
    Interrupted
        A stop was asked for while waiting.
    """
    deadline = time.monotonic() + (PATIENCE_S if timeout_s is None else timeout_s)
    for pause_s in growing_pauses():
        try:
            return once(action, purpose, uri)
        except Away:
            if time.monotonic() >= deadline:
                raise
        until = min(time.monotonic() + pause_s, deadline)
        while time.monotonic() < until:
            check_stop()
            time.sleep(min(LOOK_EVERY_S, pause_s))
    raise AssertionError


def growing_pauses() -> Iterator[float]:
    """Yield seconds to wait between tries, without end.

    >>> from itertools import islice
    >>> list(islice(growing_pauses(), 6))
    [0.25, 0.5, 1.0, 2.0, 4.0, 5.0]
    """
    pause_s = FIRST_PAUSE_S
    while True:
        yield pause_s
        pause_s = min(2 * pause_s, LONGEST_PAUSE_S)


def passes(error: BaseException, uri: str) -> bool:
    """Return whether the same may succeed later, without anybody changing anything.

    >>> passes(ConnectionRefusedError(), "http://127.0.0.1:5000"), passes(OSError(28, "No space left"), "")
    (True, False)
    """
    from mlflow.exceptions import MlflowException
    from requests import ConnectionError as RequestConnectionError
    from requests import HTTPError, Timeout
    from requests.exceptions import ChunkedEncodingError, RetryError
    from sqlalchemy.exc import InterfaceError, OperationalError

    text = str(error)
    if any(words in text for words in LASTING):
        return False
    if is_of_bucket(error):
        return passes_by_itself(error)
    if isinstance(error, HTTPError):
        return error.response is not None and error.response.status_code in PASSING_STATUS
    unreachable = RequestConnectionError, Timeout, ChunkedEncodingError, RetryError
    if isinstance(error, (*unreachable, OperationalError, InterfaceError, ConnectionError, TimeoutError)):
        return True
    if isinstance(error, MlflowException):
        # Without a server in between, INTERNAL_ERROR (500) is MLflow's word for what it did not foresee.
        served = uri.startswith("http")
        status: int = error.get_http_status_code()  # type: ignore[no-untyped-call]
        return status in (PASSING_STATUS if served else (503,))
    return False


def in_few_words(error: BaseException) -> str:
    """Return the reason as the end of a sentence.

    >>> in_few_words(OSError("Max retries exceeded: [Errno 111] Connection refused"))
    'connection refused'
    >>> in_few_words(ValueError("no space left on device"))
    'no space left on device'
    """
    if is_of_bucket(error):
        return bucket_words(error)
    if isinstance(error, ImportError):
        return f"the package {error.name} is missing: install matsluice[servers]"
    text = str(error)
    for words, reason in SAID.items():
        if words in text.lower():
            return reason
    line = next((line.strip() for line in text.splitlines() if line.strip()), type(error).__name__)
    return line if len(line) <= REASON_CHARACTERS else line[: REASON_CHARACTERS - 1] + "…"
