"""How far the members of an ensemble disagree about a material."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sklearn.pipeline import Pipeline


def ensemble_spread(pipeline: Pipeline, X: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Return the standard deviation of the members' predictions, or None for a model without members.

    Parameters
    ----------
    pipeline
        A fitted pipeline whose last step may be an averaging ensemble (`estimators_`).
    X
        Features, shape (rows, columns).

    Returns
    -------
    Array of shape (rows,) in the target's unit, or None. Boosted trees are a sum and not an average: their
    members say nothing about the spread, so they return None.

    Examples
    --------
    >>> import numpy as np
    >>> from matsluice.models.catalogue import make_model
    >>> X = np.arange(20.0)[:, None]
    >>> forest = make_model("random_forest", {"n_estimators": 5}, seed=0).fit(X, X[:, 0])
    >>> ensemble_spread(forest, X).shape
    (20,)
    """
    members = getattr(pipeline[-1], "estimators_", None)
    if members is None:
        return None
    prepared = pipeline[:-1].transform(X)
    # The members of a forest were fitted on float32, as scikit-learn's trees are.
    predictions = np.stack([member.predict(prepared.astype(np.float32)) for member in members])
    return np.asarray(predictions.std(axis=0, ddof=1), dtype=np.float64)
