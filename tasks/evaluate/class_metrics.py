"""How good predicted probabilities of classes are.

Every function takes the place of each row's class, (n,) whole numbers from 0, and the probability of each class,
(n, classes), in the same order. Of two classes the last one is that which ROC and precision-recall curves are of.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from matsluice.tasks.evaluate.metrics import MetricSpec

if TYPE_CHECKING:
    from numpy.typing import NDArray

# The smallest probability that the log-loss sees, scikit-learn's: with it a class that was called impossible and is
# true costs 36, and not infinity.
LEAST_PROBABILITY = float(np.finfo(np.float64).eps)


def predicted_classes(probability: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the place of the most probable class, (n,); of equals the first.

    Examples
    --------
    >>> predicted_classes(np.array([[0.2, 0.8], [0.5, 0.5]])).tolist()
    [1, 0]
    """
    return np.asarray(np.argmax(probability, axis=1))


def accuracy(y_true: NDArray[np.int64], probability: NDArray[np.float64]) -> float:
    """Return the share of rows whose most probable class is the true one."""
    return float(np.mean(predicted_classes(probability) == y_true))


def balanced_accuracy(y_true: NDArray[np.int64], probability: NDArray[np.float64]) -> float:
    """Return the mean over classes of the share that is recognised, NaN where a class has no row.

    Examples
    --------
    >>> balanced_accuracy(np.array([0, 0, 0, 1]), np.array([[0.9, 0.1]] * 4))
    0.5
    """
    right, there, _ = _counts(y_true, probability)
    return float(np.mean(right / there)) if (there > 0).all() else float("nan")


def f1_macro(y_true: NDArray[np.int64], probability: NDArray[np.float64]) -> float:
    """Return the mean over classes of 2·right / (true + predicted), NaN where a class has no row.

    Examples
    --------
    >>> f1_macro(np.array([0, 0, 1, 1]), np.array([[0.9, 0.1], [0.1, 0.9], [0.1, 0.9], [0.1, 0.9]]))
    0.7333333333333334
    """
    right, there, said = _counts(y_true, probability)
    return float(np.mean(2 * right / (there + said))) if (there > 0).all() else float("nan")


def matthews(y_true: NDArray[np.int64], probability: NDArray[np.float64]) -> float:
    """Return Matthews' correlation, −1 to 1, for any number of classes; NaN where all rows are of one class.

    A model that says one class for all has 0. Gorodkin 2004, doi:10.1016/j.compbiolchem.2004.09.006.

    Examples
    --------
    >>> matthews(np.array([0, 1, 0, 1]), np.array([[0.9, 0.1], [0.1, 0.9], [0.8, 0.2], [0.4, 0.6]]))
    1.0
    """
    right, there, said = _counts(y_true, probability)
    n = len(y_true)
    spread_true, spread_said = n**2 - np.sum(there**2), n**2 - np.sum(said**2)
    if spread_true == 0:
        return float("nan")
    if spread_said == 0:
        return 0.0
    return float((n * right.sum() - np.sum(there * said)) / np.sqrt(spread_true * spread_said))


def brier(y_true: NDArray[np.int64], probability: NDArray[np.float64]) -> float:
    """Return ½ of the mean squared distance from probabilities to the truth, 0 to 1.

    For two classes it is the mean of (p − y)². Brier 1950, doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2.

    Examples
    --------
    >>> brier(np.array([0, 1]), np.array([[1.0, 0.0], [0.5, 0.5]]))
    0.125
    """
    truth = np.eye(probability.shape[1])[y_true]
    return float(0.5 * np.mean(np.sum((probability - truth) ** 2, axis=1)))


def log_loss(y_true: NDArray[np.int64], probability: NDArray[np.float64]) -> float:
    """Return −(1/n) Σ ln p(true class), at least 0, p taken to be no less than `LEAST_PROBABILITY`.

    A proper score: it is least, on average, for the true probabilities. Good 1952,
    doi:10.1111/j.2517-6161.1952.tb00104.x.

    Examples
    --------
    >>> round(log_loss(np.array([0, 1]), np.array([[0.5, 0.5], [0.5, 0.5]])), 6)
    0.693147
    """
    of_truth = probability[np.arange(len(y_true)), y_true]
    return float(-np.mean(np.log(np.clip(of_truth, LEAST_PROBABILITY, 1.0))))


def roc_auc(y_true: NDArray[np.int64], probability: NDArray[np.float64]) -> float:
    """Return the chance that a row of a class is given a higher probability of it than a row of another.

    Of more than two classes the mean over one against the rest. NaN where a class has no row. Hanley & McNeil 1982,
    doi:10.1148/radiology.143.1.7063747.

    Examples
    --------
    >>> roc_auc(np.array([0, 1, 1]), np.array([[0.6, 0.4], [0.7, 0.3], [0.2, 0.8]]))
    0.5
    """
    from sklearn.metrics import roc_auc_score

    return _each_class(roc_auc_score, y_true, probability)


def pr_auc(y_true: NDArray[np.int64], probability: NDArray[np.float64]) -> float:
    """Return the average precision: the area under precision against recall, in steps.

    Of more than two classes the mean over one against the rest. NaN where a class has no row. Davis & Goadrich 2006,
    doi:10.1145/1143844.1143874.
    """
    from sklearn.metrics import average_precision_score

    return _each_class(average_precision_score, y_true, probability)


def _each_class(
    score: Callable[..., Any], y_true: NDArray[np.int64], probability: NDArray[np.float64]
) -> float:
    classes = probability.shape[1]
    if len(np.unique(y_true)) < classes:
        return float("nan")
    asked = (1,) if classes == 2 else range(classes)
    return float(np.mean([float(score(y_true == place, probability[:, place])) for place in asked]))


def _counts(
    y_true: NDArray[np.int64], probability: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return for each class how many rows are rightly said to be of it, are of it, and are said to be."""
    said, classes = predicted_classes(probability), probability.shape[1]
    counted = (y_true[said == y_true], y_true, said)
    right, there, predicted = (np.bincount(rows, minlength=classes).astype(np.float64) for rows in counted)
    return right, there, predicted


MISSING = "a class has no row"

CLASS_METRICS: Mapping[str, MetricSpec] = MappingProxyType(
    {
        spec.name: spec
        for spec in (
            MetricSpec("log_loss", log_loss, less_is_better=True),
            MetricSpec("roc_auc", roc_auc, less_is_better=False, undefined=MISSING),
            MetricSpec("pr_auc", pr_auc, less_is_better=False, undefined=MISSING),
            MetricSpec("accuracy", accuracy, less_is_better=False),
            MetricSpec("balanced_accuracy", balanced_accuracy, less_is_better=False, undefined=MISSING),
            MetricSpec("f1_macro", f1_macro, less_is_better=False, undefined=MISSING),
            MetricSpec("mcc", matthews, less_is_better=False, undefined="all rows are of one class"),
            MetricSpec("brier", brier, less_is_better=True),
        )
    }
)
