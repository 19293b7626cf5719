"""The regressor as scikit-learn, and a person, sees it."""

from __future__ import annotations

import pickle
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sympy
from sklearn.base import clone
from sklearn.utils.estimator_checks import parametrize_with_checks
from threadpoolctl import threadpool_limits

from matsluice.models import SISSORegressor

UNITS = {"r_A": "angstrom", "r_B": "angstrom", "E": "eV", "n": ""}


def ions(rows: int = 80, seed: int = 0) -> pd.DataFrame:
    """Return radii (Å), an energy (eV) and a number."""
    chance = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "r_A": chance.uniform(0.8, 1.9, rows),
            "r_B": chance.uniform(0.4, 1.2, rows),
            "E": chance.uniform(1.0, 9.0, rows),
            "n": chance.uniform(0.5, 3.0, rows),
        }
    )


def ratio(X: pd.DataFrame) -> np.ndarray:
    """Return 1.5 E r_A/r_B − 2 √n, made of features of rung 2 and 1."""
    return np.asarray(1.5 * X["E"] * X["r_A"] / X["r_B"] - 2.0 * np.sqrt(X["n"]))


FEW = ["+", "-", "*", "/", "sqrt", "^2", "log", "cbrt"]


@parametrize_with_checks(  # type: ignore[untyped-decorator] # scikit-learn ships no types
    [SISSORegressor(rung=1, n_sis=50), SISSORegressor(rung=2, dimension=1, operators=["+", "*"], n_sis=50)]
)
def test_scikit_learn(estimator: Any, check: Any) -> None:
    with warnings.catch_warnings():
        # Data of the checks that a formula of the training rows is not defined for.
        warnings.filterwarnings("ignore", "the formula is not defined")
        check(estimator)


def fitted(**more: Any) -> SISSORegressor:
    X = ions()
    return SISSORegressor(**{"operators": FEW, "units": UNITS, "target_unit": "eV", **more}).fit(X, ratio(X))


def features_of(model: SISSORegressor) -> set[str]:
    return {str(one.symbolic(list(UNITS))) for one in model.models_[0].features}


def test_a_planted_formula_is_found_with_its_units() -> None:
    model = fitted()
    assert features_of(model) == {"E*r_A/r_B", "sqrt(n)"}
    formula = model.formulas_[0]
    E, r_A, r_B, n = sympy.symbols("E r_A r_B n")
    difference = formula - (1.5 * E * r_A / r_B - 2 * sympy.sqrt(n))
    assert all(abs(c) < 1e-9 for c in sympy.Poly(difference, E, r_A, 1 / r_B, sympy.sqrt(n)).coeffs())
    assert r"1.5\,\frac{E r_{A}}{r_{B}}" in model.latex_
    assert r"2\,\mathrm{eV}\,\sqrt{n}" in model.latex_


def test_the_sympy_formula_predicts_what_the_model_predicts() -> None:
    X = ions(seed=3)
    y = np.abs(X["r_A"] - X["r_B"]) * np.cbrt(X["E"] - 5.0) + np.random.default_rng(0).normal(size=len(X))
    model = SISSORegressor(rung=2, dimension=3).fit(X, y)
    symbols = sympy.symbols(list(X))
    for formula, fit in zip(model.formulas_, model.models_, strict=True):
        expected = sympy.lambdify(symbols, formula, "numpy")(*X.to_numpy().T)
        descriptors, _ = fit.descriptors(X.to_numpy())
        assert fit.values(descriptors, np.zeros(len(X), dtype=int)) == pytest.approx(
            expected, rel=1e-9, abs=1e-9
        )
        assert fit.rmse == pytest.approx(np.sqrt(np.mean((expected - y) ** 2)))
    best = model.models_[0]
    assert (
        model.predict(X).tobytes()
        == best.values(best.descriptors(X.to_numpy())[0], np.zeros(80, int)).tobytes()
    )


def test_more_features_never_fit_worse() -> None:
    X = ions()
    y = np.random.default_rng(1).normal(size=len(X))
    model = SISSORegressor(rung=1, dimension=4).fit(X, y)
    errors = [models[0].rmse for models in model.models_by_dimension_]
    assert len(errors) == 5
    assert errors == sorted(errors, reverse=True)
    for models in model.models_by_dimension_:
        assert [m.rmse for m in models] == sorted(m.rmse for m in models)


def test_no_formula_adds_what_has_different_units() -> None:
    X = ions()
    y = (X["E"] + X["r_A"]).to_numpy()
    assert features_of(SISSORegressor(1, 1).fit(X, y)) == {"E + r_A"}
    with_units = SISSORegressor(1, 1, units=UNITS, n_models=200).fit(X, y)
    for model in with_units.models_:
        text = str(model.features[0].symbolic(list(UNITS)))
        assert text not in {"E + r_A", "exp(E)", "log(E)", "log(r_A)", "E - n", "exp(-r_B)"}


@pytest.mark.parametrize("change", [{"dimension": 1}, {"rung": 1, "dimension": 3}])
def test_the_same_data_give_the_same_bits(change: dict[str, Any]) -> None:
    X = ions()
    y = ratio(X) + np.random.default_rng(2).normal(size=len(X))
    model = SISSORegressor(operators=FEW, **change)
    one = clone(model).fit(X, y)
    with threadpool_limits(1):
        other = clone(model).fit(X, y)
    assert one.formulas_ == other.formulas_
    assert one.predict(X).tobytes() == other.predict(X).tobytes()
    assert pickle.loads(pickle.dumps(one)).predict(X).tobytes() == one.predict(X).tobytes()


def test_tasks_share_features_and_have_their_own_coefficients() -> None:
    X = ions(120)
    task = np.where(np.arange(120) % 3 == 0, "zinc blende", "rock salt")
    slope = np.where(task == "rock salt", 2.0, -30.0)
    y = (slope * X["E"] * X["r_A"] / X["r_B"] + np.where(task == "rock salt", 0.0, 500.0)).to_numpy()
    alone = SISSORegressor(2, 1, operators=FEW, units=UNITS).fit(X, y)
    model = SISSORegressor(2, 1, operators=FEW, units=UNITS).fit(X, y, tasks=task)
    assert features_of(model) == {"E*r_A/r_B"}
    assert model.models_[0].rmse < 1e-6 * alone.models_[0].rmse
    assert model.models_[0].coefficients[:, 0].tolist() == pytest.approx([2.0, -30.0])
    assert model.predict(X, tasks=task) == pytest.approx(y)
    assert set(model.formulas_[0]) == {"rock salt", "zinc blende"}
    assert len(model.latex_.splitlines()) == 2
    with pytest.raises(ValueError, match="give tasks="):
        model.predict(X)
    with pytest.raises(
        ValueError, match='task "perovskite" was not learned; there are rock salt, zinc blende'
    ):
        model.predict(X, tasks=["perovskite"] * 120)


def test_two_properties_of_the_same_materials_some_unknown() -> None:
    X = ions()
    f = (X["r_A"] / X["r_B"]).to_numpy()
    y = np.column_stack([3.0 * f + 1.0, -1e9 * f])
    y[::5, 1] = np.nan
    model = SISSORegressor(1, 1, operators=FEW).fit(X, y)
    assert features_of(model) == {"r_A/r_B"}
    predicted = model.predict(X)
    assert predicted[:, 0] == pytest.approx(3.0 * f + 1.0)
    assert predicted[:, 1] == pytest.approx(-1e9 * f)


def test_rows_left_out_choose_rung_and_dimension() -> None:
    X = ions(100)
    y = 2.0 * X["r_A"] / X["r_B"] + 0.05 * np.random.default_rng(4).normal(size=100)
    model = SISSORegressor(2, 2, operators=["+", "*", "/"], units=UNITS, cv=4, random_state=0).fit(X, y)
    assert (model.rung_, model.dimension_) == (1, 1)
    assert features_of(model) == {"r_A/r_B"}
    table = {(one.rung, one.dimension): one.error for one in model.cv_results_}
    assert set(table) == {(r, d) for r in range(3) for d in (1, 2)}
    assert table[1, 1] < 0.5 * table[0, 1]
    assert table[1, 1] == pytest.approx(0.05, rel=0.3)


def test_weights_count_as_rows() -> None:
    X, chance = ions(60), np.random.default_rng(5)
    y = ratio(X) + chance.normal(size=60)
    times = chance.integers(0, 4, 60)
    weighted = SISSORegressor(1, 2, operators=FEW).fit(X, y, sample_weight=times)
    repeated = SISSORegressor(1, 2, operators=FEW).fit(X.loc[X.index.repeat(times)], np.repeat(y, times))
    assert features_of(weighted) == features_of(repeated)
    assert weighted.predict(X) == pytest.approx(repeated.predict(X))


def test_rows_the_formula_is_not_defined_for() -> None:
    X = pd.DataFrame({"a": np.linspace(0.5, 3.0, 30), "b": np.random.default_rng(0).uniform(size=30)})
    model = SISSORegressor(1, 1, operators=["log"]).fit(X, np.log(X["a"]))
    new = pd.DataFrame({"a": [1.0, -2.0, 0.0], "b": [0.5, 0.5, 0.5]})
    with pytest.warns(UserWarning, match="not defined for 2 of 3 rows"):
        assert model.predict(new) == pytest.approx([0.0, np.log(0.5), np.log(0.5)])
    model.set_params(undefined="nan")
    with pytest.warns(UserWarning, match="they are NaN"):
        assert np.isnan(model.predict(new)).tolist() == [False, True, True]


class TestBadInput:
    """Each is refused in one sentence that says what is allowed, or does no harm."""

    @pytest.mark.parametrize("bad", [np.nan, np.inf])
    def test_not_finite(self, bad: float) -> None:
        X = ions()
        X.iloc[3, 1] = bad
        with pytest.raises(ValueError, match=r"Input X contains (NaN|infinity)"):
            SISSORegressor(1, 1).fit(X, np.arange(80.0))
        y = np.arange(80.0)
        y[2] = bad
        with pytest.raises(ValueError, match=r"contains (NaN|infinity)"):
            SISSORegressor(1, 1).fit(ions(), y)

    def test_constant_columns_are_no_features(self) -> None:
        X = ions()
        X["c"], X["zero"] = 3.0, 0.0
        model = SISSORegressor(1, 2, operators=FEW).fit(X, ratio(X))
        assert {str(symbol) for formula in model.formulas_ for symbol in formula.free_symbols} <= set(UNITS)

    def test_only_constant_columns_leave_the_mean(self) -> None:
        model = SISSORegressor().fit(np.full((20, 3), 2.0), np.arange(20.0))
        assert model.dimension_ == 0
        assert model.predict(np.full((2, 3), 2.0)) == pytest.approx([9.5, 9.5])
        assert float(model.formulas_[0]) == pytest.approx(9.5)

    def test_a_constant_target(self) -> None:
        model = SISSORegressor(1, 2).fit(ions(), np.full(80, 4.0))
        assert model.predict(ions(5, seed=1)) == pytest.approx([4.0] * 5)

    def test_one_row(self) -> None:
        with pytest.raises(ValueError, match="1 sample"):
            SISSORegressor().fit([[1.0, 2.0]], [1.0])

    def test_fewer_rows_than_coefficients(self) -> None:
        with pytest.raises(ValueError, match=r"there are 4 rows.*dimension=3, which needs 5"):
            SISSORegressor(1, 3).fit(ions(4), np.arange(4.0))

    def test_more_features_than_rows(self) -> None:
        X = np.random.default_rng(0).uniform(1, 2, (12, 30))
        model = SISSORegressor(1, 2, operators=["+", "*"]).fit(X, X[:, 3] * X[:, 7])
        assert str(model.models_[0].features[0].symbolic([f"x{i}" for i in range(30)])) == "x3*x7"

    @pytest.mark.parametrize("scale", [1e12, 1e-12])
    def test_huge_and_tiny_scales(self, scale: float) -> None:
        X = ions() * np.array([scale, 1.0, 1.0 / scale, 1.0])
        y = (X["r_A"] * X["n"]).to_numpy()
        model = SISSORegressor(2, 1, operators=["+", "-", "*", "/", "^3", "exp"]).fit(X, y)
        assert features_of(model) == {"n*r_A"}
        assert model.predict(X) == pytest.approx(y)

    def test_integer_targets(self) -> None:
        X = pd.DataFrame({"a": np.arange(1, 31), "b": np.arange(30) % 7})
        model = SISSORegressor(1, 1, operators=["*", "+"]).fit(X, X["a"] * X["b"])
        assert model.predict(X) == pytest.approx((X["a"] * X["b"]).to_numpy())

    def test_a_memory_too_small_says_what_fits(self) -> None:
        X = np.random.default_rng(0).uniform(1, 2, (200, 20))
        with pytest.raises(
            ValueError, match=r"rung 2 builds on the features of rung 1, .* memory_gb=0.002 .* rung=1 fits"
        ):
            SISSORegressor(rung=2, memory_gb=0.002).fit(X, X[:, 0])
        SISSORegressor(rung=1, dimension=1, memory_gb=0.002).fit(X, X[:, 0])

    def test_too_many_candidates_say_how_long_they_would_take(self) -> None:
        X = np.random.default_rng(0).uniform(1, 2, (50, 6))
        with pytest.raises(
            ValueError, match=r"rung 2 .* candidates, some \d+ .* max_candidates=1e\+04 .* rung=1 has"
        ):
            SISSORegressor(rung=2, max_candidates=1e4).fit(X, X[:, 0])

    @pytest.mark.parametrize(
        ("wrong", "sentence"),
        [
            ({"rung": 4}, "rung=4 is not a whole number from 0 to 3"),
            ({"dimension": 0}, "dimension=0 is not a whole number from 1 to 4"),
            ({"dimension": 2.5}, "dimension=2.5 is not"),
            ({"memory_gb": -1}, "memory_gb=-1 is not a number above 0"),
            ({"operators": ["+", "divid"]}, 'unknown operator "divid": did you mean "divide"'),
            ({"units": ["eV"]}, "units= has 1 units for 4 features"),
            ({"units": {**UNITS, "E": "evv"}}, 'feature "E": unknown unit "evv": did you mean "eV"'),
            ({"undefined": "zero"}, "undefined='zero' is none of bound, nan"),
            ({"target_unit": "elektronvolt"}, 'unknown unit "elektronvolt": did you mean "electronvolt"'),
        ],
    )
    def test_a_wrong_parameter(self, wrong: dict[str, Any], sentence: str) -> None:
        with pytest.raises(ValueError, match=sentence.replace("(", r"\(").replace("+", r"\+")):
            SISSORegressor(**wrong).fit(ions(), np.arange(80.0))
