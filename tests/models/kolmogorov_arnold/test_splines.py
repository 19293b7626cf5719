"""Splines inside the compiled program, against scipy's, against differences, and on their way to another grid."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from matsluice.models.kolmogorov_arnold.curves import first_curves, on_new_grid
from matsluice.models.kolmogorov_arnold.network import KolmogorovArnold
from matsluice.models.kolmogorov_arnold.splines import basis_of, compiled_basis, spread_knots
from matsluice.models.networks.numeric_context import computing_in
from matsluice.models.networks.prediction import network_outputs

CHANCE = np.random.default_rng(5)
DEGREES = pytest.mark.parametrize("degree", [1, 2, 3, 5])


def column(degree: int) -> tuple[Any, Any]:
    """Values, some beyond the knots, and uneven knots."""
    knots = spread_knots(CHANCE.normal(size=200), np.ones(200), grid=6, degree=degree, adaptive=0.7)
    low, high = knots[degree], knots[-degree - 1]
    return np.concatenate([np.linspace(low - 1, high + 1, 400), [low, high]]), knots


@DEGREES
def test_compiled_splines_are_scipys(degree: int) -> None:
    x, knots = column(degree)
    with computing_in("float64"):
        found = np.asarray(compiled_basis(x[:, None], knots[None], degree))[:, 0]
    assert found.shape == (402, 6 + degree)
    assert found == pytest.approx(basis_of(x, knots, degree), abs=1e-12)


@DEGREES
def test_they_sum_to_one_everywhere(degree: int) -> None:
    x, knots = column(degree)
    assert basis_of(x, knots, degree).sum(axis=1) == pytest.approx(1.0, abs=1e-12)


@DEGREES
def test_their_given_slope_is_the_slope(degree: int) -> None:
    import jax

    x, knots = column(degree)
    x = x[np.abs(x[:, None] - knots).min(axis=1) > 1e-3]  # a polygon has none at its corners
    with computing_in("float64"):
        slope = jax.jvp(lambda v: compiled_basis(v[:, None], knots[None], degree), (x,), (np.ones_like(x),))[
            1
        ]
    step = 1e-6
    difference = (basis_of(x + step, knots, degree) - basis_of(x - step, knots, degree)) / (2 * step)
    assert np.asarray(slope)[:, 0] == pytest.approx(difference, abs=1e-6)


def test_knots_grow_where_values_repeat() -> None:
    few = np.repeat([0.0, 1.0], [95, 5])
    assert (np.diff(spread_knots(few, np.ones(100), grid=8, degree=3, adaptive=0.9)) > 0).all()
    assert (np.diff(spread_knots(np.zeros(9), np.ones(9), grid=4, degree=3, adaptive=0.5)) > 0).all()


def test_weights_count_as_repeated_rows() -> None:
    x, weights = CHANCE.normal(size=30), CHANCE.integers(1, 4, size=30)
    repeated = np.repeat(x, weights)
    by_weight = spread_knots(x, weights.astype(float), grid=5, degree=3, adaptive=0.5)
    assert by_weight == pytest.approx(spread_knots(repeated, np.ones(len(repeated)), 5, 3, 0.5), abs=1e-12)


def test_a_finer_grid_keeps_the_function() -> None:
    """Even knots, each second of which is an old one: the old curves can be had exactly."""
    network = KolmogorovArnold((2, 3, 1), grid=4, degree=3)
    X = CHANCE.uniform(-1, 1, size=(300, 2))
    curves = first_curves(network, network.start(CHANCE), X, np.ones(300), adaptive=0.0)
    finer = on_new_grid(curves, X, np.ones(300), grid=8, adaptive=0.0)
    assert finer.nodes(X)[-1] == pytest.approx(curves.nodes(X)[-1], abs=1e-8)


def test_inside_and_outside_the_compiled_program_it_is_one_network() -> None:
    network = KolmogorovArnold((3, 4, 2, 2), grid=5, degree=2)
    X = CHANCE.normal(size=(70, 3))
    curves = first_curves(network, network.start(CHANCE), X, np.ones(70), adaptive=0.5)
    far = 2 * X
    found = network_outputs(network, curves.weights, far, curves.given(), "float64")
    assert found == pytest.approx(curves.nodes(far)[-1], abs=1e-10)


def test_the_slopes_by_weights_are_those_of_automatic_differentiation() -> None:
    import jax

    network = KolmogorovArnold((2, 3, 1), grid=3, degree=3)
    X: Any = CHANCE.normal(size=(20, 2))
    curves = first_curves(network, network.start(CHANCE), X, np.ones(20), adaptive=0.5)
    weights: Any = curves.weights
    masks = (np.array([[1.0, 0, 1], [1, 1, 1]]), np.ones((3, 1)))
    given = curves.given()._replace(masks=masks)
    with computing_in("float64"):
        output, slopes = network.outputs_and_slopes(weights, X, given)
        expected = jax.jacrev(lambda w: network.outputs(w, X, given, None)[:, 0])(weights)
        assert np.asarray(output) == pytest.approx(np.asarray(network.outputs(weights, X, given, None)[:, 0]))
    assert np.asarray(slopes) == pytest.approx(np.asarray(expected), abs=1e-12)


def test_the_matrix_of_roughness_is_the_penalty() -> None:
    network = KolmogorovArnold((2, 3, 1), grid=3, degree=3)
    weights = network.start(CHANCE)
    curves = first_curves(network, weights, CHANCE.normal(size=(20, 2)), np.ones(20), adaptive=0.5)
    with computing_in("float64"):
        found = float(network.penalty(weights, None, curves.given(smoothness=2.0)))  # type: ignore[arg-type]
    assert found == pytest.approx(weights @ network.roughness() @ weights, rel=1e-12)
