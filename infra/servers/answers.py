"""Waiting until a server that was started answers."""

from __future__ import annotations

import http.client
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Protocol

from matsluice.infra.mistakes import Failed

LOOK_EVERY_S = 0.05

# No proxy, whatever the environment names: the servers are on this machine.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Starting(Protocol):
    """A server's process, started by us or by another process of this machine."""

    @property
    def running(self) -> bool:
        """Whether it can still come to answer."""
        ...

    @property
    def log(self) -> Path:
        """The file with its output."""
        ...


def answers(url: str, timeout_s: float = 2.0) -> bool:
    """Return whether a GET of `url` is answered with 200.

    >>> answers("http://127.0.0.1:9/health", timeout_s=0.2)
    False
    """
    try:
        with _OPENER.open(url, timeout=timeout_s) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, http.client.HTTPException, OSError):
        return False


def wait_until_answers(url: str, name: str, timeout_s: float, process: Starting | None = None) -> None:
    """Return when `url` is answered.

    Parameters
    ----------
    url
        The server's health address.
    name
        What the sentences call the server: "Prefect".
    timeout_s
        Seconds to wait at most.
    process
        The process that is to answer, or None where it is not on this machine.

    Raises
    ------
    Failed
        The process ended, or did not answer in time; with the last lines of its log.
    """
    deadline = time.monotonic() + timeout_s
    while not answers(url):
        if process is not None and not process.running:
            raise Failed(
                f"the {name} server ended before it answered; the end of {process.log}:\n{tail(process.log)}"
            )
        if time.monotonic() > deadline:
            where = f"; what it says is in {process.log}" if process else ""
            raise Failed(f"the {name} server at {url} did not answer within {timeout_s:.0f} s{where}")
        time.sleep(LOOK_EVERY_S)


def tail(log: Path, lines: int = 12) -> str:
    """Return the last lines of a log, nothing where there is none.

    >>> tail(Path("/no/such/log"))
    ''
    """
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else ""
