"""How well sets of features part classes: Fisher's ratio, a linear probe, and the two directions that show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray
    from sklearn.base import BaseEstimator

FOLDS: Final = 5


@dataclass(frozen=True, slots=True)
class Separability:
    """What one set of features does for the classes.

    Every number is of rows that the features, the scaling and the directions were not fitted on.

    Attributes
    ----------
    features
        How many there are (the most over the folds).
    fisher_ratio
        Variance between the classes over variance within them, along the best directions: the trace of W⁻¹B of linear
        discriminant analysis (Fisher 1936, doi:10.1111/j.1469-1809.1936.tb02137.x). 0 where classes coincide, without
        bound where they are far apart.
    probe_accuracy, probe_deviation
        Share of rows that logistic regression assigns rightly, each class counted equally: mean and standard deviation
        over folds (a linear probe: Alain & Bengio 2017, arXiv:1610.01644).
    projection
        (n, 2): each row on the first discriminant direction, and on the second, or, of two classes, the direction of
        largest variance beside it; fitted without the row.
    """

    features: int
    fisher_ratio: float
    probe_accuracy: float
    probe_deviation: float
    projection: NDArray[np.float64]


def separability(
    sets: Mapping[str, tuple[ArrayLike, BaseEstimator | None]],
    y: ArrayLike,
    *,
    random_state: int = 0,
    folds: Sequence[tuple[NDArray[np.intp], NDArray[np.intp]]] | None = None,
) -> dict[str, Separability]:
    """Return the separability of the classes y (n,) in each set of features, before and after engineering.

    Parameters
    ----------
    sets
        Name to (features (n, p), transformer or None). A transformer, as `SISSOFeatures`, is fitted in each fold on
        the training rows and their classes, so that what it has learned from a row's class does not flatter the row.
    y
        Classes.
    random_state
        Of the folds.
    folds
        Places of the rows that are learned from and of those that are left out, every row left out once; five folds
        with equal shares of the classes where there are none.

    Raises
    ------
    ValueError
        A class has fewer rows than there are folds, the rows of a fold that are learned from lack a class, or features
        are not finite.

    Examples
    --------
    >>> chance = np.random.default_rng(0)
    >>> X = chance.uniform(1, 3, (100, 2))
    >>> found = separability({"a, b": (X, None), "a/b": (X[:, :1] / X[:, 1:], None)}, X[:, 0] > X[:, 1])
    >>> bool(found["a/b"].probe_accuracy >= 0.95)
    True
    """
    from sklearn.model_selection import StratifiedKFold

    classes, label = np.unique(np.asarray(y), return_inverse=True)
    counts = np.bincount(label)
    if len(classes) < 2 or counts.min() < FOLDS:
        raise ValueError(
            f"separability takes two or more classes of {FOLDS} rows or more each; "
            f"{classes[int(counts.argmin())]} has {counts.min()} and there are {len(classes)}"
        )
    given = folds or StratifiedKFold(FOLDS, shuffle=True, random_state=random_state).split(label, label)
    parts = list(given)
    for train, _ in parts:
        missing = np.setdiff1d(np.arange(len(classes)), label[train])
        if len(missing):
            raise ValueError(
                f"the rows of a fold that are learned from have none of the class {classes[missing[0]]}"
            )
    return {name: _of_set(X, transformer, label, parts) for name, (X, transformer) in sets.items()}


def _of_set(
    X: Any, transformer: BaseEstimator | None, label: NDArray[np.int64], folds: list[Any]
) -> Separability:
    from sklearn.base import clone

    projection = np.empty((len(label), 2))
    ratios, accuracies, widths = [], [], []
    for kept, left in folds:
        inside, outside = _rows(X, kept), _rows(X, left)
        if transformer is not None:
            own: Any = clone(transformer)
            fitted = own.fit(inside, label[kept])
            inside, outside = fitted.transform(inside), fitted.transform(outside)
        train, test = _standardised(
            np.asarray(inside, dtype=np.float64), np.asarray(outside, dtype=np.float64)
        )
        widths.append(train.shape[1])
        accuracies.append(_probe(train, label[kept], test, label[left]))
        within, axes = _directions(train, label[kept])
        along = test @ axes
        ratios.append(_ratio(test @ within, label[left]))
        projection[left] = along
    return Separability(
        max(widths),
        float(np.mean(ratios)),
        float(np.mean(accuracies)),
        float(np.std(accuracies, ddof=1)),
        _aligned(projection, folds, label),
    )


def _rows(X: Any, index: NDArray[np.int64]) -> Any:
    return X.iloc[index] if hasattr(X, "iloc") else np.asarray(X)[index]


def _standardised(train: NDArray[np.float64], test: NDArray[np.float64]) -> tuple[NDArray[Any], NDArray[Any]]:
    mean, spread = train.mean(axis=0), train.std(axis=0)
    varies = spread > 1e-12 * np.abs(mean)
    if not varies.any():
        return np.zeros((len(train), 1)), np.zeros((len(test), 1))
    mean, spread = mean[varies], spread[varies]
    return (train[:, varies] - mean) / spread, (test[:, varies] - mean) / spread


def _probe(
    train: NDArray[np.float64], label: NDArray[np.int64], test: NDArray[np.float64], truth: NDArray[np.int64]
) -> float:
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import balanced_accuracy_score

    probe = LogisticRegression(C=10.0, max_iter=10_000, class_weight="balanced").fit(train, label)
    return float(balanced_accuracy_score(truth, probe.predict(test)))


def _directions(X: NDArray[np.float64], label: NDArray[np.int64]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the discriminant directions (p, classes − 1), and two (p, 2) to draw."""
    classes = int(label.max()) + 1
    means = np.stack([X[label == c].mean(axis=0) for c in range(classes)])
    centred = X - means[label]
    # A little of the identity, for features that are sums of others.
    within = centred.T @ centred / len(X) + 1e-6 * np.eye(X.shape[1])
    apart = means - means.mean(axis=0)
    half = np.linalg.inv(np.linalg.cholesky(within))
    vectors = half.T @ np.linalg.eigh(half @ (apart.T @ apart / classes) @ half.T)[1]
    best = vectors[:, ::-1][:, : min(classes - 1, X.shape[1])]
    if best.shape[1] >= 2 or X.shape[1] == 1:
        second = best[:, 1] if best.shape[1] >= 2 else np.zeros(1)
    else:
        # The direction of largest variance among those that are uncorrelated with the first within the classes.
        first = within @ best[:, 0]
        rest = np.eye(X.shape[1]) - np.outer(first, first) / (first @ first)
        second = rest @ np.linalg.eigh(rest @ np.cov(X.T) @ rest)[1][:, -1]
        second = second / max(np.sqrt(second @ within @ second), 1e-12)
    return best, np.stack([best[:, 0], second], axis=1)


def _ratio(along: NDArray[np.float64], label: NDArray[np.int64]) -> float:
    """Return the variance between classes over that within, summed over discriminant directions (n, directions)."""
    present = np.unique(label)
    means = np.stack([along[label == c].mean(axis=0) for c in present])
    within = np.stack([along[label == c].var(axis=0) for c in present]).mean(axis=0)
    between = means.var(axis=0)
    return float((between / np.maximum(within, 1e-12)).sum())


def _aligned(
    projection: NDArray[np.float64], folds: list[Any], label: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the projection, the directions of all folds turned alike: last class to the right, skew upwards."""
    found = projection.copy()
    last = label == label.max()
    for _, left in folds:
        part, own = found[left], last[left]
        if part[own, 0].mean() < part[~own, 0].mean():
            part[:, 0] *= -1.0
        if (part[:, 1] ** 3).sum() < 0.0:
            part[:, 1] *= -1.0
        found[left] = part
    return found


def separability_table(found: Mapping[str, Separability]) -> list[dict[str, str | float | int]]:
    """Return a row for each set of features: what the report and MLflow take.

    Examples
    --------
    >>> one = Separability(3, 1.5, 0.9, 0.02, np.zeros((4, 2)))
    >>> separability_table({"radii": one})[0]["fisher_ratio"]
    1.5
    """
    return [
        {
            "set": name,
            "features": one.features,
            "fisher_ratio": one.fisher_ratio,
            "probe_accuracy": one.probe_accuracy,
            "probe_deviation": one.probe_deviation,
        }
        for name, one in found.items()
    ]
