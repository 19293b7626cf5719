"""What an ensemble's members disagree about, and what a model leans on."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from matsluice.models.catalogue import MODELS, make_model
from matsluice.models.importance import feature_importance
from matsluice.models.spread import ensemble_spread

Table = Any  # conftest.py has it

# The table has no noise, so the likelihood of a Gaussian process is flat at its best, and on one numeric thread the
# search ends within rounding of it. What is tested here is not how well it fits.
pytestmark = pytest.mark.filterwarnings("ignore:lbfgs failed to converge.*\\s+ABNORMAL")

REGRESSORS = [name for name, spec in MODELS.items() if "regression" in spec.tasks]
FORESTS = ("random_forest", "extra_trees")
# What has neither coefficients nor impurities: a radial kernel, neighbours, layers, a formula, others' predictions.
MUTE = {"dummy", "svm", "knn", "gaussian_process", "mlp", "sisso", "stacking", "hurdle"}


def few_trees(kind: str) -> dict[str, Any]:
    if kind == "stacking":
        return {"members": ("ridge", "decision_tree")}
    return {"n_estimators": 30} if "n_estimators" in MODELS[kind].parameters else {}


@pytest.mark.parametrize("kind", [name for name in REGRESSORS if name not in FORESTS])
def test_a_model_without_members_has_no_spread(table: Table, kind: str) -> None:
    assert ensemble_spread(make_model(kind, few_trees(kind), seed=0).fit(table.X, table.y), table.X) is None


@pytest.mark.parametrize("kind", FORESTS)
def test_the_spread_of_a_forest_is_that_of_its_trees(table: Table, kind: str) -> None:
    forest = make_model(kind, {"n_estimators": 7}, seed=0).fit(table.X, table.y)
    filled = forest[0].transform(table.X)
    trees = np.stack([tree.predict(filled) for tree in forest[-1].estimators_])
    spread = ensemble_spread(forest, table.X)
    assert spread is not None
    assert spread == pytest.approx(trees.std(axis=0, ddof=1))
    # The mean of the same members is the prediction.
    assert trees.mean(axis=0) == pytest.approx(forest.predict(table.X))


def test_the_spread_is_larger_where_nothing_was_learned_from(table: Table) -> None:
    forest = make_model("random_forest", {"n_estimators": 50}, seed=0).fit(table.X, table.y)
    far = ensemble_spread(forest, table.X * [4, 4, 1, 1])
    near = ensemble_spread(forest, table.X)
    assert far is not None
    assert near is not None
    assert far.mean() > near.mean()


@pytest.mark.parametrize("kind", REGRESSORS)
def test_importances_are_shares_and_find_the_cause(table: Table, kind: str) -> None:
    importance = feature_importance(make_model(kind, few_trees(kind), seed=0).fit(table.X, table.y))
    if kind in MUTE:
        assert importance is None
        return
    assert importance is not None
    assert importance.shape == (4,)
    assert importance.sum() == pytest.approx(1.0)
    assert importance.argmax() == 0
    assert importance[3] == pytest.approx(0.0)  # it never varies


def test_a_linear_machine_has_coefficients(table: Table) -> None:
    importance = feature_importance(make_model("svm", {"kernel": "linear"}, seed=0).fit(table.X, table.y))
    assert importance is not None
    assert importance.argmax() == 0


def test_a_model_that_uses_nothing(table: Table) -> None:
    importance = feature_importance(make_model("ridge", {}, seed=0).fit(table.X, np.ones(80)))
    assert importance is not None
    assert importance.tolist() == [0.0] * 4


@pytest.mark.parametrize("kind", ["logistic", "decision_tree", "random_forest", "extra_trees", "xgboost"])
@pytest.mark.parametrize("classes", [2, 3])
def test_importances_of_classifiers(table: Table, kind: str, classes: int) -> None:
    place = np.digitize(table.X[:, 0], np.quantile(table.X[:, 0], np.arange(1, classes) / classes))
    fitted = make_model(kind, few_trees(kind), 0, "classification").fit(table.X, place)
    importance = feature_importance(fitted)
    assert importance is not None
    assert importance.shape == (4,)
    assert importance.sum() == pytest.approx(1.0)
    assert importance.argmax() == 0
