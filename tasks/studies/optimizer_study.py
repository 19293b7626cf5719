"""Optimiser efficiency against accuracy: one network, the same folds, four ways to walk downhill."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from matsluice.tasks.studies.study_data import FoldRows

# Learning rates that are tried on the first fold; L-BFGS has none.
LEARNING_RATES: Final[Mapping[str, tuple[float, ...] | None]] = MappingProxyType(
    {"gd": (0.03, 0.1, 0.3), "sgd": (0.003, 0.01, 0.03), "adam": (0.001, 0.003, 0.01), "lbfgs": None}
)
# The share of the fall of the loss that may be missing where an optimiser counts as converged.
_MISSING: Final = 0.01


@dataclass(frozen=True, slots=True)
class OptimizerStudy:
    """Outcome of the study.

    Attributes
    ----------
    table
        A line per optimiser: optimizer, learning_rate, test_mae and test_mae_std (over the folds, in the
        target's unit),
        final_loss, and epochs, seconds and gradient_evaluations until it converged and in all, medians over the folds.
    histories
        Per optimiser, the `history_` of each fold.
    """

    table: list[dict[str, Any]]
    histories: Mapping[str, list[Mapping[str, Any]]]


def converged_at(loss: Sequence[float]) -> int:
    """Return the place of the first loss that is within 1 % of the whole fall above the least one.

    Examples
    --------
    >>> converged_at([1.0, 0.5, 0.105, 0.1, 0.1])
    2
    """
    losses = np.asarray(loss, dtype=np.float64)
    least = float(np.nanmin(losses))
    return int(np.argmax(losses <= least + _MISSING * (losses[0] - least)))


def compare_optimizers(
    folds: Sequence[FoldRows],
    *,
    hidden: Sequence[int] = (64, 64),
    activation: str = "tanh",
    epochs: int = 300,
    learning_rates: Mapping[str, Sequence[float] | None] = LEARNING_RATES,
    seed: int = 0,
) -> OptimizerStudy:
    """Fit one network by each optimiser on the same folds from the same random weights.

    Parameters
    ----------
    folds
        The rows that are learned from and those that are left out, features filled.
    epochs
        Passes over the rows; for L-BFGS steps, each of about one pass.
    learning_rates
        Per optimiser, those that are tried on the training rows of the first fold; the one of the least loss is used.
        None where there is none to choose.

    Raises
    ------
    ValueError
        There is no fold, or a word is unknown.
    """
    from matsluice.models.multilayer_perceptron.estimators import MLPRegressor

    if not len(folds):
        raise ValueError("a study needs at least one fold, a pair of training and test rows")
    # A learning rate that stays as it is, and no penalty: what is compared is the way downhill.
    settings: dict[str, Any] = {
        "hidden": tuple(hidden),
        "activation": activation,
        "epochs": epochs,
        "alpha": 0.0,
        "schedule": "constant",
        "tolerance": 0.0,
        "patience": epochs,
        "random_state": seed,
    }
    histories: dict[str, list[Mapping[str, Any]]] = {}
    table = []
    for optimizer, rates in learning_rates.items():
        rate = None
        if rates:
            tried = [MLPRegressor(**settings, optimizer=optimizer, learning_rate=one) for one in rates]
            losses = [_loss(model, folds[0]) for model in tried]
            rate = min(zip(losses, rates, strict=True))[1]
        fits: list[Mapping[str, Any]] = []
        errors = []
        for fold in folds:
            model = MLPRegressor(**settings, optimizer=optimizer, learning_rate=rate).fit(fold.X, fold.y)
            fits.append(model.history_)
            errors.append(float(np.abs(model.predict(fold.X_test) - fold.y_test).mean()))
        histories[optimizer] = fits
        table.append(_line(optimizer, rate, fits, errors))
    return OptimizerStudy(table, histories)


def _loss(model: Any, fold: FoldRows) -> float:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a rate that explodes is one that is not chosen
        fitted = model.fit(fold.X, fold.y)
    return np.inf if fitted.stopped_ == "diverged" else float(fitted.history_["loss"][-1])


def _line(
    optimizer: str, rate: float | None, fits: Sequence[Mapping[str, Any]], errors: Sequence[float]
) -> dict[str, Any]:
    places = [converged_at(one["loss"]) for one in fits]
    line: dict[str, Any] = {
        "optimizer": optimizer,
        "learning_rate": rate,
        "test_mae": float(np.mean(errors)),
        "test_mae_std": float(np.std(errors)),
        "final_loss": float(np.median([one["loss"][-1] for one in fits])),
    }
    for quantity in ("epoch", "seconds", "gradient_evaluations"):
        line[f"{quantity}_to_converge"] = float(
            np.median([one[quantity][at] for one, at in zip(fits, places, strict=True)])
        )
        line[f"{quantity}_in_all"] = float(np.median([one[quantity][-1] for one in fits]))
    return line
