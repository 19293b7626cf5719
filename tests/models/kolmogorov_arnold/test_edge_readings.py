"""Edges read as functions, constants written in one way, and numbers that are plain."""

from __future__ import annotations

import numpy as np
import pytest

from matsluice.models.kolmogorov_arnold.formulas.composed import Composed, Edge
from matsluice.models.kolmogorov_arnold.formulas.constants import as_sympy, plain_number, with_plain_numbers
from matsluice.models.kolmogorov_arnold.formulas.edge import read_edge
from matsluice.models.kolmogorov_arnold.formulas.library import LIBRARY
from matsluice.models.kolmogorov_arnold.formulas.normal_form import bring_to_normal_form

X = np.linspace(-1, 1, 300)
PLANTED = {
    "x": -2 * X + 1,
    "x^2": (X - 0.3) ** 2,
    "x^3": (X + 0.2) ** 3,
    "1/x": 3 / (X + 1.7),
    "sqrt": np.sqrt(1.2 - X),
    "exp": 0.5 * np.exp(-1.4 * X),
    "log": np.log(X + 1.3),
    "sin": np.sin(np.pi * X + 0.4),
    "tanh": np.tanh(2.5 * X),
    "gaussian": np.exp(-((2 * X) ** 2)),
    "abs": np.abs(X - 0.1),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_function_is_read(name: str) -> None:
    best = read_edge(X, PLANTED[name], list(LIBRARY))[0]
    assert best.name == name
    assert best.r2 > 1 - 1e-6
    assert best.of(X) == pytest.approx(PLANTED[name], abs=1e-2)


def test_with_noise_the_plainer_function_is_taken_and_r2_says_how_well() -> None:
    noisy = X + np.random.default_rng(0).normal(scale=0.1, size=300)
    best = read_edge(X, noisy, list(LIBRARY))[0]
    assert best.name == "x"
    assert 0.95 < best.r2 < 0.99


def test_every_function_is_its_expression() -> None:
    import sympy

    symbol = sympy.Symbol("x")
    for name, spec in LIBRARY.items():
        numbers = sympy.lambdify(symbol, spec.expression(symbol), "numpy")
        at = np.array([0.2, 0.5, 0.9])
        assert numbers(at) == pytest.approx(spec.of(at), rel=1e-12), name
        if spec.power is not None:
            assert spec.of(3 * at) == pytest.approx(3**spec.power * spec.of(at), rel=1e-12)
        if spec.is_even or spec.is_odd:
            assert spec.of(-at) == pytest.approx(spec.of(at) * (1 if spec.is_even else -1), rel=1e-12)


def composed(outer: str, inner: tuple[str, str]) -> Composed:
    layers = [
        [Edge(inner[0], 0, 0, 1.3, 2.0, 0.8, 1.0), Edge(inner[1], 1, 0, -0.7, 2.5, 0.5, 1.0)],
        [Edge(outer, 0, 0, 0.9, 1.5, -2.0, 1.0)],
    ]
    shifts = [np.array([1.0]), np.array([-0.3])]
    return Composed(layers, shifts, [np.zeros(1, dtype=bool), np.zeros(1, dtype=bool)])


@pytest.mark.parametrize("outer", ["x", "x^2", "x^3", "1/x", "sqrt", "exp", "log", "sin", "tanh", "gaussian"])
@pytest.mark.parametrize("inner", [("x", "x^2"), ("sin", "log"), ("exp", "sqrt"), ("1/x", "abs")])
def test_the_normal_form_has_the_same_values(outer: str, inner: tuple[str, str]) -> None:
    formula = composed(outer, inner)
    X = np.random.default_rng(1).uniform(0, 1, size=(50, 2))
    before = formula.of(X)
    assert np.isfinite(before).all()
    bring_to_normal_form(formula)
    assert formula.of(X) == pytest.approx(before, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    ("value", "plain"),
    [(1.0004, 1.0), (-0.2501, -0.25), (6.2835, 2 * np.pi), (1e-5, 0.0), (0.777, None), (123.4, None)],
)
def test_plain_numbers(value: float, plain: float | None) -> None:
    assert plain_number(value) == plain


def test_numbers_that_are_not_plain_are_rounded() -> None:
    assert str(as_sympy(0.33)) == "0.330000"
    assert str(as_sympy(-1 / 3)) == "-1/3"


def test_a_number_that_is_nearly_plain_stays_where_the_data_say_so() -> None:
    X = np.random.default_rng(2).uniform(-1, 1, size=(200, 1))
    formula = Composed(
        [[Edge("x", 0, 0, 1.0, 0.0, 1.001, 1.0, {"a", "b"})]], [np.zeros(1)], [np.array([True])]
    )
    kept = with_plain_numbers(formula, X, 1.001 * X, np.ones(200))
    assert kept.layers[0][0].c == pytest.approx(1.001, abs=1e-9)
    assert with_plain_numbers(formula, X, 1.0 * X, np.ones(200)).layers[0][0].c == 1.0
