"""What each optimiser does to the weights, step by step, against its equations worked out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from matsluice.models.multilayer_perceptron.perceptron import Perceptron
from matsluice.models.networks.numeric_context import computing_in
from matsluice.models.networks.objective import Objective
from matsluice.models.networks.optimizers import Moments
from matsluice.models.networks.plan import Plan
from matsluice.models.networks.rows import padded_rows
from matsluice.models.networks.training import train

ROWS = 40
RATE = 0.02
X = np.random.default_rng(1).normal(size=(ROWS, 3))
Y = X @ np.array([1.0, -2.0, 0.5]) + 0.3
START = np.random.default_rng(2).normal(size=4)


def gradient(theta: np.ndarray) -> np.ndarray:
    """The gradient of the mean squared error of f(x) = w x + b, by hand."""
    missed = X @ theta[:3] + theta[3] - Y
    return np.append(2 * X.T @ missed, 2 * missed.sum()) / ROWS


def weights_after(steps: int, **settings: Any) -> np.ndarray:
    """The weights that training arrives at, all rows in every step."""
    plan = Plan(epochs=steps, learning_rate=RATE, batch_size=ROWS, tolerance=0.0, patience=steps, **settings)
    objective = Objective(Perceptron((3, 1), "relu"), "mse")
    with computing_in("float64"):
        rows = padded_rows(X, Y, np.ones(ROWS), "float64")
        # The record's best weights are those before the last update: one step more gives those after it.
        return train(objective, START, rows, {"alpha": np.float64(0)}, plan, seed=0).weights


def test_gradient_descent() -> None:
    theta = START.copy()
    for _ in range(24):
        theta = theta - RATE * gradient(theta)
    assert weights_after(25, optimizer="gd") == pytest.approx(theta, rel=1e-12)


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9])
def test_descent_with_momentum(momentum: float) -> None:
    theta, movement = START.copy(), np.zeros(4)
    seen = []
    for _ in range(12):
        seen.append(theta)
        movement = momentum * movement + gradient(theta)
        theta = theta - RATE * movement
    found = weights_after(12, optimizer="sgd", moments=Moments(momentum=momentum))
    losses = [((X @ one[:3] + one[3] - Y) ** 2).mean() for one in seen]
    assert found == pytest.approx(seen[int(np.argmin(losses))], rel=1e-12)


@pytest.mark.parametrize(("beta_1", "beta_2", "epsilon"), [(0.9, 0.999, 1e-8), (0.5, 0.9, 1e-3)])
def test_adam_is_the_lectures(beta_1: float, beta_2: float, epsilon: float) -> None:
    """m ← β₁ m + (1−β₁) g, v ← β₂ v + (1−β₂) g², θ ← θ − α m̂ / (√v̂ + ε)."""
    theta, m, v = START.copy(), np.zeros(4), np.zeros(4)
    for t in range(1, 25):
        g = gradient(theta)
        m = beta_1 * m + (1 - beta_1) * g
        v = beta_2 * v + (1 - beta_2) * g**2
        m_hat, v_hat = m / (1 - beta_1**t), v / (1 - beta_2**t)
        theta = theta - RATE * m_hat / (np.sqrt(v_hat) + epsilon)
    moments = Moments(beta_1=beta_1, beta_2=beta_2, epsilon=epsilon)
    assert weights_after(25, optimizer="adam", moments=moments) == pytest.approx(theta, rel=1e-11)


def test_a_mini_batch_step_is_the_gradient_of_its_rows() -> None:
    """Two batches of 20: whichever rows come first, both steps follow from some division of the rows in two."""
    plan = Plan(
        optimizer="sgd",
        epochs=1,
        learning_rate=RATE,
        batch_size=20,
        tolerance=0.0,
        moments=Moments(momentum=0.0),
    )
    objective = Objective(Perceptron((3, 1), "relu"), "mse")
    with computing_in("float64"):
        rows = padded_rows(X, Y, np.ones(ROWS), "float64")
        found = train(objective, START, rows, {"alpha": np.float64(0)}, plan, seed=5)
    order = np.random.default_rng(5).permutation(ROWS)
    theta = START.copy()
    for batch in (order[:20], order[20:]):
        missed = X[batch] @ theta[:3] + theta[3] - Y[batch]
        theta = theta - RATE * np.append(2 * X[batch].T @ missed, 2 * missed.sum()) / 20
    assert found.weights == pytest.approx(theta, rel=1e-12)
    assert found.record.gradient_evaluations == [2]


def test_lbfgs_finds_the_least_squares_of_a_linear_model() -> None:
    exact = np.linalg.lstsq(np.column_stack([X, np.ones(ROWS)]), Y, rcond=None)[0]
    assert weights_after(60, optimizer="lbfgs") == pytest.approx(exact, abs=1e-6)
