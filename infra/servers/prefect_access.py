"""Whether a Prefect server that is named lets us in."""

from __future__ import annotations

import base64
import os
from typing import TYPE_CHECKING

from matsluice.infra.mistakes import InvalidInput
from matsluice.infra.servers.prefect_settings import named_api_url

if TYPE_CHECKING:
    import httpx

LOOK_S = 10.0


def login_headers() -> dict[str, str]:
    """Return the headers with which Prefect's client logs in, from the environment; none where nothing is set."""
    if text := os.environ.get("PREFECT_API_AUTH_STRING"):
        return {"Authorization": f"Basic {base64.b64encode(text.encode()).decode()}"}
    if key := os.environ.get("PREFECT_API_KEY"):
        return {"Authorization": f"Bearer {key}"}
    return {}


def ask_prefect(api_url: str, path: str) -> httpx.Response:
    """Return the answer to a GET below a Prefect API's address.

    Raises
    ------
    OSError
        It does not answer.
    """
    import httpx

    insecure = os.environ.get("PREFECT_API_TLS_INSECURE_SKIP_VERIFY", "").lower() in {"1", "true"}
    try:
        return httpx.get(
            f"{api_url.rstrip('/')}{path}", headers=login_headers(), timeout=LOOK_S, verify=not insecure
        )
    except httpx.HTTPError as error:
        raise OSError(str(error) or type(error).__name__) from error


def refused_sentence(api_url: str) -> str:
    """Return the sentence for a server that answers 401 or 403."""
    why = "does not accept what logs in" if login_headers() else "asks for a user name and password"
    return (
        f"Prefect at {api_url} {why}: set PREFECT_API_AUTH_STRING to user:password as the server has it in "
        "PREFECT_SERVER_API_AUTH_STRING, or PREFECT_API_KEY for Prefect Cloud"
    )


def check_prefect_access() -> None:
    """Raise InvalidInput where the server PREFECT_API_URL names answers and does not let us in."""
    api_url = named_api_url()
    if api_url is None:
        return
    try:
        answer = ask_prefect(api_url, "/admin/version")
    except OSError:
        return  # waited for later: it may be on its way up
    if answer.status_code in (401, 403):
        raise InvalidInput(refused_sentence(api_url))
