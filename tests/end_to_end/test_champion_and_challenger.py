"""Three runs of a campaign: the champion stays until a model is better; a person has the last word."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

import pytest

CampaignFolder = Any  # conftest.py has it
MakeFolder = Callable[..., CampaignFolder]

pytestmark = [
    pytest.mark.faults,
    pytest.mark.filterwarnings("ignore:.*Any type hint is inferred as AnyType:UserWarning"),
]
FOREST = '[[models]]\nkind = "random_forest"\nparams = { n_estimators = 40 }\n'


@pytest.fixture(scope="module")
def runs(session_folder: MakeFolder) -> tuple[CampaignFolder, list[dict[str, Any]]]:
    """Ridge; ridge with another seed; ridge and a forest."""
    folder = session_folder(
        ('[[models]]\nkind = "dummy"\n', ""),
        (FOREST, ""),
        # So stiff that the forest is better beyond the noise of three folds.
        ('kind = "ridge"', 'kind = "ridge"\nparams = { alpha = 100000.0 }'),
        ('splits = ["random", "composition"]', 'splits = ["composition"]'),
        own_server=False,
    )
    # Nothing is looked for.
    before, _, rest = folder.file.read_text().partition("[screen]")
    folder.file.write_text(before + rest[rest.index("[cluster]") :])
    summaries = [folder.run()]
    folder.change(("seed = 3", "seed = 4"))
    summaries.append(folder.run())
    folder.change(("[cluster]", f"{FOREST}[cluster]"))
    summaries.append(folder.run())
    return folder, summaries


def champion_of(folder: CampaignFolder) -> tuple[int, dict[str, int]]:
    from mlflow import MlflowClient

    model = MlflowClient(f"sqlite:///{folder.path}/workspace/mlflow.db").get_registered_model("gaps")
    aliases = {name: int(number) for name, number in model.aliases.items()}
    return aliases["champion"], aliases


@pytest.mark.timeout(900)
def test_only_a_better_model_takes_the_place(runs: tuple[CampaignFolder, list[dict[str, Any]]]) -> None:
    folder, summaries = runs
    told = [summary["champion"] for summary in summaries]
    assert [one["registered_version"] for one in told] == [1, 2, 3]
    assert [(one["promotion"]["outcome"], one["promotion"]["because"]) for one in told] == [
        ("promoted", "first"),
        ("challenger", "not better"),
        ("promoted", "better"),
    ]
    assert [one["model"] for one in told] == ["ridge", "ridge", "random_forest"]
    compared = told[2]["promotion"]["comparison"]
    assert (compared["verdict"], compared["difference"]["by"]) == ("better", "materials")
    assert champion_of(folder) == (3, {"champion": 3})
    page = (folder.runs()[1] / "report.html").read_text()
    sentence = told[1]["promotion"]["sentence"]
    assert sentence.startswith("version 2 is kept as challenger: ")
    assert f"In the registry {sentence}." in html.unescape(page)
    assert "gaps/2" in page
    said = folder("report", "campaign.toml")
    assert said.code == 0, said.err


def test_a_person_has_the_last_word(runs: tuple[CampaignFolder, list[dict[str, Any]]]) -> None:
    from matsluice.tasks import load_model

    folder, _ = runs
    files = folder.files()
    for words, sentence in {
        ("gaps", "2"): "give --reason",
        ("gapz", "2", "--reason", "x"): 'unknown model "gapz": did you mean "gaps"?',
        ("gaps", "7", "--reason", "x"): 'unknown version of gaps "7"',
        ("gaps", "--reason", "x"): "gaps has no challenger: name a version, one of 1, 2, 3",
        ("gaps", "--list", "--workspace", "nowhere"): "is no workspace with models (no mlflow.db)",
    }.items():
        answer = folder("promote", *words)
        assert (answer.code, answer.out) == (2, ""), words
        assert sentence in answer.err
        assert "Traceback" not in answer.err
    assert folder.files() == files
    assert champion_of(folder)[0] == 3

    moved = folder(
        "promote", "gaps", "2", "--reason", "a test of mine", "--campaign", "campaign.toml", "--json"
    )
    assert moved.code == 0, moved.err
    assert (moved.record["from"], moved.record["to"], moved.record["by"]) == (3, 2, "hand")
    assert champion_of(folder)[0] == 2
    workspace = folder.path / "workspace"
    ridge, forest = (load_model(name, workspace=workspace).predict(["GaAs"]) for name in ("gaps", "gaps/3"))
    assert ridge["prediction"].tolist() != forest["prediction"].tolist()
    back = folder("promote", "gaps", "--rollback", "--reason", "it was better")
    assert (back.code, back.err) == (0, "")
    assert back.out.startswith("version 3 of gaps is the champion now; it was version 2\n")
    assert load_model("gaps", workspace=workspace).predict(["GaAs"]).equals(forest)

    shown = folder("promote", "gaps", "--list")
    assert (shown.code, shown.err) == (0, "")
    assert max(map(len, shown.out.splitlines())) <= 80
    for said in ("champion", "MAE 0.", "2 → 3, rolled back", "a test of mine"):
        assert said in shown.out
