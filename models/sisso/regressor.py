"""SISSO regression as a scikit-learn estimator."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.model_selection import KFold, check_cv
from sklearn.utils.validation import _check_sample_weight, check_array, check_is_fitted

from matsluice.models.sisso.checked import enough_rows, names_of, one_of, settings_of, task_numbers
from matsluice.models.sisso.formula import LinearModel, latex_symbol
from matsluice.models.sisso.regression import Settings, Training, fitted_models
from matsluice.models.sisso.tasks import rows_to_learn_from
from matsluice.models.sisso.units import parse_unit
from matsluice.models.sisso.validation import Split, cross_validated, simplest_good
from matsluice.models.validated import validated

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


class SISSORegressor(RegressorMixin, BaseEstimator):  # type: ignore[misc] # scikit-learn ships no types
    r"""A formula: a linear model of one to four features, found among all that operators build from the columns.

    Features are built rung by rung from the columns, those screened that correlate best with the target and with the
    residuals of the best models, and all subsets of the screened ones tried by least squares: sure-independence
    screening and sparsifying operator (Ouyang et al. 2018, doi:10.1103/PhysRevMaterials.2.083802; multi-task: Ouyang
    et al. 2019, doi:10.1088/2515-7639/ab077b; streaming of the last rung: Purcell et al. 2022,
    doi:10.21105/joss.03960). Here each feature of the best models is then looked for once more, as the one that
    explains most beside the others: a feature that the first screening ranks behind thousands of mixtures is found
    this way.

    Parameters
    ----------
    rung
        How many times operators are applied, 0 to 3. All candidates of the last rung are streamed and none is stored;
        those of the rungs before are held.
    dimension
        Features in the formula, 1 to 4.
    operators
        Names of the operators, see `operators.OPERATORS`; None for all.
    units
        Unit of each column, as a list or by name ("eV", "angstrom", "eV/angstrom^3", "" for a pure number). Only what
        has the same unit is added or subtracted, and only pure numbers have exponentials and logarithms. None for no
        such rule.
    memory_gb
        Memory the search may use, in GB.
    target_unit
        Unit of y, for the units of the coefficients.
    cv
        None to use `rung` and `dimension` as they are. Else folds, or a scikit-learn splitter: the lowest rung and
        dimension, up to those, whose error on rows left out is within one standard error of the least.
    n_sis
        Features that each screening selects; None for up to 2000, of which for three and four dimensions only as many
        are combined as allows to try all subsets.
    n_residuals
        Models of d features whose residuals the screening for feature d + 1 looks at: the best that leave different
        things unexplained.
    n_models
        Formulas that are kept.
    revisions
        How often the features of the best models are looked for again, each beside the others.
    max_candidates
        Candidates that a screening may stream, some 2 to 10 million a second; more are refused.
    undefined
        What a row gets for which the formula has no value, as the logarithm of a negative number: "bound" clips
        every operand to the range it had in training, "nan" leaves NaN. Either way a warning says how many there are.
    random_state
        Of the folds, where `cv` is a number; the search itself has nothing random.

    Attributes
    ----------
    formulas_
        sympy expressions over symbols of the columns' names, best first. With several tasks, each is a dict from task
        to expression.
    latex_
        The best formula in LaTeX, with coefficients rounded to four digits and their units; a line for each task.
    models_
        What the formulas are made of, best first: `LinearModel`, with features, coefficients and training error.
    models_by_dimension_
        The best models of 0, 1, 2, … features.
    rung_, dimension_
        What was used. A dimension is lower than asked for where fewer features explain the target exactly.
    cv_results_
        With `cv`: rung, dimension, mean error (RMSE in the target's unit) and its standard error, for each.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> chance = np.random.default_rng(0)
    >>> X = pd.DataFrame(chance.uniform(1, 3, (60, 3)), columns=["r_A", "r_B", "m"])
    >>> y = 2.5 * X["r_A"] / X["r_B"] - 1.0
    >>> model = SISSORegressor(rung=1, dimension=1, units={"r_A": "angstrom", "r_B": "angstrom", "m": "u"}).fit(X, y)
    >>> print(model.latex_)
    y = -1 + 2.5\,\frac{r_{A}}{r_{B}}
    """

    def __init__(
        self,
        rung: int = 2,
        dimension: int = 2,
        operators: Sequence[str] | str | None = None,
        units: Sequence[str] | Mapping[str, str] | None = None,
        memory_gb: float = 4,
        *,
        target_unit: str = "",
        cv: Any = None,
        n_sis: int | None = None,
        n_residuals: int = 10,
        n_models: int = 10,
        revisions: int = 1,
        max_candidates: float = 2e9,
        undefined: str = "bound",
        random_state: int | None = None,
    ) -> None:
        self.rung = rung
        self.dimension = dimension
        self.operators = operators
        self.units = units
        self.memory_gb = memory_gb
        self.target_unit = target_unit
        self.cv = cv
        self.n_sis = n_sis
        self.n_residuals = n_residuals
        self.n_models = n_models
        self.revisions = revisions
        self.max_candidates = max_candidates
        self.undefined = undefined
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: Any = None, tasks: Any = None) -> Self:
        """Find the formulas.

        Parameters
        ----------
        X
            Columns (n, p), finite. A DataFrame's column names are those of the formulas.
        y
            Target (n,); or (n, tasks) for several properties of the same rows, NaN where a value is not known.
        sample_weight
            (n,), not negative.
        tasks
            A label for each row: one descriptor for all, coefficients for each task. Each task's target is measured in
            its own standard deviation.

        Raises
        ------
        ValueError
            Something of it cannot be used, with what is allowed; or the search does not fit the memory or
            `max_candidates`, with what fits.
        """
        one_of("undefined", self.undefined, ("bound", "nan"))
        X, y, several = self._validated(X, y)
        settings = settings_of(self, names_of(self))
        weights = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
        training, origin, self.tasks_ = rows_to_learn_from(X, y, weights, tasks, several=several)
        self._target_unit = parse_unit(self.target_unit)
        enough_rows(training.task, settings.dimension, self.tasks_)
        if self.cv is not None:
            settings = self._chosen(training, settings, _splits(self.cv, X, y, self.random_state), origin)
        self.models_by_dimension_ = fitted_models(training, settings)
        self.rung_, self.dimension_ = settings.rung, len(self.models_by_dimension_) - 1
        self.models_ = self.models_by_dimension_[-1]
        self._columns_of_y = y.shape[1] if several else 0
        return self

    def predict(self, X: ArrayLike, tasks: Any = None) -> NDArray[np.float64]:
        """Return the best formula's value (n,) for columns (n, p), or (n, tasks) where y was such.

        Parameters
        ----------
        X
            Columns (n, p).
        tasks
            A label for each row, where the model was fitted with them.
        """
        check_is_fitted(self)
        columns = validated(self, X, reset=False)
        model: LinearModel = self.models_[0]
        descriptors, undefined = model.descriptors(columns)
        if undefined.any():
            self._warn(int(undefined.sum()), len(columns))
        if self._columns_of_y:
            every = [
                model.values(descriptors, np.full(len(columns), task)) for task in range(self._columns_of_y)
            ]
            values = np.stack(every, axis=1)
        else:
            values = model.values(descriptors, task_numbers(tasks, len(columns), self.tasks_)[0])
        if self.undefined == "nan":
            values[undefined] = np.nan
        return np.asarray(values)

    @property
    def formulas_(self) -> list[Any]:
        """The formulas as sympy expressions, best first."""
        check_is_fitted(self)
        names = names_of(self)
        if len(self.tasks_) == 1:
            return [model.symbolic(names) for model in self.models_]
        return [
            {label: model.symbolic(names, number) for label, number in self.tasks_.items()}
            for model in self.models_
        ]

    @property
    def latex_(self) -> str:
        """The best formula in LaTeX."""
        check_is_fitted(self)
        names, model = names_of(self), self.models_[0]
        return "\n".join(
            f"y{f'_{{{latex_symbol(str(label))}}}' if label != '' else ''} = "
            + model.latex(names, self._target_unit, number)
            for label, number in self.tasks_.items()
        )

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def _validated(self, X: Any, y: Any) -> tuple[NDArray[np.float64], NDArray[np.float64], bool]:
        """Return X (n, p), y (n,) or (n, tasks), and whether it is the latter."""
        if y is None:
            raise ValueError(f"{type(self).__name__} requires y to be passed, but the target y is None")
        if len(np.asarray(y).shape) != 2:
            X, y = validated(self, X, y, y_numeric=True, ensure_min_samples=2)
            return X, np.asarray(y, dtype=np.float64), False
        X = validated(self, X, ensure_min_samples=2)
        rules: Any = {"dtype": np.float64, "ensure_all_finite": "allow-nan", "input_name": "y"}
        y = check_array(y, **rules)
        if len(y) != len(X):
            raise ValueError(f"X has {len(X)} rows and y {len(y)}; both must have the same")
        return X, y, True

    def _chosen(
        self, training: Training, settings: Settings, splits: Sequence[Split], origin: NDArray[np.int64]
    ) -> Settings:
        """Return the settings with the rung and dimension that rows left out speak for.

        Splits are of the rows of X; `origin` says which of those each row of `training` is.
        """

        def errors(rung: int, kept: NDArray[np.int64], left: NDArray[np.int64]) -> list[float]:
            out = training.take(np.isin(origin, left))
            found = fitted_models(training.take(np.isin(origin, kept)), replace(settings, rung=rung))
            rmse = []
            for models in found[1:] or found:
                descriptors, _ = models[0].descriptors(out.X)
                error = models[0].values(descriptors, out.task) - out.y
                rmse.append(float(np.sqrt(np.average(error**2, weights=out.weights))))
            # Where fewer features explain the training rows exactly, more would change nothing.
            return rmse + rmse[-1:] * (settings.dimension - len(rmse))

        self.cv_results_ = cross_validated(errors, range(settings.rung + 1), splits)
        best = simplest_good(self.cv_results_)
        return replace(settings, rung=best.rung, dimension=best.dimension)

    def _warn(self, count: int, rows: int) -> None:
        bounded = self.undefined == "bound"
        instead = "every operand is clipped to its training range there" if bounded else "they are NaN"
        warnings.warn(
            f"the formula is not defined for {count} of {rows} rows (a logarithm or root of a negative number, or a "
            f"division by zero); {instead}",
            UserWarning,
            stacklevel=3,
        )


def _splits(cv: Any, X: NDArray[np.float64], y: NDArray[np.float64], seed: int | None) -> list[Split]:
    if isinstance(cv, int):
        return list(KFold(cv, shuffle=True, random_state=seed).split(X))
    splitter: Any = check_cv(cv)
    return list(splitter.split(X, y))
