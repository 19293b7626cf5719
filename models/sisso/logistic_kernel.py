"""Linear boundaries between two classes by logistic regression, for many small sets of features."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

# Weight of the squared coefficients beside the mean log-loss: keeps them finite where classes do not overlap.
RIDGE = 1e-4
STEPS = 30


@njit(cache=True, nogil=True)
def boundary(columns: Any, positive: Any, weights: Any, out: Any) -> float:
    """Put intercept and coefficients of the boundary into out (1 + d,); return the mean log-loss.

    Newton's method on the mean log-loss + RIDGE/2 Σ coefficient², with halved steps where it would rise.

    Parameters
    ----------
    columns
        (d, n) standardised features.
    positive
        (n,): 1 for the one class, 0 for the other.
    weights
        (n,), summing to 1.
    """
    d = columns.shape[0]
    gradient = np.empty(d + 1)
    hessian = np.empty((d + 1, d + 1))
    out[:] = 0.0
    loss = _loss(columns, positive, weights, out)
    for _ in range(STEPS):
        _derivatives(columns, positive, weights, out, gradient, hessian)
        step = np.linalg.solve(hessian, gradient)
        scale = 1.0
        tried = out - step
        new = _loss(columns, positive, weights, tried)
        while new > loss and scale > 1e-4:
            scale *= 0.5
            tried = out - scale * step
            new = _loss(columns, positive, weights, tried)
        if new > loss:
            break
        gain, loss = loss - new, new
        out[:] = tried
        if gain < 1e-8 * (1.0 + loss):
            break
    return loss


@njit(cache=True, nogil=True)
def _derivatives(columns: Any, positive: Any, weights: Any, at: Any, gradient: Any, hessian: Any) -> None:
    """Put the derivatives of the penalised mean log-loss at intercept and coefficients into the last two arrays."""
    d, n = columns.shape
    gradient[:] = RIDGE * at
    hessian[:] = 0.0
    for k in range(d + 1):
        hessian[k, k] = RIDGE
    # No penalty on the intercept; where every row is sure, something is left to divide by.
    gradient[0], hessian[0, 0] = 0.0, 1e-12
    row = np.ones(d + 1)
    for r in range(n):
        z = at[0]
        for k in range(d):
            row[k + 1] = columns[k, r]
            z += at[k + 1] * columns[k, r]
        p = 1.0 / (1.0 + np.exp(-z)) if z > -500.0 else 0.0
        error, curve = weights[r] * (p - positive[r]), weights[r] * p * (1.0 - p)
        for k in range(d + 1):
            gradient[k] += error * row[k]
            for other in range(k + 1):
                hessian[k, other] += curve * row[k] * row[other]
    for k in range(d + 1):
        for other in range(k):
            hessian[other, k] = hessian[k, other]


@njit(cache=True, nogil=True)
def _loss(columns: Any, positive: Any, weights: Any, at: Any) -> float:
    d, n = columns.shape
    total = 0.0
    for k in range(d):
        total += 0.5 * RIDGE * at[k + 1] ** 2
    for r in range(n):
        z = at[0]
        for k in range(d):
            z += at[k + 1] * columns[k, r]
        if positive[r] > 0.5:
            z = -z
        # log(1 + e^z) without overflow.
        total += weights[r] * (max(z, 0.0) + np.log1p(np.exp(-abs(z))))
    return total


@njit(cache=True, nogil=True)
def boundaries(standard: Any, subsets: Any, label: Any, classes: int, weights: Any) -> Any:
    """Return for each subset of features how well linear boundaries part the classes, and their mean log-loss.

    Parameters
    ----------
    standard
        (M, n) standardised features.
    subsets
        (c, d) indices of features.
    label
        (n,): 0, 1, …
    weights
        (n,).

    Returns
    -------
    (separation (c,), loss (c,)): means over pairs of classes; separation is max |F_A − F_B| along the normal of the
    boundary.
    """
    c, d = subsets.shape
    parted, loss = np.zeros(c), np.zeros(c)
    at = np.empty(d + 1)
    for a in range(classes):
        for b in range(a):
            rows = np.flatnonzero((label == a) | (label == b))
            positive = (label[rows] == a).astype(np.float64)
            w = weights[rows].copy()
            for side in (0.0, 1.0):
                own = positive == side
                w[own] *= 0.5 / w[own].sum()
            columns = np.empty((d, rows.size))
            for s in range(c):
                for k in range(d):
                    for r in range(rows.size):
                        columns[k, r] = standard[subsets[s, k], rows[r]]
                loss[s] += boundary(columns, positive, w, at)
                along = np.zeros(rows.size)
                for k in range(d):
                    along += at[k + 1] * columns[k]
                order = np.argsort(along)
                gap, widest = 0.0, 0.0
                for place in range(rows.size):
                    r = order[place]
                    gap += 2.0 * w[r] if positive[r] > 0.5 else -2.0 * w[r]
                    if place + 1 == rows.size or along[order[place + 1]] > along[r]:
                        widest = max(widest, abs(gap))
                parted[s] += widest
    pairs = classes * (classes - 1) / 2
    return parted / pairs, loss / pairs
