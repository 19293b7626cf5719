"""A model that sees some columns only, and what it says of them put back among all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sklearn.pipeline import Pipeline

# The parameter that every kind of model takes, and the step it becomes.
COLUMNS: Final = "columns"


def on_columns(pipeline: Pipeline, ranges: Sequence[Sequence[int]]) -> Pipeline:
    """Return the pipeline behind a step that leaves only some columns.

    Parameters
    ----------
    pipeline
        Unfitted.
    ranges
        First column, and the one behind the last, of each stretch that is left, in this order.

    Examples
    --------
    >>> from matsluice.models.catalogue import make_model
    >>> X = np.array([[0.0, 1, 5], [1, 0, 5], [2, 1, 5], [3, 0, 5]])
    >>> model = on_columns(make_model("linear", {}, seed=0), [(1, 2)]).fit(X, X[:, 0])
    >>> model.predict(X).round(6).tolist()
    [1.0, 2.0, 1.0, 2.0]
    """
    from sklearn.compose import ColumnTransformer
    from sklearn.pipeline import Pipeline

    kept = [(f"{first}-{end}", "passthrough", slice(first, end)) for first, end in ranges]
    return Pipeline([(COLUMNS, ColumnTransformer(kept)), *pipeline.steps])


def seen_columns(pipeline: Pipeline) -> NDArray[np.int64] | None:
    """Return the places of the columns that a fitted pipeline of `on_columns` sees, (k,); None where it sees all."""
    step = _first(pipeline)
    if step is None:
        return None
    return np.concatenate([np.arange(kept.start, kept.stop) for _, _, kept in step.transformers])


def among_all(pipeline: Pipeline, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what is told of the columns that a fitted pipeline sees, (…, k), for all, (…, columns): 0 of the others.

    Examples
    --------
    >>> from matsluice.models.catalogue import make_model
    >>> X = np.arange(12.0).reshape(4, 3)
    >>> model = on_columns(make_model("linear", {}, seed=0), [(2, 3), (0, 1)]).fit(X, X[:, 0])
    >>> among_all(model, np.array([7.0, 9.0])).tolist()
    [9.0, 0.0, 7.0]
    """
    seen = seen_columns(pipeline)
    if seen is None:
        return values
    everywhere = np.zeros((*values.shape[:-1], column_count(pipeline)))
    everywhere[..., seen] = values
    return everywhere


def column_count(pipeline: Pipeline) -> int:
    """Return of how many columns a fitted pipeline expects its rows to be."""
    step = _first(pipeline)
    return int((pipeline[-1] if step is None else step).n_features_in_)


def _first(pipeline: Pipeline) -> Any:
    name, step = pipeline.steps[0]
    return step if name == COLUMNS else None
