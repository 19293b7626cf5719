"""`objective` of a target: which settings of the models follow from it, and what of them a person may still set."""

from __future__ import annotations

from pathlib import Path

import pytest

from matsluice.flows.campaign_file import load_campaign
from matsluice.infra.mistakes import InvalidInput
from matsluice.models.catalogue import MODELS

CAMPAIGN = """
[campaign]
name = "a"
[data]
source = "csv"
path = "a.csv"
formula = "formula"
[[targets]]
column = "gap"
{of_gap}
[features]
blocks = ["composition.elemental"]
[[models]]
kind = "extra_trees"
[[models]]
name = "of-means"
kind = "extra_trees"
params = {{ predicts = "mean" }}
[[models]]
kind = "xgboost"
[[models]]
kind = "stacking"
params = {{ members = ["extra_trees", "of-means", "svm"] }}
[[models]]
kind = "hurdle"
params = {{ classifiers = ["extra_trees", "logistic"], regressors = ["svm", "of-means"] }}
"""


def read(folder: Path, of_gap: str, more: str = "") -> object:
    (folder / "a.csv").write_text("formula,gap,width\nNaCl,1,2\n", encoding="utf-8")
    (folder / "a.toml").write_text(CAMPAIGN.format(of_gap=of_gap) + more, encoding="utf-8")
    return load_campaign(folder / "a.toml")


def settings(campaign: object, objective: str) -> dict[str, dict[str, object]]:
    models = campaign.models  # type: ignore[attr-defined]
    return {model.name: model.parameters_for("regression", models, objective) for model in models}


def test_medians_where_the_absolute_error_counts(tmp_path: Path) -> None:
    found = settings(read(tmp_path, 'unit = "eV"\nobjective = "mae"'), "mae")
    assert found["extra_trees"]["predicts"] == "median"
    assert found["of-means"]["predicts"] == "mean"
    assert found["xgboost"]["loss"] == "mae"
    assert found["stacking"]["objective"] == "mae"
    assert found["hurdle"]["predicts"] == "median"
    members = found["stacking"]["members"]
    assert [one["params"]["predicts"] for one in members[:2]] == ["median", "mean"]  # type: ignore[index]
    classifiers = found["hurdle"]["classifiers"]
    assert classifiers[0]["params"]["max_features"] == "sqrt"  # type: ignore[index]
    assert classifiers[1] == "logistic"  # type: ignore[index]


def test_means_otherwise_as_without_the_key(tmp_path: Path) -> None:
    by_default = settings(read(tmp_path, 'unit = "eV"'), "mse")
    assert settings(read(tmp_path, 'unit = "eV"\nobjective = "mse"'), "mse") == by_default
    assert by_default["extra_trees"]["predicts"] == "mean"
    assert by_default["xgboost"]["loss"] == "mse"


def test_targets_of_different_objectives(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("formula,gap,width\nNaCl,1,2\n", encoding="utf-8")
    campaign = read(tmp_path, 'unit = "eV"\nobjective = "mae"\n[[targets]]\ncolumn = "width"\nunit = "Å"')
    assert settings(campaign, "mae")["extra_trees"]["predicts"] == "median"
    assert settings(campaign, "mse")["extra_trees"]["predicts"] == "mean"
    assert settings(campaign, "mse")["of-means"]["predicts"] == "mean"


@pytest.mark.parametrize(
    ("of_gap", "members", "said"),
    [
        ('unit = "eV"\nobjective = "mea"', "", 'objective: unknown word "mea": did you mean "m'),
        ('task = "classification"\nobjective = "mae"', "", "objective is for regression"),
        ('unit = "eV"', 'classifiers = ["ridge", "svm"]', "ridge does not learn classification"),
        ('unit = "eV"', 'regressors = ["ridge", "stacking"]', 'unknown model "stacking"'),
        ('unit = "eV"', 'regressors = ["ridge"]', "two or more models"),
    ],
)
def test_what_cannot_be(tmp_path: Path, of_gap: str, members: str, said: str) -> None:
    more = f'\n[[models]]\nname = "b"\nkind = "hurdle"\nparams = {{ {members} }}' if members else ""
    with pytest.raises(InvalidInput, match=said):
        read(tmp_path, of_gap, more)


def test_an_objective_changes_only_parameters_that_a_kind_has() -> None:
    for spec in MODELS.values():
        for objective, changed in spec.by_objective.items():
            assert objective in {"mse", "mae"}
            # Those of every task are filled in before the objective is looked at.
            assert set(changed) <= set(spec.by_task["regression"])
