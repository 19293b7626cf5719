"""What features add to predictions of trees."""

from __future__ import annotations

import numpy as np
import pytest

from matsluice.models.catalogue import make_model
from matsluice.models.path_contributions import path_contributions

CHANCE = np.random.default_rng(4)
X = CHANCE.normal(size=(150, 4)) * [1, 10, 0.1, 3]
X[::17, 2] = np.nan
Y = 100.0 + 7.0 * X[:, 0] - 0.2 * X[:, 1]
KINDS = [
    ("decision_tree", {"max_depth": 5}),
    ("random_forest", {"n_estimators": 7}),
    ("extra_trees", {"n_estimators": 7}),
]


@pytest.mark.parametrize(("kind", "parameters"), KINDS)
def test_they_add_up_to_what_sets_a_prediction_apart(kind: str, parameters: dict[str, int]) -> None:
    model = make_model(kind, parameters, seed=1).fit(X, Y)
    given = path_contributions(model, X)
    assert given is not None
    assert given.shape == X.shape
    rest = model.predict(X) - given.sum(axis=1)
    # It is one number: the mean of what the trees have learned from.
    assert np.ptp(rest) < 1e-9
    assert rest[0] == pytest.approx(Y.mean(), abs=2.0)
    assert np.abs(given).mean(axis=0).argmax() == 0
    assert np.corrcoef(given[:, 1], X[:, 1])[0, 1] < -0.5


@pytest.mark.parametrize(("kind", "parameters"), KINDS)
@pytest.mark.parametrize("classes", [2, 3])
def test_of_classes_they_are_probabilities(kind: str, parameters: dict[str, int], classes: int) -> None:
    y = np.digitize(X[:, 0], [0.0] if classes == 2 else [-0.5, 0.5])
    model = make_model(kind, parameters, 1, "classification").fit(X, y)
    for place in range(classes):
        given = path_contributions(model, X, place)
        assert given is not None
        rest = model.predict_proba(X)[:, place] - given.sum(axis=1)
        assert np.ptp(rest) < 1e-9
        assert rest[0] == pytest.approx((y == place).mean(), abs=0.1)
    assert path_contributions(model, X, 9) is None


def test_a_row_has_the_same_alone() -> None:
    model = make_model("random_forest", {"n_estimators": 7}, seed=1).fit(X, Y)
    given = path_contributions(model, X)
    alone = path_contributions(model, X[3:4])
    assert given is not None
    assert alone is not None
    assert alone.tobytes() == given[3:4].tobytes()


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [
        ("ridge", {}),
        ("knn", {}),
        ("xgboost", {"n_estimators": 3}),
        ("random_forest", {"n_estimators": 3, "predicts": "median"}),
    ],
)
def test_what_is_no_mean_of_trees_has_none(kind: str, parameters: dict[str, object]) -> None:
    filled = np.nan_to_num(X)
    assert path_contributions(make_model(kind, parameters, seed=1).fit(filled, Y), filled) is None
