"""What features add to predictions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from matsluice.models.catalogue import make_model
from matsluice.models.contributions import contributions, leading

CHANCE = np.random.default_rng(4)
X = CHANCE.normal(size=(120, 4)) * [1, 10, 0.1, 3] + [0, 5, 2, -1]
Y = 100.0 + 7.0 * X[:, 0] - 2.0 * X[:, 1]


@pytest.mark.parametrize("kind", ["linear", "ridge", "lasso", "elastic_net", "xgboost"])
def test_they_add_up_to_what_sets_a_prediction_apart(kind: str) -> None:
    model = make_model(kind, {"n_estimators": 30} if kind == "xgboost" else {}, seed=1).fit(X, Y)
    given = contributions(model, X)
    assert given is not None
    rest = model.predict(X) - given.sum(axis=1)
    # It is one number, the mean prediction.
    assert np.ptp(rest) < 1e-3
    if kind != "xgboost":
        assert rest[0] == pytest.approx(model.predict(X).mean())
    assert np.abs(given).mean(axis=0).argsort()[::-1][:2].tolist() == [1, 0]


@pytest.mark.parametrize("kind", ["logistic", "xgboost"])
@pytest.mark.parametrize("classes", [2, 3])
def test_of_classes_they_are_log_odds(kind: str, classes: int) -> None:
    y = np.digitize(X[:, 0], [0.0] if classes == 2 else [-0.5, 0.5])
    parameters: dict[str, Any] = {"n_estimators": 20} if kind == "xgboost" else {}
    model = make_model(kind, parameters, 1, "classification").fit(X, y)
    low, high = contributions(model, X, 0), contributions(model, X, classes - 1)
    assert low is not None
    assert high is not None
    assert (np.abs(high).mean(axis=0).argmax(), np.abs(low).mean(axis=0).argmax()) == (0, 0)
    assert np.corrcoef(high[:, 0], X[:, 0])[0, 1] > 0.6
    assert np.corrcoef(low[:, 0], X[:, 0])[0, 1] < -0.6
    if classes == 2:
        assert (low == -high).all()
    assert contributions(model, X, 9) is None


def test_other_models_do_not_say() -> None:
    for kind in ("knn", "random_forest", "svm", "dummy"):
        parameters: dict[str, Any] = {"n_estimators": 3} if kind == "random_forest" else {}
        assert contributions(make_model(kind, parameters, 0).fit(X, Y), X) is None


def test_the_largest_stand_first() -> None:
    given = np.array([[0.1, -2.0, 0.0, 0.003], [0.0, 0.0, 0.0, 0.0]])
    assert leading(given, ("a", "b", "c", "d")) == ["b −2.00; a +0.10; d +3e−03", ""]
    assert leading(given, ("a", "b", "c", "d"), most=1) == ["b −2.00", ""]
