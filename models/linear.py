"""Linear models: least squares without a penalty, and with an L1 penalty or both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from matsluice.models.preparation import prepared, standardised_target

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


def make_least_squares(task: str, parameters: Mapping[str, Any], seed: int) -> Pipeline:  # noqa: ARG001 - solved in closed form
    """Return ordinary least squares, min ‖y − Xw‖²; of several solutions the shortest w."""
    from sklearn.linear_model import LinearRegression

    return prepared(LinearRegression(), fill=parameters["fill"], scale=True)


def make_lasso(task: str, parameters: Mapping[str, Any], seed: int) -> Pipeline:  # noqa: ARG001 - coordinate by coordinate in order
    """Return the lasso, min ‖y − Xw‖²/2n + alpha ‖w‖₁, of a standardised target."""
    from sklearn.linear_model import Lasso

    settings = dict(parameters)
    fill = settings.pop("fill")
    return prepared(standardised_target(Lasso(**settings)), fill=fill, scale=True)


def make_elastic_net(task: str, parameters: Mapping[str, Any], seed: int) -> Pipeline:  # noqa: ARG001 - as the lasso
    """Return the elastic net: the lasso with a share 1 − l1_ratio of the penalty on ‖w‖²/2."""
    from sklearn.linear_model import ElasticNet

    settings = dict(parameters)
    fill = settings.pop("fill")
    return prepared(standardised_target(ElasticNet(**settings)), fill=fill, scale=True)
