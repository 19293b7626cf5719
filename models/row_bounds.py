"""From how few and how many rows a model learns: said in a sentence, never decided in silence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import clone, is_classifier

from matsluice.models.grouped_fit import fit_grouped
from matsluice.models.wrapped import Wrapped

if TYPE_CHECKING:
    from numpy.typing import NDArray


class RowBounds(Wrapped):
    """An estimator that refuses too few rows, and refuses or draws from too many.

    Parameters
    ----------
    estimator
        What learns.
    kind
        Its name, for the sentences.
    least
        Fewest rows it learns from.
    max_rows
        Most rows it learns from; None for no bound.
    subsample
        Whether, beyond `max_rows`, that many rows are drawn (each class by its share) and the others left out. Without
        it more rows are refused.
    random_state
        Seed of the draw.
    """

    def __init__(
        self,
        estimator: Any,
        kind: str = "the model",
        least: int = 1,
        max_rows: int | None = None,
        subsample: bool = False,
        random_state: int | None = None,
    ) -> None:
        self.estimator = estimator
        self.kind = kind
        self.least = least
        self.max_rows = max_rows
        self.subsample = subsample
        self.random_state = random_state

    def fit(
        self, X: NDArray[np.float64], y: NDArray[Any], groups: NDArray[np.int64] | None = None
    ) -> RowBounds:
        """Fit on the rows, or on the drawn ones.

        Raises
        ------
        ValueError
            There are fewer rows than `least`, or more than `max_rows` and nothing is drawn.
        """
        n = len(X)
        if n < self.least:
            raise ValueError(f"{self.kind} learns from at least {self.least} rows here, got {n}")
        if self.max_rows is not None and n > self.max_rows:
            if not self.subsample:
                raise ValueError(too_many_rows(self.kind, n, self.max_rows))
            rows = drawn_rows(
                y if is_classifier(self.estimator) else None, n, self.max_rows, self.random_state
            )
            X, y, groups = X[rows], y[rows], None if groups is None else groups[rows]
        self.rows_used_ = len(X)
        self.estimator_ = fit_grouped(clone(self.estimator), X, y, groups)
        return self


def too_many_rows(kind: str, rows: int, max_rows: int) -> str:
    """Return the sentence for more rows than a model of steep cost is allowed."""
    return (
        f"{kind} is asked to learn from {rows} rows, and its parameter max_rows = {max_rows} allows no more: "
        "raise max_rows if you have the time and the memory, or set subsample = true to learn from as many rows "
        "drawn at random"
    )


def drawn_rows(classes: NDArray[Any] | None, n: int, wanted: int, seed: int | None) -> NDArray[np.int64]:
    """Return `wanted` of n rows in their order, drawn at random; of classes (n,) each by its share, and at least one.

    Examples
    --------
    >>> drawn_rows(np.repeat([0, 1], [90, 10]), 100, 10, seed=0).shape
    (10,)
    >>> int((drawn_rows(np.repeat([0, 1], [90, 10]), 100, 10, seed=0) >= 90).sum())
    1
    """
    order = np.random.default_rng(seed).permutation(n)
    if classes is None:
        return np.sort(order[:wanted])
    _, which, counts = np.unique(classes, return_inverse=True, return_counts=True)
    quota = np.maximum(1, counts * wanted // n)
    quota[np.argmax(counts)] += wanted - quota.sum()
    taken = [order[which[order] == number][:some] for number, some in enumerate(quota)]
    return np.sort(np.concatenate(taken))
