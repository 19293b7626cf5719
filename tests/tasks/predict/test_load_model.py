"""A registered model by its name."""

from __future__ import annotations

from pathlib import Path

import pytest

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.predict.load import load_model, model_uri


@pytest.mark.parametrize(
    ("name", "uri"),
    [
        ("solar", "models:/solar@champion"),
        ("solar@best", "models:/solar@best"),
        ("solar/3", "models:/solar/3"),
        ("models:/solar/3", "models:/solar/3"),
        ("runs:/abc/model", "runs:/abc/model"),
    ],
)
def test_names(name: str, uri: str) -> None:
    assert model_uri(name) == uri


def test_a_folder_that_is_no_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(
        InvalidInput, match=r"is no workspace with models \(no mlflow\.db\): name one with --workspace"
    ):
        load_model("solar", workspace=tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    with pytest.raises(InvalidInput, match="workspace is no workspace with models"):
        load_model("solar")
    assert list(tmp_path.iterdir()) == []
