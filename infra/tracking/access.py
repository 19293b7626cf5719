"""Which MLflow is meant, whether it lets us in, and how its address is shown."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from matsluice.infra.mistakes import InvalidInput

VARIABLE = "MLFLOW_TRACKING_URI"
LOOK_S = 10
WHAT_LOGS_IN = "MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN"


def named_uri(uri: str) -> str:
    """Return the address a campaign names, else the one the environment names, else "".

    Parameters
    ----------
    uri
        The campaign's `tracking.uri`.
    """
    return uri or os.environ.get(VARIABLE, "")


def told_by(uri: str) -> str:
    """Return what to look at where the address is wrong: the variable, or the key of the campaign file."""
    return VARIABLE if uri and os.environ.get(VARIABLE) == uri else "tracking.uri"


def without_secret(uri: str) -> str:
    """Return the address as it may be shown and kept: without a password.

    >>> without_secret("postgresql://mlflow:hunter2@db.example:5432/mlflow")
    'postgresql://mlflow@db.example:5432/mlflow'
    >>> without_secret("http://token@tracking.example")
    'http://tracking.example'
    >>> without_secret("sqlite:////w/mlflow.db")
    'sqlite:////w/mlflow.db'
    """
    parts = urlsplit(uri)
    person, at, place = parts.netloc.rpartition("@")
    if not at:
        return uri
    name = "" if parts.scheme.startswith("http") else person.partition(":")[0]
    return urlunsplit(parts._replace(netloc=f"{name}@{place}" if name else place))


def refused_sentence(uri: str, status: int, said: str = "") -> str:
    """Return the sentence for a server that answers 401 or 403, from what it says beside.

    >>> print(refused_sentence("http://127.0.0.1:5000", 403))
    MLflow at http://127.0.0.1:5000 does not permit this user what is asked: have its administrator grant it
    """
    place = without_secret(uri)
    if status == 401:
        given = any(name in os.environ for name in ("MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_TOKEN"))
        why = "does not accept the user name and password" if given else "asks for a user name and password"
        return f"MLflow at {place} {why}: set {WHAT_LOGS_IN}"
    if "Invalid Host header" in said:
        name = urlsplit(uri).netloc.rpartition("@")[2]
        return f"MLflow does not answer to the name {name}: add it to --allowed-hosts where the server is started"
    return f"MLflow at {place} does not permit this user what is asked: have its administrator grant it"


def ask_mlflow(uri: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, str]:
    """Return HTTP status and text with which a server answers, asked as MLflow's own client asks.

    With its credentials, certificates and plug-ins, that is.

    Parameters
    ----------
    uri
        The server's address.
    path
        Below it, with a slash before.
    body
        What is posted as JSON; None for a GET.

    Raises
    ------
    OSError
        It does not answer.
    """
    from matsluice.infra.tracking.store import set_environment

    set_environment()  # some of it MLflow reads when it is imported
    from mlflow.exceptions import MlflowException
    from mlflow.utils.credentials import get_default_host_creds
    from mlflow.utils.rest_utils import http_request

    more: dict[str, Any] = {} if body is None else {"json": body}
    try:
        # Its type says that there may be none; what raises has been raised then.
        answer: Any = http_request(
            get_default_host_creds(uri),  # type: ignore[no-untyped-call]
            path,
            "GET" if body is None else "POST",
            max_retries=0,
            timeout=LOOK_S,
            raise_on_status=False,
            **more,
        )
    except MlflowException as error:
        raise OSError(str(error)) from error
    return int(answer.status_code), str(answer.text)


def asked_to_read(uri: str) -> tuple[int, str]:
    """Return HTTP status and text of a request that needs the rights to read; raises as `ask_mlflow`."""
    return ask_mlflow(uri, "/api/2.0/mlflow/experiments/search", {"max_results": 1})


def check_access(uri: str) -> None:
    """Raise InvalidInput where an MLflow server answers and does not let us in; one that is away may come back.

    Parameters
    ----------
    uri
        Address of a server or database, or "" for the workspace's own.
    """
    if not uri.startswith(("http://", "https://")):
        return
    try:
        status, said = asked_to_read(uri)
    except OSError:
        return
    if status in (401, 403):
        raise InvalidInput(refused_sentence(uri, status, said))
