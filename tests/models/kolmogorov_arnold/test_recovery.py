"""From samples of a formula to the formula: fit, prune, read; and what travels with a fitted network."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest

from matsluice.models.kolmogorov_arnold.estimators import KANClassifier, KANRegressor

Fitted = tuple[KANRegressor, KANRegressor, pd.DataFrame, Any]


@pytest.fixture(scope="module")
def fitted() -> Fitted:
    """A [3, 3, 1] network of exp(sin πx + y²) with a third feature that says nothing, and the pruned one."""
    X = pd.DataFrame(np.random.default_rng(0).uniform(-1, 1, size=(400, 3)), columns=["x", "y", "z"])
    y = np.exp(np.sin(np.pi * X["x"]) + X["y"] ** 2).to_numpy()
    model = KANRegressor(hidden=(3,), steps=100).fit(X, y)
    return model, model.prune(), X, y


def test_the_formula_comes_back(fitted: Fitted) -> None:
    import sympy

    model, pruned, *_ = fitted
    assert model.sizes_ == (3, 3, 1)
    assert pruned.sizes_ == (2, 1, 1)
    assert pruned.features_used_ == ["x", "y"]
    x, other = sympy.symbols("x y", real=True)
    assert sympy.simplify(pruned.symbolic() - sympy.exp(sympy.sin(sympy.pi * x) + other**2)) == 0
    assert {one.function for one in pruned.symbolic_edges_} == {"sin", "x^2", "exp"}
    assert min(one.r2 for one in pruned.symbolic_edges_) > 0.999
    assert pruned.symbolic_r2_ == pytest.approx(1.0, abs=1e-10)


def test_the_pruned_network_predicts_from_the_same_columns(fitted: Fitted) -> None:
    _, pruned, X, y = fitted
    missed = np.sqrt(((pruned.predict(X) - y) ** 2).mean()) / y.std()
    assert missed < 1e-3
    other = X.assign(z=0.123)
    assert (pruned.predict(other) == pruned.predict(X)).all()
    assert pruned.feature_importances_[2] == 0
    assert pruned.feature_importances_.sum() == pytest.approx(1.0)


def test_the_history_goes_on_through_every_stage(fitted: Fitted) -> None:
    model, pruned, *_ = fitted
    for one in (model, pruned):
        table = one.history_
        assert table["epoch"] == list(range(1, len(table["loss"]) + 1))
        assert all(np.diff(table["seconds"]) >= 0)
        assert all(np.diff(table["gradient_evaluations"]) >= 0)
    assert model.history_["loss"][-1] < 1e-4 * model.history_["loss"][0]
    assert len(pruned.history_["loss"]) > len(model.history_["loss"])


def test_a_picture_has_a_box_for_every_edge(fitted: Fitted) -> None:
    model, pruned, *_ = fitted
    assert len(pruned.draw().axes) == 1 + 3
    assert len(model.draw().axes) == 1 + 12


def test_a_loaded_network_can_be_read_but_not_pruned_without_all_rows() -> None:
    X = np.random.default_rng(1).uniform(-1, 1, size=(1200, 2))
    y = 2 * X[:, 0]
    model = KANRegressor(hidden=(1,), grid=3, steps=30, refine=False).fit(X, y)
    loaded = pickle.loads(pickle.dumps(model))
    assert len(pickle.dumps(model)) < 200_000
    assert (loaded.predict(X) == model.predict(X)).all()
    with pytest.raises(ValueError, match="a pickle keeps 1000 of the training rows"):
        loaded.prune()
    assert loaded.prune(X, y).features_used_ == [0]


def test_a_network_nobody_can_read_is_refused() -> None:
    X = np.random.default_rng(1).uniform(-1, 1, size=(60, 20))
    model = KANRegressor(hidden=(4,), grid=2, steps=3).fit(X, X[:, 0])
    with pytest.raises(ValueError, match=r"84 edges gives no formula to read: prune it first"):
        model.symbolic()
    with pytest.raises(ValueError, match='library="sine" is unknown: did you mean "sin"'):
        model.symbolic(library=["sine"])


def test_a_classifier_is_pruned_and_read() -> None:
    X = np.random.default_rng(2).uniform(-1, 1, size=(300, 3))
    wanted = np.where(X[:, 1] > 0.2, "metal", "insulator")
    model = KANClassifier(hidden=(2,), grid=3, steps=40, smoothness=1e-3).fit(X, wanted)
    pruned = model.prune(tolerance=0.05)
    assert pruned.features_used_ == [1]
    assert pruned.score(X, wanted) > 0.97
    assert {str(one) for one in pruned.symbolic().free_symbols} == {"x1"}


def test_a_node_that_adds_nothing_up_is_read_with_what_follows() -> None:
    import sympy

    X = np.random.default_rng(0).uniform(1, 3, size=(300, 1))
    y = np.exp(-(X[:, 0] ** 2) / 2)
    model = KANRegressor(hidden=(1,), steps=100).fit(X, y)
    x0 = sympy.Symbol("x0", real=True)
    read = model.symbolic()
    assert sympy.simplify(read - sympy.exp(-(x0**2) / 2)) == 0, read
    assert [(one.layer, one.function) for one in model.symbolic_edges_] == [(0, "x"), (1, "gaussian")]


def test_what_is_read_has_a_value_on_every_row() -> None:
    """A distance in the plane: one row lies where a root that fits the others has no value."""
    X = np.random.default_rng(0).uniform(1, 5, size=(2000, 4))
    x, y, s, t = X.T
    wanted = np.sqrt(x**2 + y**2 - 2 * x * y * np.cos(s - t))
    model = KANRegressor(hidden=(2,), steps=30, refine=False).fit(X, wanted)
    model.symbolic()
    assert np.isfinite(model.symbolic_r2_)
    with pytest.raises(ValueError, match="has a value on all rows"):
        model.symbolic(library=["log"])
