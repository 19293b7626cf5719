"""Kolmogorov–Arnold networks against perceptrons: accuracy for parameters and for seconds, on the same folds."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from matsluice.tasks.studies.study_data import FoldRows

# Name → (kind, settings): shallow and deep, small to large.
CONTESTANTS: Final[Mapping[str, tuple[str, Mapping[str, Any]]]] = MappingProxyType(
    {
        "MLP 8": ("mlp", {"hidden": (8,)}),
        "MLP 64": ("mlp", {"hidden": (64,)}),
        "MLP 16-16": ("mlp", {"hidden": (16, 16)}),
        "MLP 64-64": ("mlp", {"hidden": (64, 64)}),
        "MLP 32-32-32": ("mlp", {"hidden": (32, 32, 32)}),
        "KAN 1": ("kan", {"hidden": (1,)}),
        "KAN 5": ("kan", {"hidden": (5,)}),
        "KAN 2n+1": ("kan", {"hidden": None}),
        "KAN 5-5": ("kan", {"hidden": (5, 5)}),
        "KAN 5 pruned": ("kan-pruned", {"hidden": (5,)}),
    }
)


@dataclass(frozen=True, slots=True)
class Contest:
    """Outcome of the study on one data set.

    Attributes
    ----------
    data
        Its name.
    table
        A line per contestant: name, kind, parameters, seconds (a fit, the program already compiled), rmse and
        rmse_std over the folds, in standard deviations of the target, on_front (parameters) and on_time_front.
    verdict
        Sentences that say who wins, and where a KAN loses.
    """

    data: str
    table: list[dict[str, Any]]
    verdict: str


def compare_kan_with_mlp(
    data: str,
    folds: Sequence[FoldRows],
    *,
    contestants: Mapping[str, tuple[str, Mapping[str, Any]]] = CONTESTANTS,
    common: Mapping[str, Mapping[str, Any]] = MappingProxyType(
        {"mlp": {"optimizer": "lbfgs", "epochs": 1000, "activation": "tanh", "alpha": 1e-6}, "kan": {}}
    ),
    seed: int = 0,
) -> Contest:
    """Fit every contestant on the same folds.

    Parameters
    ----------
    data
        What the data are called.
    folds
        The rows that are learned from and those that are left out, features filled.
    contestants
        Name to ("mlp", "kan" or "kan-pruned", settings).
    common
        Settings of all of a kind.
    """
    table: list[dict[str, Any]] = []
    for name, (kind, settings) in contestants.items():
        scores, seconds, parameters = [], [], []
        for number, fold in enumerate(folds):
            model = _made(kind, {**common[kind.split("-")[0]], **settings, "random_state": seed})
            if number == 0:
                _fitted(model, kind, fold)  # what is compiled once is not charged to a fold
            begun = time.perf_counter()
            fitted = _fitted(model, kind, fold)
            seconds.append(time.perf_counter() - begun)
            missed = fitted.predict(fold.X_test) - fold.y_test
            scores.append(float(np.sqrt((missed**2).mean()) / fold.y.std()))
            parameters.append(_parameters(fitted))
        table.append({"name": name, "kind": kind.split("-")[0], "parameters": float(np.median(parameters)),
                      "seconds": float(np.median(seconds)), "rmse": float(np.mean(scores)),
                      "rmse_std": float(np.std(scores))})  # fmt: skip
    for cost, key in (("parameters", "on_front"), ("seconds", "on_time_front")):
        for line in table:
            # Two that are equal, as KAN 5 and KAN 2n+1 are of two features, are both on it.
            line[key] = not any(
                other["rmse"] <= line["rmse"]
                and other[cost] <= line[cost]
                and (other["rmse"], other[cost]) != (line["rmse"], line[cost])
                for other in table
            )
    return Contest(data, table, verdict(data, table))


def verdict(data: str, table: Sequence[Mapping[str, Any]]) -> str:
    """Return plain sentences on the best of either kind, whoever wins.

    A difference within the spread over the folds is called none.

    Examples
    --------
    >>> table = [
    ...     {"name": "MLP 8", "kind": "mlp", "parameters": 33, "seconds": 1.0, "rmse": 0.1},
    ...     {"name": "KAN 5", "kind": "kan", "parameters": 150, "seconds": 2.0, "rmse": 0.2},
    ... ]
    >>> print(verdict("gaps", table))
    On gaps the KAN loses: its best, KAN 5, misses by 0.2 σ, the best perceptron, MLP 8, by 0.1 σ.
    KAN 5 has 4.5 times the parameters of MLP 8 and takes 2 times as long to fit.
    """
    kan, mlp = (
        # One that has diverged is no number, and no best.
        min(
            (one for one in table if one["kind"] == kind),
            key=lambda one: np.nan_to_num(one["rmse"], nan=np.inf),
        )
        for kind in ("kan", "mlp")
    )
    spread = max(one.get("rmse_std", 0.0) for one in (kan, mlp))
    apart = mlp["rmse"] - kan["rmse"]
    word = "neither wins nor loses" if abs(apart) <= spread else "wins" if apart > 0 else "loses"
    weights, slower = kan["parameters"] / mlp["parameters"], kan["seconds"] / mlp["seconds"]
    return (
        f"On {data} the KAN {word}: its best, {kan['name']}, misses by {kan['rmse']:.2g} σ, the best perceptron, "
        f"{mlp['name']}, by {mlp['rmse']:.2g} σ.\n"
        f"{kan['name']} has {_times(weights)} the parameters of {mlp['name']} and takes {_times(slower)} as long "
        "to fit."
    )


def _times(ratio: float) -> str:
    return f"{ratio:.2g} times" if ratio < 100 else f"{ratio:,.0f} times"


def _made(kind: str, settings: Mapping[str, Any]) -> Any:
    from matsluice.models.kolmogorov_arnold.estimators import KANRegressor
    from matsluice.models.multilayer_perceptron.estimators import MLPRegressor

    return (MLPRegressor if kind == "mlp" else KANRegressor)(**settings)


def _fitted(model: Any, kind: str, fold: FoldRows) -> Any:
    fitted = model.fit(fold.X, fold.y)
    return fitted.prune() if kind == "kan-pruned" else fitted


def _parameters(fitted: Any) -> int:
    return int(getattr(fitted, "n_parameters_", 0) or fitted.weights_.shape[1])
