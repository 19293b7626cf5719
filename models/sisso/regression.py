"""From rows and settings to fitted linear models of found features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matsluice.models.sisso.budget import Budget
from matsluice.models.sisso.feature_space import Features, next_rung, primary_features
from matsluice.models.sisso.formula import LinearModel
from matsluice.models.sisso.operators import Operator
from matsluice.models.sisso.search import Model, Search
from matsluice.models.sisso.targets import Rows
from matsluice.models.sisso.units import Unit

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Settings:
    """What a search is asked for; see `SISSORegressor` for each."""

    rung: int
    dimension: int
    operators: tuple[Operator, ...]
    units: tuple[Unit, ...]
    memory_gb: float
    max_candidates: float
    screen_size: int | None
    residuals: int
    models: int
    revisions: int


@dataclass(frozen=True, slots=True)
class Training:
    """Rows to learn from.

    Attributes
    ----------
    X, y, weights
        (n, columns), (n,) and (n,), weights positive.
    task
        (n,): 0, 1, …
    """

    X: NDArray[np.float64]
    y: NDArray[np.float64]
    weights: NDArray[np.float64]
    task: NDArray[np.int64]

    def take(self, chosen: NDArray[np.bool_]) -> Training:
        """Return some of the rows."""
        return Training(self.X[chosen], self.y[chosen], self.weights[chosen], self.task[chosen])

    def by_task(self) -> tuple[Training, Rows]:
        """Return the rows ordered by task, and their weights within and between the tasks."""
        order = np.argsort(self.task, kind="stable")
        task, weights = self.task[order], self.weights[order]
        starts = np.searchsorted(task, np.arange(int(task.max()) + 2)).astype(np.int64)
        sums = np.add.reduceat(weights, starts[:-1])
        rows = Rows(weights / np.repeat(sums, np.diff(starts)), starts, sums / sums.sum())
        return Training(self.X[order], self.y[order], weights, task), rows


def built(training: Training, settings: Settings) -> tuple[Features, bool]:
    """Return the features to hold, and whether one more rung is streamed from them.

    Raises
    ------
    ValueError
        They do not fit into the memory, or are too many to stream.
    """
    budget = Budget(settings.memory_gb, settings.max_candidates, len(training.y))
    features = primary_features(training.X, settings.units, settings.operators)
    budget.check_features(len(features), rung=0)
    for rung in range(1, settings.rung):
        budget.check_candidates(features, rung)
        budget.check_next_rung(features, rung)
        features = next_rung(features, budget)
    budget.check_candidates(features, settings.rung)
    return features, settings.rung > 0 and bool(settings.operators)


@dataclass(frozen=True, slots=True)
class Searched:
    """A search that has run, the rows it ran on, in its order, and the subsets it found for 1, 2, … features."""

    search: Search
    training: Training
    found: list[list[Model]]


def searched(training: Training, settings: Settings) -> Searched:
    """Run a search."""
    training, rows = training.by_task()
    centre, spread = _of_tasks(training, rows)
    features, pairs = built(training, settings)
    target = (training.y - centre[training.task]) / spread[training.task]
    budget = Budget(settings.memory_gb, settings.max_candidates, len(target))
    search = Search(
        features,
        target,
        rows,
        budget,
        pairs,
        settings.screen_size,
        settings.residuals,
        settings.models,
        settings.revisions,
    )
    return Searched(search, training, search.run(settings.dimension) if len(features) else [])


def fitted_models(training: Training, settings: Settings) -> list[list[LinearModel]]:
    """Return the best models of 0, 1, … features, best first, as far as more features explain more.

    Parameters
    ----------
    training
        The rows.
    settings
        What is asked for.
    """
    done = searched(training, settings)
    rows = done.search.rows
    centre, _ = _of_tasks(done.training, rows)
    error = done.training.y - centre[done.training.task]
    constant = LinearModel((), centre, np.empty((len(centre), 0)), _rmse(error, rows), 0.0)
    return [
        [constant],
        *(
            [
                _solved(done.search, one.features, one.explained, done.training)
                for one in models[: settings.models]
            ]
            for models in done.found
        ),
    ]


def _of_tasks(training: Training, rows: Rows) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return mean and standard deviation (tasks,) of the target; 1 for the latter where it is constant."""
    centre, spread = [], []
    for task in rows.tasks:
        y, w = training.y[task], rows.weights[task]
        centre.append(float(y @ w))
        deviation = float(np.sqrt(((y - centre[-1]) ** 2) @ w))
        spread.append(deviation if deviation > 1e-12 * np.abs(y).max() else 1.0)
    return np.array(centre), np.array(spread)


def _solved(search: Search, chosen: tuple[int, ...], explained: float, training: Training) -> LinearModel:
    """Return the model with its coefficients, by least squares on the features' own values."""
    features = tuple(search.pool.expression(index, search.features) for index in chosen)
    values, rows = search.pool.values[list(chosen)], search.rows
    intercepts, coefficients = [], []
    error = np.empty(len(training.y))
    middles, spreads = rows.spreads(values)
    for task, middle, spread in zip(rows.tasks, middles, spreads, strict=True):
        w = rows.weights[task]
        root = np.sqrt(w)
        centred = values[:, task] - middle[:, None]
        # A feature that does not vary in this task has no coefficient there.
        size = np.where(spread > 0.0, spread, np.inf)
        mean = float(training.y[task] @ w)
        columns = (centred / size[:, None] * root).T
        solution, *_ = np.linalg.lstsq(columns, (training.y[task] - mean) * root, rcond=1e-12)
        coefficients.append(solution / size)
        intercepts.append(mean - float(coefficients[-1] @ middle))
        error[task] = training.y[task] - mean - coefficients[-1] @ centred
    return LinearModel(
        features, np.array(intercepts), np.array(coefficients), _rmse(error, search.rows), explained
    )


def _rmse(error: NDArray[np.float64], rows: Rows) -> float:
    return float(np.sqrt((error * error) @ rows.total_weights()))
