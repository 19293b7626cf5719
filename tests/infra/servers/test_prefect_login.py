"""An embedded server that asks for a login, where the environment says which."""

from __future__ import annotations

import base64
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from matsluice.infra.servers.answers import answers
from matsluice.infra.servers.prefect_server import start_prefect

LOGIN = "admin:as-random-as-openssl-rand"


def asked(url: str, login: str = "") -> int:
    request = urllib.request.Request(url, data=b"{}", headers={"Content-Type": "application/json"})
    if login:
        request.add_header("Authorization", f"Basic {base64.b64encode(login.encode()).decode()}")
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code


def test_nobody_else_is_answered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PREFECT_SERVER_API_AUTH_STRING", LOGIN)
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    with start_prefect(workspace) as server:
        server.wait_ready()
        assert server.environment["PREFECT_API_AUTH_STRING"] == LOGIN
        flows = f"{server.api_url}/flows/count"
        assert asked(flows) == 401
        assert asked(flows, "admin:guessed") == 401
        assert asked(flows, LOGIN) == 200
        assert answers(server.ui_url)  # the page is there, and asks for the login
    for file in workspace.rglob("*"):
        assert not file.is_file() or LOGIN.encode() not in file.read_bytes(), file
