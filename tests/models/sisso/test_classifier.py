"""The classifier, and the features as a step of a pipeline."""

from __future__ import annotations

import pickle
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sympy
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from matsluice.models import SISSOClassifier, SISSOFeatures

FEW = ["+", "-", "*", "/", "sqrt", "log"]


@parametrize_with_checks(  # type: ignore[untyped-decorator] # scikit-learn ships no types
    [
        SISSOClassifier(rung=1, operators=FEW, n_sis=15),
        SISSOFeatures(rung=1, operators=FEW, n_sis=30),
        SISSOFeatures(rung=1, dimension=1, operators=FEW, task="classification", keep_columns=True, n_sis=15),
    ]
)
def test_scikit_learn(estimator: Any, check: Any) -> None:
    with warnings.catch_warnings():
        # Data of the checks that a formula of the training rows is not defined for.
        warnings.filterwarnings("ignore", "the formula is not defined|features are not defined")
        check(estimator)


def radii(rows: int = 200, seed: int = 0) -> pd.DataFrame:
    chance = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "r_A": chance.uniform(0.9, 1.9, rows),
            "r_B": chance.uniform(0.4, 1.1, rows),
            "r_X": chance.uniform(1.3, 2.2, rows),
        }
    )


def tolerance(X: pd.DataFrame) -> pd.Series:
    """Return Goldschmidt's factor without its √2: a ratio of sums, of rung 2."""
    return (X["r_A"] + X["r_X"]) / (X["r_B"] + X["r_X"])


def test_a_tolerance_factor_is_found_with_wrong_labels_among_the_right_ones() -> None:
    X = radii()
    chance = np.random.default_rng(1)
    y = np.where(tolerance(X) > 1.2, "perovskite", "other")
    wrong = chance.random(len(X)) < 0.06
    y[wrong] = np.where(y[wrong] == "other", "perovskite", "other")
    model = SISSOClassifier(2, 1, operators=["+", "-", "*", "/"], units=["angstrom"] * 3).fit(X, y)
    right, new = np.where(tolerance(X) > 1.2, "perovskite", "other"), radii(1000, seed=2)
    assert np.mean(model.predict(X) == right) > 0.95
    assert np.mean(model.predict(new) == np.where(tolerance(new) > 1.2, "perovskite", "other")) > 0.93
    assert model.models_[0].wrong <= wrong.mean() + 1e-12
    symbols = sympy.symbols(list(X))
    decision = sympy.lambdify(symbols, model.formulas_[0], "numpy")(*X.to_numpy().T)
    assert decision == pytest.approx(model.decision_function(X))
    assert (np.where(decision > 0, "perovskite", "other") == model.predict(X)).all()
    assert model.predict_proba(X)[:, 1] == pytest.approx(1 / (1 + np.exp(-decision)))
    assert model.latex_.endswith(r"> 0 \Rightarrow \mathrm{perovskite}")


def test_two_features_part_what_one_does_not() -> None:
    X = radii()
    y = (X["r_A"] - 1.4) + 2.0 * (X["r_B"] - 0.75) > 0
    one = SISSOClassifier(0, 1).fit(X, y)
    two = SISSOClassifier(0, 2).fit(X, y)
    assert one.score(X, y) < 0.95
    assert two.score(X, y) == 1.0
    assert two.models_[0].separation == pytest.approx(1.0)


def test_three_classes() -> None:
    X = radii()
    y = np.digitize(X["r_A"] / X["r_X"], [0.7, 0.95])
    model = SISSOClassifier(1, 1, operators=["/", "*", "+"]).fit(X, y)
    assert str(model.models_[0].features[0].symbolic(["r_A", "r_B", "r_X"])) == "r_A/r_X"
    assert model.score(X, y) > 0.97
    assert set(model.formulas_[0]) == {0, 1, 2}
    assert len(model.latex_.splitlines()) == 3
    assert model.predict_proba(X).sum(axis=1) == pytest.approx(1.0)


def test_rows_left_out_choose_rung_and_dimension() -> None:
    X = radii()
    y = X["r_A"] / X["r_X"] > 0.8
    model = SISSOClassifier(2, 2, operators=["/", "*"], cv=3, random_state=0).fit(X, y)
    assert (model.rung_, model.dimension_) == (1, 1)
    assert len(model.cv_results_) == 6


def test_a_pickled_copy_predicts_the_same() -> None:
    X = radii()
    model = SISSOClassifier(1, 2, operators=FEW).fit(X, tolerance(X) > 1.2)
    assert (
        pickle.loads(pickle.dumps(model)).decision_function(X).tobytes()
        == model.decision_function(X).tobytes()
    )


def test_one_class() -> None:
    with pytest.raises(ValueError, match="y has one class, a; two or more"):
        SISSOClassifier().fit(radii(), np.full(200, "a"))


def test_only_constant_columns_leave_the_commoner_class() -> None:
    model = SISSOClassifier().fit(np.ones((10, 2)), [0, 1, 1, 1, 1, 1, 1, 0, 0, 1])
    assert model.predict(np.ones((2, 2))).tolist() == [1, 1]
    assert model.predict_proba(np.ones((1, 2)))[0] == pytest.approx([0.3, 0.7])


def test_features_help_a_linear_model_and_see_no_row_that_is_left_out() -> None:
    X = radii(120)
    chance = np.random.default_rng(3)
    y = tolerance(X) * 10 + 0.05 * chance.normal(size=len(X))
    plain = cross_val_score(make_pipeline(StandardScaler(), Ridge(1e-3)), X, y, cv=3)
    step = SISSOFeatures(2, 1, ["+", "/"], ["angstrom"] * 3, n_features=3)
    better = cross_val_score(make_pipeline(step, StandardScaler(), Ridge(1e-3)), X, y, cv=3)
    assert better.min() > plain.max()
    noise = chance.normal(size=len(X))
    honest = cross_val_score(make_pipeline(step, StandardScaler(), Ridge(1e-3)), X, noise, cv=3)
    assert honest.mean() < 0.1


def test_features_have_names_units_and_little_in_common() -> None:
    X = radii(120)
    step = SISSOFeatures(
        2, 2, ["+", "/"], ["angstrom"] * 3, n_features=4, most_correlated=0.9, keep_columns=True
    )
    found = step.fit(X, tolerance(X)).set_output(transform="pandas").transform(X)
    assert list(found.columns[:3]) == list(X)
    assert list(found.columns) == list(step.get_feature_names_out())
    assert len(step.units_) == len(step.formulas_) == found.shape[1] - 3
    own = np.abs(np.corrcoef(found.iloc[:, 3:].to_numpy().T)) - np.eye(found.shape[1] - 3)
    assert own.max() <= 0.9


def test_features_for_classes() -> None:
    X = radii()
    y = np.where(tolerance(X) > 1.2, "perovskite", "other")
    step = SISSOFeatures(2, 1, ["+", "/"], n_features=2, task="classification")
    scores = cross_val_score(make_pipeline(step, StandardScaler(), LogisticRegression(C=100)), X, y, cv=3)
    assert scores.mean() > 0.95
    with pytest.raises(ValueError, match="task='classes' is none of regression, classification"):
        SISSOFeatures(task="classes").fit(X, y)
