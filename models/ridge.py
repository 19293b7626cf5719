"""Linear least squares with an L2 penalty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from matsluice.models.preparation import prepared

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


def make(task: str, parameters: Mapping[str, Any], seed: int) -> Pipeline:  # noqa: ARG001 - solved in closed form
    """Return ridge regression, min ‖y − Xw‖² + alpha ‖w‖², on filled and standardised features."""
    from sklearn.linear_model import Ridge

    settings = dict(parameters)
    fill = settings.pop("fill")
    return prepared(Ridge(solver="cholesky", **settings), fill=fill, scale=True)
