"""SISSO classification as a scikit-learn estimator."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.model_selection import StratifiedKFold, check_cv
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted

from matsluice.models.sisso.checked import names_of, settings_of
from matsluice.models.sisso.classification import Boundary, class_formulas, fitted_boundaries
from matsluice.models.sisso.formula import latex_symbol
from matsluice.models.sisso.regression import Settings, Training
from matsluice.models.sisso.units import DIMENSIONLESS
from matsluice.models.sisso.validation import Split, cross_validated, simplest_good
from matsluice.models.validated import validated

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


class SISSOClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc] # scikit-learn ships no types
    """A formula that parts classes: a linear boundary on one to four features, found among all that operators build.

    Features are screened by how little the domains of the classes overlap on them, first over all rows, then with the
    rows in doubt that the best models leave; of the screened ones the subset is taken on which linear boundaries part
    the classes best. After Ouyang et al. 2018, doi:10.1103/PhysRevMaterials.2.083802; there a domain is the convex
    hull of a class, here one side of a boundary, which a single wrong label does not stretch over the other classes.
    Two convex hulls are apart exactly where a linear boundary parts them.

    Parameters
    ----------
    rung, dimension, operators, units, memory_gb, cv, n_sis, n_models, revisions, max_candidates, random_state
        As for `SISSORegressor`; `cv` counts rows on the wrong side, and stratifies where it is a number.
    n_residuals
        Models whose rows in doubt the next screening looks at.

    Attributes
    ----------
    classes_
        In order.
    formulas_
        sympy expressions, best first: of two classes, positive where the row belongs to ``classes_[1]``; of more, a
        dict from class to score, the greatest of which is the class.
    latex_
        The best formula in LaTeX.
    models_, models_by_dimension_
        What the formulas are made of: `Boundary`, with features, coefficients, separation and training error.
    rung_, dimension_, cv_results_
        As for `SISSORegressor`.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> chance = np.random.default_rng(0)
    >>> X = pd.DataFrame(chance.uniform(1, 3, (300, 3)), columns=["r_A", "r_B", "r_X"])
    >>> y = np.where(X["r_A"] / X["r_X"] > 1.4, "stable", "not")
    >>> model = SISSOClassifier(rung=1, dimension=1).fit(X, y)
    >>> model.models_[0].features[0].symbolic(list(X))
    r_A/r_X
    >>> float(model.score(X, y))
    1.0
    """

    def __init__(
        self,
        rung: int = 2,
        dimension: int = 2,
        operators: Sequence[str] | str | None = None,
        units: Sequence[str] | Mapping[str, str] | None = None,
        memory_gb: float = 4,
        *,
        cv: Any = None,
        n_sis: int | None = None,
        n_residuals: int = 3,
        n_models: int = 10,
        revisions: int = 1,
        max_candidates: float = 2e9,
        random_state: int | None = None,
    ) -> None:
        self.rung = rung
        self.dimension = dimension
        self.operators = operators
        self.units = units
        self.memory_gb = memory_gb
        self.cv = cv
        self.n_sis = n_sis
        self.n_residuals = n_residuals
        self.n_models = n_models
        self.revisions = revisions
        self.max_candidates = max_candidates
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: Any = None) -> Self:
        """Find the formulas that part the classes.

        Parameters
        ----------
        X
            Columns (n, p), finite.
        y
            A class for each row (n,).
        sample_weight
            (n,), not negative.

        Raises
        ------
        ValueError
            Something of it cannot be used, with what is allowed; or the search does not fit the memory or
            `max_candidates`, with what fits.
        """
        columns, labels = validated(self, X, y, ensure_min_samples=2)
        check_classification_targets(labels)
        weights = _check_sample_weight(sample_weight, columns, dtype=np.float64, ensure_non_negative=True)
        kept = weights > 0.0
        columns, labels, weights = columns[kept], labels[kept], weights[kept]
        self.classes_, label = np.unique(labels, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"y has one class, {self.classes_[0]}; two or more are needed to part")
        settings = settings_of(self, names_of(self))
        training = Training(
            columns, label.astype(np.float64), weights, np.zeros(len(columns), dtype=np.int64)
        )
        if self.cv is not None:
            settings = self._chosen(training, settings, np.flatnonzero(kept), len(kept))
        self.models_by_dimension_ = fitted_boundaries(training, settings)
        self.rung_, self.dimension_ = settings.rung, len(self.models_by_dimension_) - 1
        self.models_ = self.models_by_dimension_[-1]
        return self

    def decision_function(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return log-odds (n,) of ``classes_[1]``, or scores (n, classes) of more than two classes."""
        scores = self._scores(X)
        return scores[:, 1] if len(self.classes_) == 2 else scores

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return the probability (n, classes) of each class by the logistic model on the best features."""
        scores = self._scores(X)
        raised = np.exp(scores - scores.max(axis=1, keepdims=True))
        return np.asarray(raised / raised.sum(axis=1, keepdims=True))

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Return the class of each row (n,)."""
        scores = self._scores(X)
        return np.asarray(self.classes_[scores.argmax(axis=1)])

    @property
    def formulas_(self) -> list[Any]:
        """The formulas as sympy expressions, best first."""
        check_is_fitted(self)
        names = names_of(self)
        return [class_formulas(model, names, self.classes_.tolist()) for model in self.models_]

    @property
    def latex_(self) -> str:
        """The best formula in LaTeX."""
        check_is_fitted(self)
        names, scores = names_of(self), self.models_[0].scores
        if len(self.classes_) == 2:
            return (
                rf"{scores.latex(names, DIMENSIONLESS)} > 0 \Rightarrow {latex_symbol(str(self.classes_[1]))}"
            )
        return "\n".join(
            f"s_{{{latex_symbol(str(label))}}} = {scores.latex(names, DIMENSIONLESS, number)}"
            for number, label in enumerate(self.classes_)
        )

    def _scores(self, X: ArrayLike) -> NDArray[np.float64]:
        check_is_fitted(self)
        columns = validated(self, X, reset=False)
        model: Boundary = self.models_[0]
        descriptors, undefined = model.scores.descriptors(columns)
        if undefined.any():
            warnings.warn(
                f"the formula is not defined for {undefined.sum()} of {len(columns)} rows (a logarithm or root of a "
                "negative number, or a division by zero); every operand is clipped to its training range there",
                UserWarning,
                stacklevel=3,
            )
        return model.log_odds(descriptors, len(self.classes_))

    def _chosen(
        self, training: Training, settings: Settings, origin: NDArray[np.int64], rows: int
    ) -> Settings:
        """Return the settings with the rung and dimension that rows left out speak for."""

        def errors(rung: int, kept: NDArray[np.int64], left: NDArray[np.int64]) -> list[float]:
            inside, out = training.take(np.isin(origin, kept)), training.take(np.isin(origin, left))
            seen, numbers = np.unique(inside.y, return_inverse=True)
            if len(seen) < 2:
                raise ValueError("a fold of cv has one class; give fewer folds, or a stratified splitter")
            found = fitted_boundaries(
                replace(inside, y=numbers.astype(np.float64)), replace(settings, rung=rung)
            )
            wrong = []
            for models in found[1:] or found:
                descriptors, _ = models[0].scores.descriptors(out.X)
                chosen = seen[models[0].log_odds(descriptors, len(seen)).argmax(axis=1)]
                wrong.append(float(np.average(chosen != out.y, weights=out.weights)))
            return wrong + wrong[-1:] * (settings.dimension - len(wrong))

        self.cv_results_ = cross_validated(
            errors, range(settings.rung + 1), self._splits(training, origin, rows)
        )
        best = simplest_good(self.cv_results_)
        return replace(settings, rung=best.rung, dimension=best.dimension)

    def _splits(self, training: Training, origin: NDArray[np.int64], rows: int) -> list[Split]:
        label = np.zeros(rows)
        label[origin] = training.y
        if isinstance(self.cv, int):
            folds = StratifiedKFold(self.cv, shuffle=True, random_state=self.random_state)
            return [(origin[a], origin[b]) for a, b in folds.split(training.X, training.y)]
        splitter: Any = check_cv(self.cv)
        return list(splitter.split(label, label))
