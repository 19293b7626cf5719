"""Rows as estimators take them: checked by scikit-learn, in float64."""

from __future__ import annotations

from typing import Any

import numpy as np


def validated(estimator: Any, X: Any, y: Any = "no_validation", **rules: Any) -> Any:
    """Return what scikit-learn's `validate_data` returns: X (n, p) in float64, and y where it is given."""
    from sklearn.utils.validation import validate_data

    return validate_data(estimator, X, y, dtype=np.float64, **rules)
