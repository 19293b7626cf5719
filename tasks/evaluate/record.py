"""Scores as they stand in summary.json, which has no NaN."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from matsluice.tasks.evaluate.metrics import FoldScores

# What decides which model is the champion: of numbers, of classes.
DECIDING_METRICS = ("mae", "log_loss")


def finite_or_none(value: float) -> float | None:
    """Return the value, or None where it is not finite.

    Examples
    --------
    >>> finite_or_none(1.5), finite_or_none(float("nan"))
    (1.5, None)
    """
    return value if math.isfinite(value) else None


def deciding_metric(entry: Mapping[str, Any]) -> str:
    """Return which of the metrics of an entry of summary.json's "models" decides.

    Examples
    --------
    >>> deciding_metric({"metrics": {"accuracy": {}, "log_loss": {}}})
    'log_loss'
    """
    return next(metric for metric in DECIDING_METRICS if metric in entry["metrics"])


def scores_record(
    model: str, target: str, split: str, scores: Mapping[str, FoldScores], fit_seconds: float
) -> dict[str, Any]:
    """Return an entry of summary.json's "models", but for its MLflow run."""
    return {
        "model": model,
        "target": target,
        "split": split,
        "metrics": {
            name: {
                "mean": finite_or_none(score.mean),
                "std": finite_or_none(score.std),
                "folds": [finite_or_none(value) for value in score.folds],
                **({"undefined": score.undefined} if score.undefined else {}),
            }
            for name, score in scores.items()
        },
        "fit_seconds": round(fit_seconds, 3),
    }
