"""A campaign whose models learn from different blocks: what each saw is what is recorded, and what predicts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow.parquet as pq
import pytest

if TYPE_CHECKING:
    from tests.end_to_end.conftest import CampaignFolder, MakeFolder

pytestmark = pytest.mark.models

AS_IT_WAS = """\
[[models]]
kind = "dummy"
[[models]]
kind = "ridge"
[[models]]
kind = "random_forest"
params = { n_estimators = 40 }
"""
NARROW = """\
[[models]]
name = "narrow"
kind = "ridge"
blocks = ["composition.stoichiometry"]
"""
OTHERS = """\
[[models]]
name = "wide"
kind = "svm"
blocks = ["composition.elemental", "composition.magpie"]
[[models]]
name = "both"
kind = "stacking"
params = { members = ["narrow", "wide"], inner_folds = 3 }
"""


@pytest.fixture(scope="module")
def folder(session_folder: MakeFolder) -> CampaignFolder:
    return session_folder(('"random", ', ""), (AS_IT_WAS, NARROW), own_server=False)


def test_a_champion_of_some_blocks_predicts_from_its_files(folder: CampaignFolder) -> None:
    from matsluice.tasks import load_model

    folder.run()
    hits = pq.read_table(folder.runs()[-1] / "hits.parquet").to_pandas()
    assert len(hits)
    said = load_model("gaps", workspace=folder.path / "workspace").predict(hits["formula"].tolist())
    assert np.array_equal(said["prediction"].to_numpy(), hits["prediction"].to_numpy())


def test_each_sees_its_own_and_the_stack_both(folder: CampaignFolder) -> None:
    import mlflow

    folder.change((NARROW, NARROW + OTHERS))
    summary = folder.run()
    errors = {one["model"]: one["metrics"]["mae"]["mean"] for one in summary["models"]}
    assert errors["wide"] < errors["narrow"], "p-norms know less of a gap than elements do"
    client = mlflow.MlflowClient(summary["mlflow"]["tracking_uri"])
    seen = {one["model"]: client.get_run(one["mlflow_run_id"]).data.params for one in summary["models"]}
    assert {name: told["blocks"] for name, told in seen.items()} == {
        "narrow": "composition.stoichiometry",
        "wide": "composition.elemental, composition.magpie",
        "both": "composition.elemental, composition.magpie, composition.stoichiometry",
    }
    widths = {name: int(told["columns"]) for name, told in seen.items()}
    assert widths["narrow"] + widths["wide"] == widths["both"] == summary["features"]["columns"]
