"""What happens to a feature matrix inside a model's pipeline, fitted on training rows only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator
    from sklearn.pipeline import Pipeline

FILLS = ("median", "mean", "zero", "none")


def prepared(model: BaseEstimator, *, fill: str, scale: bool) -> Pipeline:
    """Return the pipeline fill → bound → scale → model.

    Parameters
    ----------
    model
        The estimator at the end.
    fill
        What stands in for an undefined (NaN) feature: the column's median or mean over the training rows,
        zero, or "none" where the model takes NaN as it is.
    scale
        Whether each column is clipped to the range it has over the training rows, then shifted to mean 0 and
        scaled to variance 1 over them. Without the bound a column that hardly varies in training, such as the
        fraction of an element that a single alloy holds 0.2 % of, becomes hundreds of standard deviations on
        a new material, and a linear model is wrong by tens of eV.

    Raises
    ------
    ValueError
        `fill` is none of the four words.

    Examples
    --------
    >>> from sklearn.linear_model import Ridge
    >>> [name for name, _ in prepared(Ridge(), fill="median", scale=True).steps]
    ['fill', 'bound', 'scale', 'model']
    """
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import MinMaxScaler, StandardScaler

    scaling = [("bound", MinMaxScaler(clip=True)), ("scale", StandardScaler())] if scale else []
    return Pipeline([("fill", _filler(fill)), *scaling, ("model", model)])


def standardised_target(regressor: BaseEstimator) -> Any:
    """Return the regressor, its target shifted to mean 0 and scaled to variance 1 over the training rows.

    For models whose settings are lengths in the target's unit (the ε of a support vector machine, the penalty of the
    lasso): with it one default serves eV and MPa alike.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import Lasso
    >>> X, y = np.array([[0.0], [1.0], [2.0]]), np.array([0.0, 1.0, 2.0])
    >>> of_y, of_more = (standardised_target(Lasso(0.1)).fit(X, k * y).predict(X) for k in (1, 1000))
    >>> np.allclose(1000 * of_y, of_more)
    True
    """
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.preprocessing import StandardScaler

    return TransformedTargetRegressor(regressor, transformer=StandardScaler(), check_inverse=False)


def _filler(fill: str) -> Any:
    from sklearn.impute import SimpleImputer

    if fill == "none":
        return "passthrough"
    if fill == "zero":
        return SimpleImputer(strategy="constant", fill_value=0.0, keep_empty_features=True)
    if fill in FILLS:
        # A column undefined in every training row is kept (as 0): the columns of all folds stay the same.
        return SimpleImputer(strategy=fill, keep_empty_features=True)
    raise ValueError(f'unknown fill "{fill}"; there are {", ".join(FILLS)}')
