"""What a fitted pipeline says of all the classes there are, those that its rows lacked included."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sklearn.pipeline import Pipeline


def class_probabilities(pipeline: Pipeline, X: NDArray[np.float64], classes: int) -> NDArray[np.float64]:
    """Return the probability of each class, (rows, classes), each row of which adds up to 1.

    Parameters
    ----------
    pipeline
        Fitted on classes named by their places 0, 1, … `classes` − 1, of which some may have been missing.
    X
        Features, (rows, columns).
    classes
        Number of classes; one that was missing has probability 0.

    Examples
    --------
    >>> from matsluice.models.pipelines import make_model
    >>> dummy = make_model("dummy", {}, 0, "classification").fit(np.zeros((4, 1)), np.array([0, 0, 0, 2]))
    >>> class_probabilities(dummy, np.zeros((1, 1)), 3).tolist()
    [[0.75, 0.0, 0.25]]
    """
    said = np.asarray(pipeline.predict_proba(X), dtype=np.float64)
    spread = np.zeros((len(X), classes))
    spread[:, np.asarray(pipeline.classes_, dtype=np.int64)] = said
    # xgboost's are of single precision, and add up to 1 in that.
    return np.asarray(spread / spread.sum(axis=1, keepdims=True))
