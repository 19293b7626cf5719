"""Campaigns that learn classes: what their file may say, and what is answered where it may not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from matsluice.flows.campaign_file import Campaign, load_campaign
from matsluice.flows.contests import contests
from matsluice.flows.preflight import examined_rows, preflight
from matsluice.infra.mistakes import InvalidInput
from matsluice.models.catalogue import MODELS

Refusal = Callable[[str | bytes], list[str]]
CLASSES = [("eV", "1"), ('task = "regression"', 'task = "classification"'), ("ridge", "logistic")]
SCREEN = """\
[screen]
candidates = { source = "enumerate", elements = ["Cu", "Zn", "S"] }
objective = { target = "gap", class = true, at_least = 0.9 }
"""


def with_changes(text: str, *changes: tuple[str, str]) -> str:
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


@pytest.fixture
def load(tmp_path: Path) -> Callable[[str], Campaign]:
    def loaded(text: str, table: str = "composition,gap\nNaCl,0\nCu,1\nAg,1\nKCl,0\nLiF,0\n") -> Campaign:
        (tmp_path / "table.csv").write_text(table)
        (tmp_path / "campaign.toml").write_text(text)
        return load_campaign(tmp_path / "campaign.toml")

    return loaded


def test_defaults_of_the_task_are_written_out_and_read_again(
    right: str, load: Callable[[str], Campaign], tmp_path: Path
) -> None:
    text = with_changes(right, *CLASSES) + '[[models]]\nkind = "random_forest"\n' + SCREEN
    campaign = load(text)
    assert campaign.class_targets == ("gap",)
    assert dict(campaign.models[0].params) == MODELS["logistic"].parameters_for("classification")
    assert campaign.models[1].params["max_features"] == "sqrt"
    (tmp_path / "resolved.toml").write_text(campaign.resolved_toml())
    again = load_campaign(tmp_path / "resolved.toml")
    assert (again, again.digest) == (campaign, campaign.digest)


def test_a_campaign_of_numbers_and_classes_gives_each_target_the_models_that_learn_it(
    right: str, load: Callable[[str], Campaign], tmp_path: Path
) -> None:
    more = '[[targets]]\ncolumn = "metal"\ntask = "classification"\n[features]'
    models = '[[models]]\nkind = "logistic"\n[[models]]\nkind = "svm"\nparams = { C = 2.0, epsilon = 0.2 }\n'
    campaign = load(with_changes(right, ("[features]", more)) + models)

    class Run:
        def state(self) -> dict[str, object]:
            return {}

    run = Run()
    run.campaign = campaign  # type: ignore[attr-defined]
    planned = contests(run)  # type: ignore[arg-type]
    assert [(one.target, one.model, one.split) for one in planned if one.split == "random"] == [
        ("gap", "ridge", "random"),
        ("gap", "svm", "random"),
        ("metal", "logistic", "random"),
        ("metal", "svm", "random"),
    ]
    of_numbers, of_classes = (
        one.parameters for one in planned if (one.model, one.split) == ("svm", "random")
    )
    assert (of_numbers["C"], of_numbers["epsilon"]) == (2.0, 0.2)
    assert of_classes["C"] == 2.0
    assert "epsilon" not in of_classes
    (tmp_path / "resolved.toml").write_text(campaign.resolved_toml())
    assert load_campaign(tmp_path / "resolved.toml") == campaign


def test_members_of_a_stack_may_be_models_of_the_campaign(
    right: str, load: Callable[[str], Campaign]
) -> None:
    models = (
        '[[models]]\nkind = "decision_tree"\nname = "stump"\nparams = { max_depth = 1 }\n'
        '[[models]]\nkind = "stacking"\nparams = { members = ["stump", "xgboost"] }\n'
    )
    campaign = load(right + models)
    members = campaign.models[2].parameters_for("regression", campaign.models)["members"]
    assert members[1] == "xgboost"
    assert (members[0]["name"], members[0]["kind"], members[0]["params"]["max_depth"]) == (
        "stump",
        "decision_tree",
        1,
    )


@pytest.mark.parametrize(
    ("changes", "added", "said"),
    [
        ([], SCREEN.replace("class = true, ", ""), 'is learned as a class: say which one'),
        ([], SCREEN.replace("0.9", "1.5"), "screen.objective.at_least: got 1.5; of a class it is a probability"),
        ([("logistic", "ridge")], "", "models[0].kind: ridge learns regression only"),
        ([("logistic", "svm")], "params = { epsilon = 0.1 }\n", 'svm has no parameter "epsilon" for classification'),
        ([("logistic", "stacking")], 'params = { members = ["logistic", "xgbost"] }\n', 'did you mean "xgboost"?'),
        ([("logistic", "stacking")], 'params = { members = ["ridge", "knn"] }\n', "ridge does not learn"),
        ([("logistic", "stacking")], 'params = { members = ["logistic"] }\n', "name two or more models"),
        ([("logistic", "stacking")], 'params = { members = "logistic" }\n', "allowed: a list of texts, such as"),
        ([("logistic", "logistc")], "", 'did you mean "logistic"?'),
    ],
)  # fmt: skip
def test_mistakes_with_classes(
    refusal: Refusal, right: str, changes: list[tuple[str, str]], added: str, said: str
) -> None:
    lines = refusal(with_changes(right, *CLASSES, *changes) + added)
    assert any(said in line for line in lines), lines


@pytest.mark.parametrize(
    ("changes", "added", "said"),
    [
        ([('"composition"\n', '"composition"\nduplicates = "majority"\n')], "", "majority is for classes"),
        ([], SCREEN, '"gap" is learned as a number: leave class out'),
        ([("ridge", "logistic")], "", "models[0].kind: logistic learns classification only"),
    ],
)
def test_mistakes_with_numbers(
    refusal: Refusal, right: str, changes: list[tuple[str, str]], added: str, said: str
) -> None:
    lines = refusal(with_changes(right, *changes) + added)
    assert any(said in line for line in lines), lines


def test_a_class_that_is_not_there(right: str, load: Callable[[str], Campaign]) -> None:
    text = with_changes(right, *CLASSES).replace("folds = 3", "folds = 2") + SCREEN.replace("true", '"metl"')
    campaign = load(text, "composition,gap\nNaCl,gap\nCu,metal\nAg,metal\nKCl,gap\nLiF,gap\n")  # type: ignore[call-arg]
    with pytest.raises(InvalidInput, match='unknown class "metl": did you mean "metal"'):
        preflight(campaign)


def test_more_rows_than_a_model_of_steep_cost_takes_are_refused_before_anything_is_written(
    right: str, load: Callable[[str], Campaign], tmp_path: Path
) -> None:
    text = with_changes(right, ("ridge", "svm"), ("folds = 3", "folds = 2"))
    campaign = load(text + "params = { max_rows = 4 }\n")
    with pytest.raises(
        InvalidInput,
        match=r"models\[0\] \(svm\): 5 rows of gap are more than its max_rows = 4, since its cost grows",
    ):
        preflight(campaign)
    assert not (tmp_path / "workspace").exists()
    preflight(load(text + "params = { max_rows = 4, subsample = true }\n"))
    inside = '[[models]]\nkind = "stacking"\nparams = { members = ["svm", "ridge"] }\n'
    with pytest.raises(InvalidInput, match=r"models\[0\] \(svm\)"):
        preflight(load(text + "params = { max_rows = 4 }\n" + inside))


def test_rows_of_classes_are_read_as_texts(right: str, load: Callable[[str], Campaign]) -> None:
    (rows,) = examined_rows(load(with_changes(right, *CLASSES)))
    assert rows.labels["gap"].tolist() == ["0", "1", "1", "0", "0"]
