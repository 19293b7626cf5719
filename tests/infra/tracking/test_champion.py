from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from matsluice.infra.tracking.champion import LoggedModel, register_version
from matsluice.infra.tracking.move_champion import move_champion, settled
from matsluice.infra.tracking.store import open_store
from matsluice.infra.tracking.writer import Tracker

CODE = """
import mlflow
import pandas as pd
from mlflow.pyfunc import PythonModel

class Constant(PythonModel):
    def load_context(self, context):
        with open(context.artifacts["value"]) as file:
            self.value = float(file.read())

    def predict(self, context, model_input: pd.DataFrame, params=None) -> pd.Series:
        return pd.Series([self.value * context.model_config["factor"]] * len(model_input))

mlflow.models.set_model(Constant())
"""
LOAD = """
import mlflow, pandas
model = mlflow.pyfunc.load_model("models:/solar-absorbers@champion")
print(list(model.predict(pandas.DataFrame({"composition": ["Fe2O3", "NaCl"]}))))
"""


@pytest.fixture
def logged_model(tmp_path: Path) -> LoggedModel:
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, Schema

    code, value = tmp_path / "served.py", tmp_path / "value.txt"
    code.write_text(CODE)
    value.write_text("0.5")
    return LoggedModel(
        code,
        {"value": value},
        ModelSignature(Schema([ColSpec("string", "composition")]), Schema([ColSpec("double", "prediction")])),
        pd.DataFrame({"composition": ["Fe2O3", "NaCl"]}),
        ["pandas"],
        {"factor": 3},
    )


def test_the_champion_loads_by_name_in_another_process(
    tmp_path: Path,
    logged_model: LoggedModel,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    import mlflow

    monkeypatch.chdir(tmp_path)
    workspace = tmp_path / "workspace"
    store = open_store("", workspace)
    tracker = Tracker(store, "solar-absorbers")
    run_id = tracker.start_campaign_run("r")
    versions = []
    for fit_key, mae in (("one fit", 0.41), ("another", 0.39), ("another", 0.39)):
        versions.append(
            register_version(
                store, run_id, "solar-absorbers", logged_model,
                fit_key=fit_key, metrics={"mae": mae}, tags={"split": "composition"},
            )
        )  # fmt: skip
        if len(versions) == 2:
            found = settled(store, "solar-absorbers")
            assert move_champion(store, found, versions[-1], who="a test", reason="better", by="run")
    tracker.finish(run_id)
    assert versions == [1, 2, 2]  # the same fit is registered once
    version = store.client.get_model_version_by_alias("solar-absorbers", "champion")
    assert (int(version.version), version.tags) == (
        2,
        {"mae": "0.39", "split": "composition", "fit_key": "another"},
    )
    assert version.source is not None
    logged = store.client.get_logged_model(version.source.removeprefix("models:/"))
    assert {metric.key: metric.value for metric in logged.metrics or []} == {"mae": 0.39}
    assert logged.source_run_id == run_id
    loaded = subprocess.run(
        [sys.executable, "-c", LOAD], check=False, capture_output=True, text=True, timeout=60, cwd=tmp_path,
        env={**os.environ, "MLFLOW_TRACKING_URI": store.uri},
    )  # fmt: skip
    assert loaded.stdout == "[1.5, 1.5]\n", loaded.stderr
    # The process's own address is as before, nothing was said, and nothing lies beside the workspace.
    assert not mlflow.is_tracking_uri_set()  # type: ignore[no-untyped-call]
    assert capfd.readouterr() == ("", "")
    assert {path.name for path in tmp_path.iterdir()} == {"served.py", "value.txt", "workspace"}
