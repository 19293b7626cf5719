"""The MLflow that the environment names, and that a run which was begun in one place is not continued in another."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.end_to_end.conftest import MakeFolder

pytestmark = [pytest.mark.faults, pytest.mark.timeout(1200)]


def test_a_run_stays_where_it_was_begun(brief: MakeFolder, tmp_path: Path) -> None:
    folder = brief()
    folder.environment = {**folder.environment, "MLFLOW_TRACKING_URI": f"sqlite:///{tmp_path / 'first.db'}"}
    call = folder.start("run", "campaign.toml")
    call.wait_for(lambda: "mlflow" in folder.state())
    call.send(signal.SIGTERM)
    assert call.wait().code == 3
    assert not (folder.path / "workspace" / "mlflow.db").exists()
    folder.environment = {**folder.environment, "MLFLOW_TRACKING_URI": f"sqlite:///{tmp_path / 'second.db'}"}
    answer = folder("run", "campaign.toml")
    assert answer.code == 4, answer.err
    assert "was begun in MLflow at sqlite:///" in answer.err
    assert "name the first one (MLFLOW_TRACKING_URI or tracking.uri) and run the same command" in answer.err
    assert "Traceback" not in answer.err
    folder.environment = {**folder.environment, "MLFLOW_TRACKING_URI": f"sqlite:///{tmp_path / 'first.db'}"}
    summary = folder.run()
    assert (summary["status"], summary["attempts"]) == ("completed", 3)
    assert summary["mlflow"]["tracking_uri"] == f"sqlite:///{tmp_path / 'first.db'}"
