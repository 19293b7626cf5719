from __future__ import annotations

import json
import urllib.request
from pathlib import Path

import pytest

from matsluice.infra.mistakes import InvalidInput
from matsluice.infra.servers.answers import answers
from matsluice.infra.servers.ports import free_port
from matsluice.infra.servers.ui import open_ui


def test_both_pages_open_on_the_ports_asked_for_and_close(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    ports = free_port(), free_port()
    with open_ui(workspace, *ports) as pages:
        prefect, mlflow = pages.prefect_url, pages.mlflow_url.partition("/#")[0]
        assert (prefect, mlflow) == tuple(f"http://127.0.0.1:{port}" for port in ports)
        with urllib.request.urlopen(f"{prefect}/ui-settings") as settings:
            assert json.load(settings)["api_url"] == f"{prefect}/api"
        assert answers(prefect)
        assert answers(mlflow)
    assert not answers(prefect)
    assert not answers(mlflow)


def test_a_workspace_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="there is no workspace"):
        open_ui(tmp_path / "workspace")
