"""Input that a network cannot learn from, or that would break one that was not made for it."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from matsluice.models.kolmogorov_arnold.estimators import KANClassifier, KANRegressor
from matsluice.models.multilayer_perceptron.estimators import MLPClassifier, MLPRegressor

REGRESSORS = {
    "mlp": lambda **more: MLPRegressor(**{"hidden": (8,), "epochs": 150, "optimizer": "lbfgs", **more}),
    "kan": lambda **more: KANRegressor(**{"hidden": (2,), "grid": 3, "steps": 40, "refine": False, **more}),
}
CLASSIFIERS = {
    "mlp": lambda: MLPClassifier(hidden=(8,), epochs=50),
    "kan": lambda: KANClassifier(hidden=(2,), grid=3, steps=20),
}
every_regressor = pytest.mark.parametrize("make", REGRESSORS.values(), ids=REGRESSORS.keys())
every_classifier = pytest.mark.parametrize("make", CLASSIFIERS.values(), ids=CLASSIFIERS.keys())


def table(rows: int = 50, columns: int = 3) -> tuple[np.ndarray, np.ndarray]:
    X = np.random.default_rng(3).uniform(-1, 1, size=(rows, columns))
    return X, X[:, 0] + X[:, 1] ** 2


@every_regressor
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_feature_that_is_not_finite(make: Any, value: float) -> None:
    X, y = table()
    X[7, 1] = value
    with pytest.raises(ValueError, match=r"NaN|infinity"):
        make().fit(X, y)


@every_regressor
def test_constant_columns_are_ignored_also_where_they_vary_later(make: Any) -> None:
    X, y = table()
    X[:, 2] = 2.5
    model = make().fit(X, y)
    other = X.copy()
    other[:, 2] = 1e6
    assert model.predict(other) == pytest.approx(model.predict(X), abs=1e-12)


@every_regressor
def test_only_constant_features_leave_the_mean(make: Any) -> None:
    y = np.linspace(0, 1, 50)
    assert make().fit(np.full((50, 2), 3.0), y).predict(np.full((4, 2), 3.0)) == pytest.approx(0.5, abs=1e-3)


@every_regressor
def test_a_constant_target_is_predicted(make: Any) -> None:
    X, _ = table()
    assert make().fit(X, np.full(50, 7.0)).predict(X) == pytest.approx(7.0, abs=1e-3)


@every_classifier
def test_one_class_is_refused(make: Any) -> None:
    with pytest.raises(ValueError, match="got one class only, 'a': at least two"):
        make().fit(table()[0], ["a"] * 50)


@every_regressor
def test_one_row_is_refused(make: Any) -> None:
    with pytest.raises(ValueError, match="n_samples = 1"):
        make().fit([[1.0, 2.0]], [3.0])


@every_regressor
def test_rows_without_weight_do_not_count_as_rows(make: Any) -> None:
    X, y = table(3)
    with pytest.raises(ValueError, match="n_samples = 1"):
        make().fit(X, y, sample_weight=[0.0, 1.0, 0.0])


@every_regressor
def test_more_features_than_rows(make: Any) -> None:
    X, y = table(12, 40)
    assert np.isfinite(make().fit(X, y).predict(X)).all()


@every_regressor
@pytest.mark.parametrize("scale", [1e12, 1e-12])
def test_huge_and_tiny_scales_change_nothing(make: Any, scale: float) -> None:
    X, y = table()
    plain = make().fit(X, y).predict(X)
    scaled = make().fit(X * scale, y * scale).predict(X * scale)
    assert scaled / scale == pytest.approx(plain, abs=2e-2)


@every_regressor
def test_integer_targets(make: Any) -> None:
    X, y = table()
    whole = np.round(10 * y).astype(int)
    assert (make().fit(X, whole).predict(X) == make().fit(X, whole.astype(float)).predict(X)).all()


def test_an_exploding_loss_stops_and_keeps_the_best_weights() -> None:
    X, y = table()
    with pytest.warns(ConvergenceWarning, match=r"the loss exploded in epoch \d+ \(gd, learning rate 50\)"):
        model = MLPRegressor(
            (8,), optimizer="gd", learning_rate=50.0, activation="relu", schedule="constant", alpha=0.0
        ).fit(X, y)
    assert model.stopped_ == "diverged"
    losses = model.history_["loss"]
    assert len(losses) < 300
    # The best weights are those of the least loss: the ones it started from, or better.
    assert ((model.predict(X) - y) ** 2).mean() / y.var() == pytest.approx(np.nanmin(losses), rel=0.05)
    assert np.isfinite(model.predict(X)).all()


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"optimizer": "adamm"}, 'optimizer="adamm" is unknown: did you mean "adam"'),
        ({"activation": "reluu"}, 'activation="reluu" is unknown: did you mean "relu"'),
        ({"loss": "rmse"}, 'loss="rmse" is unknown: did you mean "mse"'),
        ({"schedule": "cosin"}, 'did you mean "cosine"'),
        ({"precision": "float16"}, "float64"),
        ({"epochs": 0}, "epochs=0 is not allowed"),
        ({"hidden": (0,)}, "a width in hidden=0 is not allowed"),
        ({"hidden": "64"}, "give the widths"),
        ({"learning_rate": -1.0}, "learning_rate=-1.0 is not allowed"),
        ({"dropout": 1.0}, "dropout=1.0 is not allowed"),
        ({"ensemble": 0}, "ensemble=0"),
        ({"momentum": 1.5}, "momentum=1.5"),
    ],
)
def test_a_setting_that_cannot_be_used(settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=re.escape(sentence)) as refused:
        MLPRegressor(**settings).fit(*table())
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"grid": 0}, "grid=0 is not allowed"),
        ({"grid": (10, 5)}, "several that grow"),
        ({"degree": 0}, "degree=0 is not allowed"),
        ({"steps": 0}, "steps=0 is not allowed"),
        ({"adaptive": 2}, "adaptive=2 is not allowed"),
        ({"early_stopping": "always"}, 'early_stopping="always" is unknown'),
    ],
)
def test_a_setting_of_a_kan_that_cannot_be_used(settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=re.escape(sentence)):
        KANRegressor(**settings).fit(*table())
