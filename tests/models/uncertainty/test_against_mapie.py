"""Where MAPIE does the same, the numbers are the same."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

from matsluice.models.class_sets import ClassSets
from matsluice.models.residual_distribution import ResidualDistribution
from matsluice.models.uncertainty.conformal_intervals import ConformalIntervals
from matsluice.models.uncertainty.difficulty import Difficulty
from matsluice.models.uncertainty.row_signs import RowSigns

LEVELS = (0.5, 0.68, 0.9, 0.95)


class FirstColumn(RegressorMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Predicts a column as it is."""

    def __init__(self, column: int = 0) -> None:
        self.column = column
        self.fitted_ = True

    def fit(self, X: np.ndarray, y: np.ndarray) -> FirstColumn:  # noqa: ARG002 - scikit-learn asks for it
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        return np.asarray(np.asarray(X)[:, self.column])


class GivenProbabilities(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """The features are the probabilities."""

    def __init__(self) -> None:
        self.classes_ = np.arange(3)
        self.fitted_ = True

    def fit(self, X: np.ndarray, y: np.ndarray) -> GivenProbabilities:  # noqa: ARG002 - scikit-learn asks for it
        return self

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        return np.asarray(X)

    def predict(self, X: np.ndarray) -> np.ndarray:
        return np.asarray(np.asarray(X).argmax(axis=1))


@pytest.fixture
def drawn() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Two columns, the prediction and the expected error, and values; then columns of 40 new rows."""
    chance = np.random.default_rng(8)
    X = np.stack([chance.normal(size=241), chance.uniform(0.2, 3.0, 241)], axis=1)
    y = X[:201, 0] + X[:201, 1] * chance.standard_t(4, 201)
    return X[:201], y, X[201:]


def test_intervals_of_one_width(drawn: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    from mapie.regression import SplitConformalRegressor

    X, y, new = drawn
    reference = SplitConformalRegressor(FirstColumn(), confidence_level=LEVELS, prefit=True).conformalize(
        X, y
    )
    _, theirs = reference.predict_interval(new)
    ours = ConformalIntervals(ResidualDistribution.of(y, X[:, 0]))
    for place, level in enumerate(LEVELS):
        lower, upper = ours.interval(RowSigns.nothing_known(new[:, 0]), level)
        assert lower == pytest.approx(theirs[:, 0, place], abs=1e-12)
        assert upper == pytest.approx(theirs[:, 1, place], abs=1e-12)


def test_intervals_as_wide_as_the_expected_error(
    drawn: tuple[np.ndarray, np.ndarray, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    from mapie.conformity_scores import ResidualNormalisedScore
    from mapie.regression import SplitConformalRegressor

    X, y, new = drawn
    score = ResidualNormalisedScore(residual_estimator=FirstColumn(1), prefit=True, sym=True)
    reference = SplitConformalRegressor(
        FirstColumn(), confidence_level=LEVELS, conformity_score=score, prefit=True
    ).conformalize(X, y)
    _, theirs = reference.predict_interval(new)
    # The expected error is given here, and stands where the spread does.
    monkeypatch.setattr(Difficulty, "expected", lambda _, signs: signs.spread)
    signs = replace(RowSigns.nothing_known(new[:, 0]), spread=new[:, 1])
    known = replace(RowSigns.nothing_known(X[:, 0]), spread=X[:, 1])
    ours = ConformalIntervals(
        ResidualDistribution(np.sort((y - X[:, 0]) / X[:, 1])),
        difficulty=Difficulty.of(known, np.abs(y - X[:, 0])),
    )
    for place, level in enumerate(LEVELS):
        lower, upper = ours.interval(signs, level)
        assert lower == pytest.approx(theirs[:, 0, place], abs=1e-12)
        assert upper == pytest.approx(theirs[:, 1, place], abs=1e-12)


def test_sets_of_classes() -> None:
    """Both may be empty."""
    from mapie.classification import SplitConformalClassifier

    chance = np.random.default_rng(3)
    given = chance.dirichlet([0.8, 0.6, 0.4], size=260)
    y = np.array([chance.choice(3, p=row) for row in given])
    reference = SplitConformalClassifier(
        GivenProbabilities(), confidence_level=LEVELS, conformity_score="lac", prefit=True
    ).conformalize(given[:200], y[:200])
    _, theirs = reference.predict_set(given[200:])
    ours = ClassSets.of(y[:200], given[:200])
    empty = ~theirs.any(axis=1)
    assert empty[:, 0].any()
    for place, level in enumerate(LEVELS):
        assert (ours.holds(given[200:], level) == theirs[:, :, place]).all()
