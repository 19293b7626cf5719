"""From rows with classes and settings to fitted boundaries on found features."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from matsluice.models.sisso.budget import Budget
from matsluice.models.sisso.class_search import ClassModel, ClassSearch
from matsluice.models.sisso.expressions import Expression
from matsluice.models.sisso.formula import LinearModel
from matsluice.models.sisso.regression import Settings, Training, built

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Weight of half the squared coefficients of standardised features beside the mean log-loss.
PENALTY: Final = 1e-5


@dataclass(frozen=True, slots=True)
class Boundary:
    """Linear boundaries on a few features.

    Attributes
    ----------
    scores
        Of two classes the second's score, which is positive on its side; of more, a score for each as the "tasks" of
        a linear model, the greatest of which is the class. No unit: they are log-odds.
    separation
        1 − overlap of the classes' domains, mean over pairs of classes; see `OverlapScores`.
    wrong
        Share of the training rows, by weight, on the wrong side.
    """

    scores: LinearModel
    separation: float
    wrong: float

    @property
    def features(self) -> tuple[Expression, ...]:
        """The features it lies on."""
        return self.scores.features

    def log_odds(self, descriptors: NDArray[np.float64], classes: int) -> NDArray[np.float64]:
        """Return the scores (n, classes); of two classes the first's is 0."""
        tasks = len(self.scores.intercepts)
        every = [self.scores.values(descriptors, np.full(len(descriptors), task)) for task in range(tasks)]
        return np.stack(every if classes > 2 else [np.zeros(len(descriptors)), *every], axis=1)


def searched_classes(training: Training, settings: Settings) -> tuple[ClassSearch, list[list[ClassModel]]]:
    """Return a search that has run, and the subsets it found for 1, 2, … features; y is the number of the class."""
    label = training.y.astype(np.int64)
    features, pairs = built(training, settings)
    budget = Budget(settings.memory_gb, settings.max_candidates, len(label))
    search = ClassSearch(
        features, label, training.weights / training.weights.sum(), budget, pairs, settings.screen_size,
        settings.residuals, settings.models, settings.revisions,
    )  # fmt: skip
    return search, search.run(settings.dimension) if len(features) else []


def fitted_boundaries(training: Training, settings: Settings) -> list[list[Boundary]]:
    """Return the best boundaries on 0, 1, 2, … features, best first.

    Parameters
    ----------
    training
        Rows; y is the number of the class, 0, 1, …
    settings
        What is asked for.
    """
    search, found = searched_classes(training, settings)
    label, weights = search.label, search.weights
    none = _fitted((), np.empty((0, len(label))), label, weights, 0.0)
    return [
        [none],
        *(
            [
                _fitted(
                    [search.pool.expression(index, search.features) for index in model.features],
                    search.pool.values[list(model.features)],
                    label,
                    weights,
                    model.separation,
                )
                for model in models[: settings.models]
            ]
            for models in found
        ),
    ]


def _fitted(
    features: Sequence[Expression],
    values: NDArray[np.float64],
    label: NDArray[np.int64],
    weights: NDArray[np.float64],
    separation: float,
) -> Boundary:
    """Return the boundary by logistic regression, that between two classes moved to where fewest rows are wrong."""
    from sklearn.linear_model import LogisticRegression

    classes = int(label.max()) + 1
    middle = values @ weights
    size = np.sqrt(((values - middle[:, None]) ** 2) @ weights)
    columns = ((values - middle[:, None]) / size[:, None]).T
    if not len(features):
        share = np.bincount(label, weights=weights)
        intercepts = np.log(share) if classes > 2 else np.log(share[1:] / share[0])
        slopes = np.empty((len(intercepts), 0))
    else:
        # The penalty only keeps coefficients finite where the classes do not overlap.
        logistic = LogisticRegression(C=1.0 / PENALTY, solver="newton-cholesky", tol=1e-10, max_iter=1000)
        fit = logistic.fit(columns, label, sample_weight=weights)
        intercepts, slopes = fit.intercept_.astype(np.float64), fit.coef_.astype(np.float64)
    if classes == 2 and len(features):
        intercepts = intercepts + _shift(columns @ slopes[0] + intercepts[0], label, weights)
    coefficients = slopes / size
    scores = LinearModel(
        tuple(features), intercepts - coefficients @ middle, coefficients, float("nan"), separation
    )
    boundary = Boundary(scores, separation, 0.0)
    chosen = boundary.log_odds(values.T, classes).argmax(axis=1)
    return Boundary(scores, separation, float(weights[chosen != label].sum()))


def _shift(odds: NDArray[np.float64], label: NDArray[np.int64], weights: NDArray[np.float64]) -> float:
    """Return what to add to the log-odds (n,) so that fewest rows are on the wrong side; 0 where nothing is better."""
    order = np.argsort(odds, kind="stable")
    sorted_odds, signed = odds[order], np.where(label[order] == 1, weights[order], -weights[order])
    # Wrong with the boundary before the first row, then after each.
    wrong = weights[label == 0].sum() + np.concatenate([[0.0], np.cumsum(signed)])
    middle = np.concatenate([sorted_odds[:1], (sorted_odds[1:] + sorted_odds[:-1]) / 2, sorted_odds[-1:]])
    middle[0] -= 1.0
    middle[-1] += 1.0
    possible = np.concatenate([[True], np.diff(sorted_odds) > 0.0, [True]])
    now = weights[(odds > 0.0) != (label == 1)].sum()
    best = float(wrong[possible].min())
    if best >= now - 1e-12:
        return 0.0
    places = middle[possible & (wrong <= best + 1e-12)]
    return float(-places[np.abs(places).argmin()])


def class_formulas(boundary: Boundary, names: Sequence[str], classes: Sequence[Any]) -> Any:
    """Return the second class's log-odds as sympy; of more than two classes a dict from class to score."""
    if len(classes) == 2:
        return boundary.scores.symbolic(names)
    return {label: boundary.scores.symbolic(names, number) for number, label in enumerate(classes)}
