"""Optimisers on one network and the campaign's folds: which gets lowest, which errs least, and what it costs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from matsluice.tasks.studies.figures import OPTIMIZER_NAMES, loss_by_cost
from matsluice.tasks.studies.findings import Drawing, Findings
from matsluice.tasks.studies.optimizer_study import (
    LEARNING_RATES,
    OptimizerStudy,
    compare_optimizers,
    converged_at,
)
from matsluice.tasks.train.loss_curves import mean_of_folds, thinned

if TYPE_CHECKING:
    from matsluice.tasks.studies.study_data import StudyData
    from matsluice.tasks.studies.study_options import OptimizerOptions

# More points of a history no figure tells apart.
_MOST_POINTS: Final = 300
# An optimiser that settles in the last quarter of its epochs would have gone on falling.
_LATE: Final = 0.75
_COLUMNS: Final = ("epoch", "loss", "seconds", "gradient_evaluations")


def run(data: StudyData, options: OptimizerOptions, seed: int) -> Findings:
    """Fit the network by each optimiser in each fold; features are scaled, all that vary are used."""
    study = compare_optimizers(
        data.prepared(),
        hidden=options.hidden,
        activation=options.activation,
        epochs=options.epochs,
        learning_rates={name: LEARNING_RATES[name] for name in options.optimizers},
        seed=seed,
    )
    return Findings(
        verdict=tuple(verdict(study.table, data.unit, options.epochs)),
        table=tuple(study.table),
        series={
            "histories": {
                name: [_short(one) for one in fits] for name, fits in study.histories.items()
            },
            "curves": {
                f"{name}/loss": thinned(mean_of_folds([np.asarray(one["loss"]) for one in fits]))
                for name, fits in study.histories.items()
            },
        },
    )  # fmt: skip


def verdict(table: Sequence[Mapping[str, Any]], unit: str, epochs: int) -> list[str]:
    """Return who errs least on rows left out, who gets lowest on those learned from, and who has not settled.

    Examples
    --------
    >>> line = {"test_mae": 0.41, "test_mae_std": 0.02, "final_loss": 0.1, "epoch_to_converge": 40.0,
    ...         "gradient_evaluations_to_converge": 1280.0, "seconds_to_converge": 0.5}
    >>> table = [{"optimizer": "gd", **line, "test_mae": 0.5, "final_loss": 0.2, "epoch_to_converge": 99.0},
    ...          {"optimizer": "adam", **line}]
    >>> for sentence in verdict(table, "eV", 100):
    ...     print(sentence)
    Adam errs least on rows left out: MAE 0.410 ± 0.020 eV, settled after 1280 gradients and 0.5 s.
    Gradient descent had not settled after 100 epochs: its loss was still falling.
    """
    known = [one for one in table if one["test_mae"] is not None and np.isfinite(one["test_mae"])]
    if not known:
        return ["No optimiser has found weights that predict anything: every fit diverged."]
    best = min(known, key=lambda one: float(one["test_mae"]))
    lowest = min(known, key=lambda one: float(one["final_loss"]))
    late = [one for one in table if one["epoch_to_converge"] > _LATE * epochs]
    sentences = [
        f"{_name(best)} errs least on rows left out: MAE {_missed(best, unit)}"
        + ("." if best in late else f", {_when(best)}.")
    ]
    if lowest is not best:
        sentences.append(
            f"{_name(lowest)} gets lowest on the rows it learns from, to a loss of {lowest['final_loss']:.2g} σ²"
            + ("" if lowest in late else f", {_when(lowest)}")
            + f"; on rows left out it errs by {_missed(lowest, unit)}."
        )
    if late:
        names = _joined([_name(one) for one in late])
        sentences.append(
            f"{names} had not settled after {epochs} epochs: "
            f"{'its loss was' if len(late) == 1 else 'their losses were'} still falling."
        )
    return sentences


def drawings(findings: Findings) -> list[Drawing]:
    """Return loss against epochs, gradients and seconds."""
    study = OptimizerStudy(list(map(dict, findings.table)), _with_gaps(findings.series["histories"]))
    captions = {
        "epoch": "Training loss against epochs: a line for each fold, the median one strong, a mark where it is "
        "within 1 % of its whole fall.",
        "gradient_evaluations": "The same against gradients: L-BFGS pays for its line search.",
        "seconds": "The same against seconds of one thread.",
    }
    return [
        Drawing(f"loss-by-{cost.replace('_', '-')}", partial(_drawn, study, cost), caption,
                f"Training loss of {_joined(list(study.histories))} against {cost.replace('_', ' ')}; the table has "
                "where each settles.")
        for cost, caption in captions.items()
    ]  # fmt: skip


def _drawn(study: OptimizerStudy, cost: str, theme: Any) -> Any:
    return loss_by_cost(study, cost, theme=theme)


def _short(history: Mapping[str, Sequence[float]]) -> dict[str, list[float]]:
    """Return a history at some epochs: evenly spaced in their logarithm, with the least loss and the settled one."""
    losses = np.asarray(history["loss"], dtype=np.float64)
    spaced = np.geomspace(1, len(losses), _MOST_POINTS).round().astype(np.int64) - 1
    kept = np.unique([*spaced, int(np.nanargmin(losses)), converged_at(losses.tolist())])
    return {name: np.asarray(history[name])[kept].tolist() for name in _COLUMNS}


def _with_gaps(histories: Mapping[str, list[Mapping[str, list[float | None]]]]) -> dict[str, Any]:
    """Return the histories with NaN where JSON has null: an optimiser that has diverged."""
    return {
        name: [{key: [np.nan if v is None else v for v in values] for key, values in one.items()} for one in fits]
        for name, fits in histories.items()
    }  # fmt: skip


def _when(one: Mapping[str, Any]) -> str:
    return (
        f"settled after {one['gradient_evaluations_to_converge']:.0f} gradients and "
        f"{one['seconds_to_converge']:.2g} s"
    )


def _missed(one: Mapping[str, Any], unit: str) -> str:
    """Return an error with its spread, to two digits of the spread."""
    spread = one["test_mae_std"]
    digits = max(0, 1 - math.floor(math.log10(spread))) if spread > 0 else 3
    return f"{one['test_mae']:.{digits}f} ± {spread:.{digits}f} {unit}".rstrip()


def _name(one: Mapping[str, Any]) -> str:
    name = OPTIMIZER_NAMES.get(str(one["optimizer"]), str(one["optimizer"]))
    return name[0].upper() + name[1:]


def _joined(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
