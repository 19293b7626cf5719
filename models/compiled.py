"""The kernels that look at new rows beside the training rows, compiled once on this machine."""

from __future__ import annotations

import numpy as np

from matsluice.models.boosted_trees.predicted import MANY_ROWS, predicted
from matsluice.models.catalogue import make_model
from matsluice.models.uncertainty.conformal_intervals import ConformalIntervals
from matsluice.models.uncertainty.interval_settings import USUAL
from matsluice.models.uncertainty.learned_from import LearnedFrom


def compile_kernels() -> None:
    """Learn from some rows, and say of them what is said of candidates."""
    X = np.arange(2.0 * MANY_ROWS).reshape(MANY_ROWS, 2)
    y = X[:, 0]
    boosted = make_model("xgboost", {"n_estimators": 2}, seed=0).fit(X, y)
    known = LearnedFrom.rows(X, y, None)
    known.in_domain(X, None)
    signs = known.signs(X, predicted(boosted, X), None, None)
    ConformalIntervals.learned(y, signs, np.arange(MANY_ROWS) % 2, USUAL).interval(signs, 0.9)
