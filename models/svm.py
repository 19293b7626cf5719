"""Support vector machine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from matsluice.models.preparation import prepared, standardised_target

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


def make(task: str, parameters: Mapping[str, Any], seed: int) -> Pipeline:
    """Return ε-insensitive support vector regression of a standardised target, or a calibrated classifier."""
    from sklearn.svm import SVC, SVR

    from matsluice.models.calibrated_margin import CalibratedMargin
    from matsluice.models.contiguous_classes import ContiguousClasses
    from matsluice.models.row_bounds import RowBounds

    settings = dict(parameters)
    fill, max_rows, subsample = (settings.pop(name) for name in ("fill", "max_rows", "subsample"))
    if task == "regression":
        model = standardised_target(SVR(cache_size=500, **settings))
    else:
        folds = settings.pop("calibration_folds")
        margin = CalibratedMargin(SVC(cache_size=500, **settings), folds=folds, random_state=seed)
        model = ContiguousClasses(margin)
    bounded = RowBounds(model, "svm", max_rows=max_rows, subsample=subsample, random_state=seed)
    return prepared(bounded, fill=fill, scale=True)
