"""What each feature adds to a prediction, where a model says so itself: Shapley values without sampling."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sklearn.pipeline import Pipeline


def contributions(pipeline: Pipeline, X: NDArray[np.float64], place: int = -1) -> NDArray[np.float64] | None:
    """Return how much each feature moves each prediction from the mean one, (n, columns); None where no way is known.

    Of boosted trees they are XGBoost's own (TreeSHAP: Lundberg et al. 2020, doi:10.1038/s42256-019-0138-9); of linear
    models coefficient × (value − mean), which is the Shapley value where features are independent (Lundberg & Lee
    2017, doi:10.48550/arXiv.1705.07874). Both say what the model does with a row, not what causes the property.

    Parameters
    ----------
    pipeline
        A fitted pipeline.
    X
        Features, (n, columns).
    place
        Of classes: which one is asked about; then contributions are to its log-odds, else to the value, in the
        target's unit.

    Examples
    --------
    >>> from matsluice.models.catalogue import make_model
    >>> X = np.array([[0.0, 1], [1, 0], [2, 1], [3, 0]])
    >>> contributions(make_model("linear", {}, seed=0).fit(X, 2 * X[:, 0]), X[:1]).round(6).tolist()
    [[-3.0, 0.0]]
    """
    from matsluice.models.chosen_columns import among_all
    from matsluice.models.wrapped import innermost

    last = pipeline[-1]
    model = innermost(last)
    boosted = hasattr(model, "get_booster")
    if not boosted and (not hasattr(model, "coef_") or hasattr(model, "kernel")):
        return None
    prepared = np.asarray(pipeline[:-1].transform(X), dtype=np.float64)
    if boosted:
        said = _of_trees(model, prepared)
    else:
        said = prepared[:, None, :] * np.atleast_2d(model.coef_)[None]
        said = said * getattr(getattr(last, "transformer_", None), "scale_", 1.0)
    said = among_all(pipeline, said)
    if place < 0:
        return said[:, 0]
    known = np.asarray(last.classes_).tolist()
    if place not in known:
        return None
    if said.shape[1] == 1:  # of two classes the log-odds of the second
        return said[:, 0] * (1.0 if known.index(place) == 1 else -1.0)
    return said[:, known.index(place)]


def _of_trees(model: Any, prepared: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (n, outputs, columns)."""
    from xgboost import DMatrix

    said = np.asarray(model.get_booster().predict(DMatrix(prepared), pred_contribs=True), dtype=np.float64)
    # The last column is the mean prediction.
    return said[:, None, :-1] if said.ndim == 2 else said[:, :, :-1]


def leading(given: NDArray[np.float64], columns: tuple[str, ...], most: int = 3) -> list[str]:
    """Return each row's largest contributions as text, the largest first; those of nothing are left out.

    Examples
    --------
    >>> leading(np.array([[0.02, -0.5, 0.0]]), ("a", "b", "c"))
    ['b −0.50; a +0.02']
    """
    order = np.argsort(-np.abs(given), axis=1, kind="stable")[:, :most]
    return [
        "; ".join(f"{columns[i]} {_signed(float(row[i]))}" for i in few.tolist() if row[i] != 0.0)
        for few, row in zip(order, given, strict=True)
    ]


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "−") if abs(value) >= 0.005 else f"{value:+.0e}".replace("-", "−", 1)
