"""The best features of a SISSO search as columns for any other model."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import _check_sample_weight, check_is_fitted

from matsluice.models.sisso.checked import names_of, one_of, settings_of
from matsluice.models.sisso.classification import searched_classes
from matsluice.models.sisso.expressions import Expression
from matsluice.models.sisso.regression import Settings, Training, searched
from matsluice.models.validated import validated

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from matsluice.models.sisso.class_search import ClassSearch
    from matsluice.models.sisso.search import Search


class SISSOFeatures(TransformerMixin, BaseEstimator):  # type: ignore[misc] # scikit-learn ships no types
    """Features that a SISSO search finds best, as a step before any model.

    It learns from the target: within a pipeline it is fitted on the training rows only, so that errors on other rows
    are honest. First come the features of the best formulas, then what was screened, in order; a feature that hardly
    differs from one before it is left out.

    Parameters
    ----------
    rung, dimension, operators, units, memory_gb, n_sis, n_residuals, n_models, revisions, max_candidates
        As for `SISSORegressor`.
    n_features
        Features at most.
    task
        "regression", or "classification" for `SISSOClassifier`'s search.
    most_correlated
        A feature is left out whose correlation with one before it is beyond this, either way.
    keep_columns
        Whether the columns themselves come first.

    Attributes
    ----------
    features_
        `Expression` of each feature.
    formulas_
        The same as sympy.
    units_
        Unit of each feature, as text.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from sklearn.linear_model import Ridge
    >>> from sklearn.pipeline import make_pipeline
    >>> chance = np.random.default_rng(0)
    >>> X = pd.DataFrame(chance.uniform(1, 3, (60, 3)), columns=["a", "b", "c"])
    >>> y = X["a"] / X["b"] + 0.01 * chance.normal(size=60)
    >>> model = make_pipeline(SISSOFeatures(rung=1, n_features=2), Ridge(1e-3)).fit(X[:40], y[:40])
    >>> str(model[0].get_feature_names_out()[0]), bool(model.score(X[40:], y[40:]) > 0.99)
    ('a/b', True)
    """

    def __init__(
        self,
        rung: int = 2,
        dimension: int = 2,
        operators: Sequence[str] | str | None = None,
        units: Sequence[str] | Mapping[str, str] | None = None,
        memory_gb: float = 4,
        *,
        n_features: int = 10,
        task: str = "regression",
        most_correlated: float = 0.98,
        keep_columns: bool = False,
        n_sis: int | None = None,
        n_residuals: int = 3,
        n_models: int = 10,
        revisions: int = 1,
        max_candidates: float = 2e9,
    ) -> None:
        self.rung = rung
        self.dimension = dimension
        self.operators = operators
        self.units = units
        self.memory_gb = memory_gb
        self.n_features = n_features
        self.task = task
        self.most_correlated = most_correlated
        self.keep_columns = keep_columns
        self.n_sis = n_sis
        self.n_residuals = n_residuals
        self.n_models = n_models
        self.revisions = revisions
        self.max_candidates = max_candidates

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: Any = None) -> Self:
        """Find features of the columns (n, p) that explain y (n,), a number or a class for each row.

        Raises
        ------
        ValueError
            As for `SISSORegressor`.
        """
        classes = one_of("task", self.task, ("regression", "classification")) == "classification"
        columns, target = validated(self, X, y, y_numeric=not classes, ensure_min_samples=2)
        weights = _check_sample_weight(sample_weight, columns, dtype=np.float64, ensure_non_negative=True)
        if classes:
            target = np.unique(target, return_inverse=True)[1]
        training = Training(
            columns, np.asarray(target, dtype=np.float64), weights, np.zeros(len(columns), dtype=np.int64)
        )
        training = training.take(weights > 0.0)
        settings = settings_of(self, names_of(self))
        self.features_ = self._best(training, settings, classes=classes)
        return self

    def transform(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return the features (n, features) of columns (n, p), all finite.

        Where a feature is not defined, every operand is clipped to the range it had in training, and a warning says in
        how many rows.
        """
        check_is_fitted(self)
        columns = validated(self, X, reset=False)
        found = list(columns.T) if self.keep_columns else []
        undefined = np.zeros(len(columns), dtype=np.bool_)
        for feature in self.features_:
            values, missing = feature.defined_values(columns)
            found.append(values)
            undefined |= missing
        if undefined.any():
            warnings.warn(
                f"features are not defined for {undefined.sum()} of {len(columns)} rows (a logarithm or root of a "
                "negative number, or a division by zero); operands are clipped to their training range there",
                UserWarning,
                stacklevel=2,
            )
        return np.stack(found, axis=1) if found else np.empty((len(columns), 0))

    @property
    def formulas_(self) -> list[Any]:
        """The features as sympy expressions."""
        check_is_fitted(self)
        return [feature.symbolic(names_of(self)) for feature in self.features_]

    @property
    def units_(self) -> list[str]:
        """Unit of each feature."""
        check_is_fitted(self)
        return [str(feature.unit) for feature in self.features_]

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> NDArray[Any]:  # noqa: ARG002
        """Return the formulas as text, behind the columns' names where those are kept."""
        columns = names_of(self) if self.keep_columns else []
        return np.array([*columns, *(str(formula) for formula in self.formulas_)], dtype=object)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags

    def _best(self, training: Training, settings: Settings, *, classes: bool) -> list[Expression]:
        search: Search | ClassSearch
        if classes:
            if len(np.unique(training.y)) < 2:
                raise ValueError("y has one class; two or more are needed to find features that part them")
            search, subsets = searched_classes(training, settings)
            chosen = [subset.features for models in reversed(subsets) for subset in models]
        else:
            done = searched(training, settings)
            search = done.search
            chosen = [subset.features for models in reversed(done.found) for subset in models]
        if not chosen:
            return []
        turns = max(space.stop - space.start for space in search.subspaces)
        in_turn = [
            space.start + k
            for k in range(turns)
            for space in search.subspaces
            if space.start + k < space.stop
        ]
        order = dict.fromkeys([i for subset in chosen for i in subset] + in_turn)
        # Of models without a formula of their own, weights do not matter here.
        standard = search.pool.values - search.pool.values.mean(axis=1, keepdims=True)
        standard /= np.linalg.norm(standard, axis=1, keepdims=True)
        kept: list[int] = []
        for index in order:
            if len(kept) == self.n_features:
                break
            if not kept or np.abs(standard[kept] @ standard[index]).max() <= self.most_correlated:
                kept.append(index)
        return [search.pool.expression(index, search.features) for index in kept]
