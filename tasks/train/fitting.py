"""One fit on some training rows: the same for a fold, the hold-out and the final model."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from matsluice.infra.mistakes import Failed
from matsluice.infra.workspace.arrays import read_array
from matsluice.models.catalogue import make_model
from matsluice.models.class_probabilities import class_probabilities
from matsluice.models.grouped_fit import fit_grouped

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sklearn.pipeline import Pipeline

    from matsluice.tasks.train.training_rows import TrainingRows


def fitted(
    kind: str,
    parameters: Mapping[str, Any],
    seed: int,
    X: NDArray[np.float64],
    y: NDArray[Any],
    *,
    task: str,
    groups: NDArray[np.int64] | None,
) -> Pipeline:
    """Return a fitted pipeline.

    Parameters
    ----------
    kind, parameters, seed, task
        The model.
    X, y
        Features, (n, columns), and values or places of classes, (n,).
    groups
        The group of each row, (n,), for a model that divides its rows once more; None where each is its own.

    Raises
    ------
    Failed
        The model refuses the rows: too many for its cost, too few, or too few groups.
    """
    model = make_model(kind, parameters, seed, task)
    try:
        fit_grouped(model, X, y, groups)
    except ValueError as refusal:
        raise Failed(
            f"{kind} cannot learn from {len(X)} rows of {X.shape[1]} columns: {refusal}"
        ) from refusal
    return model


def predicted(model: Pipeline, X: NDArray[np.float64], classes: int) -> dict[str, NDArray[np.float64]]:
    """Return y_pred (n,), or probability (n, classes) where there are classes, by name."""
    if classes:
        return {"probability": class_probabilities(model, X, classes)}
    return {"y_pred": np.asarray(model.predict(X), dtype=np.float64)}


def task_of(rows: TrainingRows) -> str:
    """Return what is learned from the rows."""
    return "classification" if len(rows.classes) else "regression"


def groups_of(file: str, rows: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """Return the groups of some rows, from the file that has them for all; None without a file."""
    return read_array(Path(file))[rows] if file else None
