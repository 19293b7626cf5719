"""Whether a model's error has changed by more than its folds' spread allows to say."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from matsluice.tasks.changes.record import ScoreChange

# What decides which model is the champion: of numbers, of classes.
METRICS = ("mae", "log_loss")
# A difference of so many standard errors is called one; some 5 % of equal pairs are beyond it by chance.
BEYOND = 2.0


def difference_error(before: Sequence[float], now: Sequence[float]) -> float | None:
    """Return the standard error of the difference of two cross-validated means, None for fewer than two folds.

    The folds of one run share most of their training rows, so that their spread understates how uncertain the
    mean is. Its variance is therefore corrected, s² (1/k + 1/(k − 1)) for k folds (Nadeau and Bengio, Machine
    Learning 52, 239, 2003, DOI 10.1023/A:1024068626366). The two runs' folds are taken as independent, which
    errs on the side of seeing no change, as they share rows.

    Examples
    --------
    >>> round(difference_error([0.4, 0.5, 0.6], [0.4, 0.5, 0.6]), 4)
    0.1291
    """
    if min(len(before), len(now)) < 2:
        return None
    return math.sqrt(_variance_of_mean(before) + _variance_of_mean(now))


def _variance_of_mean(values: Sequence[float]) -> float:
    count = len(values)
    mean = sum(values) / count
    variance = sum((value - mean) ** 2 for value in values) / (count - 1)
    return variance * (1 / count + 1 / (count - 1))


def deciding_metric(entry: Mapping[str, Any]) -> str:
    """Return which of the metrics of an entry of summary.json's "models" decides.

    Examples
    --------
    >>> deciding_metric({"metrics": {"accuracy": {}, "log_loss": {}}})
    'log_loss'
    """
    return next(metric for metric in METRICS if metric in entry["metrics"])


def score_changes(
    before: Iterable[Mapping[str, Any]], now: Iterable[Mapping[str, Any]]
) -> tuple[ScoreChange, ...]:
    """Return the change of the deciding error of every model that both runs have scored under one split.

    Parameters
    ----------
    before, now
        Entries of summary.json's "models".
    """
    earlier = {(entry["model"], entry["target"], entry["split"]): entry for entry in before}
    changes = []
    for entry in now:
        name = (entry["model"], entry["target"], entry["split"])
        metric = deciding_metric(entry)
        pair = [one["metrics"].get(metric) for one in (earlier.get(name), entry) if one is not None]
        if len(pair) < 2 or any(score is None or score["mean"] is None for score in pair):
            continue
        folds = [[value for value in score["folds"] if value is not None] for score in pair]
        error = difference_error(*folds)
        taken_over = entry.get("reused_folds", 0) == len(pair[1]["folds"]) and folds[0] == folds[1]
        difference = pair[1]["mean"] - pair[0]["mean"]
        changes.append(
            ScoreChange(
                model=entry["model"],
                target=entry["target"],
                split=entry["split"],
                metric=metric,
                before=pair[0]["mean"],
                now=pair[1]["mean"],
                standard_error=error,
                verdict="taken over" if taken_over else verdict(difference, error),
            )
        )
    return tuple(changes)


def verdict(difference: float, standard_error: float | None) -> str:
    """Return what a difference of errors says.

    Examples
    --------
    >>> verdict(0.1, 0.03), verdict(-0.1, 0.03), verdict(0.1, 0.08), verdict(0.1, None)
    ('worse', 'better', 'within the spread of folds', 'within the spread of folds')
    """
    if standard_error is None or abs(difference) <= BEYOND * standard_error:
        return "within the spread of folds"
    return "worse" if difference > 0 else "better"
