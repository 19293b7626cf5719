"""The rows that a study is done on: drawn from the training rows, in the folds of the campaign's split."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Rows of a fold on either side, below which nothing can be said of it.
LEAST_ROWS = 5


@dataclass(frozen=True, slots=True)
class FoldRows:
    """One fold: the features (rows, columns) and targets (rows,) that are learned from, and those that are left out."""

    X: NDArray[np.float64]
    y: NDArray[np.float64]
    X_test: NDArray[np.float64]
    y_test: NDArray[np.float64]


def as_folds(X: NDArray[np.float64], y: NDArray[np.float64], fold: NDArray[np.int64]) -> tuple[FoldRows, ...]:
    """Return the folds of rows that need no preparation.

    Examples
    --------
    >>> folds = as_folds(np.arange(4.0)[:, None], np.arange(4.0), np.array([0, 0, 1, 1]))
    >>> folds[0].y.tolist(), folds[0].y_test.tolist()
    ([2.0, 3.0], [0.0, 1.0])
    """
    return tuple(
        FoldRows(X[fold != one], y[fold != one], X[fold == one], y[fold == one]) for one in np.unique(fold)
    )


@dataclass(frozen=True, slots=True)
class StudyData:
    """Rows of one target.

    Attributes
    ----------
    X
        (rows, columns), NaN where undefined.
    y
        (rows,): values in the target's unit, or places of classes.
    fold
        (rows,): the fold of each row under the split.
    classes
        The target's classes in order; empty where it is a number.
    target, unit, split
        Words of the campaign file.
    columns
        Name of each feature.
    blocks
        Block → its first column and the one behind its last.
    rows_of
        How many training rows there are, of which these are some.
    """

    X: NDArray[np.float64]
    y: NDArray[Any]
    fold: NDArray[np.int64]
    classes: tuple[str, ...]
    target: str
    unit: str
    split: str
    columns: tuple[str, ...]
    blocks: Mapping[str, tuple[int, int]]
    rows_of: int

    def facts(self) -> dict[str, Any]:
        """Return what the report says of them."""
        return {
            "target": self.target,
            "unit": self.unit,
            "split": self.split,
            "rows": len(self.y),
            "rows_of": self.rows_of,
            "columns": self.X.shape[1],
            "folds": len(np.unique(self.fold)),
        }

    def pairs(self) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
        """Return the places of the rows that are learned from and of those that are left out, for each fold."""
        return [
            (np.flatnonzero(self.fold != one), np.flatnonzero(self.fold == one))
            for one in np.unique(self.fold)
        ]

    def prepared(self, most_columns: int | None = None, *, seed: int = 0) -> tuple[FoldRows, ...]:
        """Return the folds with features filled, bounded and scaled as fitted on the rows that are learned from.

        Parameters
        ----------
        most_columns
            Keep as many features, the most telling of the rows that are learned from (`most_telling`); None for all
            that vary.
        seed
            Of the trees that tell which those are.
        """
        from sklearn.dummy import DummyRegressor

        from matsluice.models.preparation import prepared

        folds = []
        for train, test in self.pairs():
            steps = prepared(DummyRegressor(), fill="median", scale=True)[:-1].fit(self.X[train])
            X, X_test = steps.transform(self.X[train]), steps.transform(self.X[test])
            y = np.asarray(self.y[train], dtype=np.float64)
            kept = (
                np.flatnonzero(X.std(axis=0) > 0)
                if most_columns is None
                else most_telling(X, y, most_columns, seed)
            )
            if not len(kept):
                raise ValueError("no feature varies over the rows of a fold")
            folds.append(FoldRows(X[:, kept], y, X_test[:, kept], np.asarray(self.y[test], dtype=np.float64)))
        return tuple(folds)


def sampled(fold: NDArray[np.int64], most_rows: int, seed: int) -> NDArray[np.intp]:
    """Return the places of the rows of a study, in order: some of those that have a fold.

    Parameters
    ----------
    fold
        (rows,): the fold of each row, negative for the hold-out, which a study never sees.
    most_rows
        So many at most.
    seed
        Of the draw.

    Raises
    ------
    ValueError
        There are too few of a fold.

    Examples
    --------
    >>> bool(sampled(np.repeat([-1, 0, 1], [30, 20, 20]), 20, seed=0).min() >= 30)
    True
    """
    there = np.flatnonzero(fold >= 0)
    if len(there) > most_rows:
        there = np.sort(np.random.default_rng(seed).choice(there, most_rows, replace=False))
    _, counts = np.unique(fold[there], return_counts=True)
    if len(counts) < 2 or counts.min() < LEAST_ROWS:
        raise ValueError(
            f"of {len(there)} rows a fold has {counts.min() if len(counts) > 1 else 0}, fewer than {LEAST_ROWS}: "
            "raise the study's rows or lower validation.folds"
        )
    return there


def most_telling(X: NDArray[np.float64], y: NDArray[Any], count: int, seed: int) -> NDArray[np.intp]:
    """Return the places of so many columns of X (rows, columns), those on which trees lean most, in their order.

    Examples
    --------
    >>> X = np.random.default_rng(0).normal(size=(80, 5))
    >>> most_telling(X, X[:, 3] * X[:, 1], 2, seed=0).tolist()
    [1, 3]
    """
    from sklearn.ensemble import ExtraTreesRegressor

    varies = np.flatnonzero(X.std(axis=0) > 0)
    if len(varies) <= count:
        return varies
    trees = ExtraTreesRegressor(100, min_samples_leaf=2, max_features=1 / 3, random_state=seed)
    importance = trees.fit(X[:, varies], y).feature_importances_
    return np.sort(varies[np.argsort(-importance, kind="stable")[:count]])
