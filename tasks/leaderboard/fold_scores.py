"""The scores that the benchmark asks for of a fold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Of classes, what counts as the second one.
THRESHOLD = 0.5
# Values that are nearer to zero have no relative error.
LEAST_FOR_RELATIVE = 1e-5


def number_scores(y_true: NDArray[np.float64], y_pred: NDArray[np.float64]) -> dict[str, float]:
    """Return mae, rmse, mape and max_error, under matbench's names.

    Examples
    --------
    >>> number_scores(np.array([0.0, 2.0]), np.array([1.0, 2.0]))["mae"]
    0.5
    """
    miss = np.abs(y_true - y_pred)
    some = np.abs(y_true) > LEAST_FOR_RELATIVE
    relative = miss[some] / np.abs(y_true[some])
    return {
        "mae": float(miss.mean()),
        "rmse": float(np.sqrt((miss**2).mean())),
        "mape": float(relative.mean()) if some.any() else 0.0,
        "max_error": float(miss.max()),
    }


def class_scores(y_true: NDArray[Any], probability: NDArray[np.float64]) -> dict[str, float]:
    """Return accuracy, balanced_accuracy, f1, rocauc (by probability), and rocauc_label (by hard label).

    Published entries mix the two: a hard label is one point of the curve, and gives a smaller area.

    Parameters
    ----------
    y_true
        0 or 1, (n,).
    probability
        Of 1, (n,).

    Examples
    --------
    >>> scores = class_scores(np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.45, 0.9]))
    >>> scores["rocauc"], scores["rocauc_label"]
    (1.0, 0.75)
    """
    from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score, roc_auc_score

    label = (probability >= THRESHOLD).astype(np.int64)
    return {
        "accuracy": float(accuracy_score(y_true, label)),
        "balanced_accuracy": float(balanced_accuracy_score(y_true, label)),
        "f1": float(f1_score(y_true, label)),
        "rocauc": float(roc_auc_score(y_true, probability)),
        "rocauc_label": float(roc_auc_score(y_true, label)),
    }
