"""What perceptrons learn, record and say of their own spread."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_diabetes, make_friedman1
from sklearn.neural_network import MLPRegressor as SklearnMLP
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from matsluice.models.multilayer_perceptron.estimators import MLPClassifier, MLPRegressor
from matsluice.models.multilayer_perceptron.perceptron import ACTIVATIONS

CHANCE = np.random.default_rng(0)
X = CHANCE.uniform(-1, 1, size=(200, 3))
Y = np.sin(3 * X[:, 0]) + X[:, 1] * X[:, 2]


def missed(model: MLPRegressor) -> float:
    return float(np.sqrt(((model.predict(X) - Y) ** 2).mean()) / Y.std())


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_learns(activation: str) -> None:
    model = MLPRegressor((16,), activation=activation, optimizer="lbfgs", epochs=300, alpha=1e-6)
    assert missed(model.fit(X, Y)) < 0.1


@pytest.mark.parametrize("loss", ["mse", "mae", "huber"])
def test_every_loss_learns_and_is_what_the_record_says(loss: str) -> None:
    model = MLPRegressor((16,), loss=loss, optimizer="lbfgs", activation="tanh", epochs=200, alpha=0.0).fit(
        X, Y
    )
    apart = np.abs(model.predict(X) - Y) / Y.std()
    expected = {"mse": apart**2, "mae": apart, "huber": np.where(apart <= 1, apart**2 / 2, apart - 0.5)}[loss]
    assert expected.mean() == pytest.approx(min(model.history_["loss"]), rel=1e-6)
    assert missed(model) < 0.2


def test_absolute_errors_look_past_outliers() -> None:
    spoilt = Y.copy()
    spoilt[::10] += 100.0
    straight = MLPRegressor((), optimizer="lbfgs", epochs=200, alpha=0.0, loss="mae").fit(
        X[:, :1], 2 * X[:, 0] + np.where(spoilt > 50, 100, 0)
    )
    assert straight.predict([[0.0], [1.0]]) == pytest.approx([0, 2], abs=0.2)


def test_a_schedule_is_followed() -> None:
    fits = {
        schedule: MLPRegressor((8,), optimizer="adam", epochs=60, learning_rate=0.05, schedule=schedule).fit(
            X, Y
        )
        for schedule in ("constant", "cosine", "warm_cosine", "exponential", "step", "inverse")
    }
    assert len({one.predict(X).tobytes() for one in fits.values()}) == 6
    # Where the rate falls to nothing, so do the last steps.
    late = {name: abs(one.history_["loss"][-1] - one.history_["loss"][-2]) for name, one in fits.items()}
    assert late["cosine"] < late["constant"]


def few_rows(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return 60 rows of a measured property, or of a smooth function with noise, and 200 to be predicted below them."""
    if name == "diabetes":
        measured, progress = load_diabetes(return_X_y=True)
        order = np.random.default_rng(11).permutation(len(measured))[:260]
        return measured[order], progress[order]
    given: tuple[np.ndarray, np.ndarray] = make_friedman1(260, n_features=10, noise=1.0, random_state=11)
    return given


@pytest.mark.parametrize(("name", "share"), [("diabetes", 0.95), ("friedman", 0.65)])
def test_the_defaults_are_good_on_few_rows(name: str, share: float) -> None:
    """They beat the mean, also where most is noise, and are at most a little behind scikit-learn's network."""
    features, wanted = few_rows(name)
    model = MLPRegressor().fit(features[:60], wanted[:60])
    theirs = make_pipeline(
        StandardScaler(), SklearnMLP(hidden_layer_sizes=(100, 100), max_iter=1000, random_state=0)
    )
    theirs.fit(features[:60], (wanted[:60] - wanted[:60].mean()) / wanted[:60].std())
    rest = wanted[60:]
    error, guess, their_error = (
        np.abs(one - rest).mean()
        for one in (
            model.predict(features[60:]),
            wanted[:60].mean(),
            theirs.predict(features[60:]) * wanted[:60].std() + wanted[:60].mean(),
        )
    )
    assert error < share * guess
    assert error < 1.15 * their_error


def test_early_stopping_keeps_the_weights_of_the_least_validation_loss() -> None:
    noisy = Y + CHANCE.normal(scale=1.0, size=200)
    model = MLPRegressor((64,), optimizer="lbfgs", activation="tanh", epochs=500, alpha=0.0, early_stopping=True,
                         validation_share=0.25, patience=10).fit(X, noisy)  # fmt: skip
    losses = model.history_["validation_loss"]
    assert model.stopped_ == "early"
    assert len(losses) == int(np.argmin(losses)) + 1 + 10
    assert model.loss_ == min(losses)


def test_the_record_counts_epochs_gradients_and_seconds() -> None:
    model = MLPRegressor((8,), epochs=7, batch_size=64, optimizer="adam").fit(X, Y)
    table = pd.DataFrame(model.history_)
    assert list(table.columns) == ["epoch", "loss", "seconds", "gradient_evaluations"]
    assert table["epoch"].tolist() == [1, 2, 3, 4, 5, 6, 7]
    assert table["gradient_evaluations"].tolist() == [4, 8, 12, 16, 20, 24, 28]
    assert table["seconds"].is_monotonic_increasing
    assert model.stopped_ == "epochs"


def test_an_ensemble_spreads_where_there_are_no_rows() -> None:
    model = MLPRegressor((16,), optimizer="lbfgs", activation="tanh", epochs=200, ensemble=5).fit(X[:, :1], Y)
    predicted, spread = model.predict([[0.0], [6.0]], return_std=True)
    assert model.weights_.shape[0] == 5
    assert spread[1] > 3 * spread[0] > 0
    assert predicted == pytest.approx(model.predict([[0.0], [6.0]]))


def test_dropout_spreads_and_a_row_has_its_spread_whatever_stands_beside_it() -> None:
    model = MLPRegressor((32,), dropout=0.2, epochs=60, learning_rate=0.01).fit(X, Y)
    _, spread = model.predict(X, return_std=True)
    assert (spread > 0).all()
    assert model.predict(X[5:6], return_std=True)[1] == pytest.approx(spread[5:6], rel=1e-9)


def test_one_network_without_dropout_has_no_spread() -> None:
    with pytest.raises(ValueError, match="a spread needs several opinions: fit with ensemble=5"):
        MLPRegressor((8,), epochs=2).fit(X, Y).predict(X, return_std=True)


def test_probabilities_of_three_classes_and_their_spread() -> None:
    wanted = np.array(["a", "b", "c"])[np.digitize(X[:, 0], [-0.3, 0.3])]
    model = MLPClassifier((16,), optimizer="lbfgs", epochs=100, ensemble=2).fit(X, wanted)
    mean, spread = model.predict_proba(X, return_std=True)
    assert mean.sum(axis=1) == pytest.approx(1.0)
    assert spread.shape == (200, 3)
    assert model.score(X, wanted) > 0.95


def test_float32_is_near_float64_and_leaves_no_trace() -> None:
    import jax.numpy as jnp

    before = jnp.ones(1).dtype
    fits = [
        MLPRegressor((8,), epochs=30, precision=one).fit(X, Y).predict(X) for one in ("float32", "float64")
    ]
    assert fits[0] == pytest.approx(fits[1], abs=1e-3)
    assert jnp.ones(1).dtype == before


ELSEWHERE = """
import os, sys
os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[:int(sys.argv[1])]))
import numpy as np
from matsluice.models import KANRegressor, MLPRegressor
X = np.random.default_rng(0).uniform(-1, 1, size=(700, 20))
y = np.sin(3 * X[:, 0]) + X[:, 1] * X[:, 2]
for model in (MLPRegressor((128, 128), epochs=2), KANRegressor(hidden=(3,), grid=3, steps=6)):
    print(model.fit(X, y).predict(X).tobytes().hex()[:4000])
"""


def test_one_core_and_two_give_the_same_bits() -> None:
    if len(os.sched_getaffinity(0)) < 2:
        pytest.skip("this machine has one core")
    alone = {name: text for name, text in os.environ.items() if not name.endswith("_NUM_THREADS")}
    said = [
        subprocess.run(
            [sys.executable, "-c", ELSEWHERE, cores], capture_output=True, text=True, check=True, env=alone
        )
        for cores in ("1", "2")
    ]
    assert said[0].stdout == said[1].stdout
    assert len(said[0].stdout) > 8000
