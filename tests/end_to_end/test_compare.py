"""Runs are compared by the command: what differed, and whether it matters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

CampaignFolder = Any  # conftest.py has it
MakeFolder = Callable[..., CampaignFolder]


pytestmark = pytest.mark.models


@pytest.fixture(scope="module")
def changed(session_folder: MakeFolder) -> CampaignFolder:
    """The small campaign with another forest and a model more, run to its end."""
    folder = session_folder(
        ("n_estimators = 40", "n_estimators = 3"),
        ("[screen]", '[[models]]\nkind = "knn"\n[screen]'),
        own_server=False,
    )
    folder.run()
    return folder


def test_a_run_with_a_worse_forest(finished: tuple[CampaignFolder, Any], changed: CampaignFolder) -> None:
    before, _ = finished
    answer = before("compare", str(before.runs()[-1]), str(changed.runs()[-1]), "--json")
    assert (answer.code, answer.err) == (0, "")
    (found,) = answer.record["comparisons"]
    assert (found["same_snapshot"], found["columns_new"], found["same_code"]) == (True, [], True)
    assert [(one["key"], one["before"], one["now"]) for one in found["settings"]] == [
        ("models.random_forest.params.n_estimators", "40", "3"),
        ("models.knn", None, "there"),
    ]
    verdicts = {(one["model"], one["split"]): one["verdict"] for one in found["scores"]}
    assert set(verdicts) == {
        (model, split) for model in ("dummy", "ridge", "random_forest") for split in ("random", "composition")
    }
    assert verdicts["ridge", "random"] == verdicts["dummy", "composition"] == "the same predictions"
    for one in found["scores"]:
        assert one["difference"]["by"] == "folds"
        assert one["difference"]["mean"] == pytest.approx(one["now"] - one["before"], abs=1e-12)
    said = " ".join(found["words"])
    assert "random_forest.params.n_estimators, knn" in said


def test_in_words_at_80_columns(finished: tuple[CampaignFolder, Any], changed: CampaignFolder) -> None:
    before, _ = finished
    answer = changed("compare", str(before.runs()[-1]), "gaps")  # by folder, and by name in ./workspace
    assert (answer.code, answer.err) == (0, "")
    lines = answer.out.splitlines()
    assert max(map(len, lines)) <= 80
    assert "band_gap, composition split: MAE (eV), paired over 3 folds" in lines
    assert "  models.random_forest.params.n_estimators: 40 → 3" in lines
    assert "  models.knn: new" in lines


def test_models_of_one_run(changed: CampaignFolder) -> None:
    run = changed.runs()[-1]
    mlflow_id = changed.state()["mlflow"]["run_id"]
    answer = changed("compare", mlflow_id)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith(f"gaps/{run.name}\nits models against ")
    assert answer.out == changed("compare", run.name).out == changed("compare", "campaign.toml").out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("gapz",), 'unknown run in workspace "gapz": did you mean "gaps"?'),
        (("gaps", "gaps"), "is named twice: name two different runs"),
        (("gaps", "--workspace", "nowhere"), "there is no workspace nowhere"),
    ],
)
def test_mistakes(changed: CampaignFolder, words: tuple[str, ...], sentence: str) -> None:
    answer = changed("compare", *words)
    assert (answer.code, answer.out) == (2, "")
    assert sentence in answer.err
    assert "Traceback" not in answer.err
