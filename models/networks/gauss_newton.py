"""Levenberg–Marquardt: least squares by steps that see the curvature, for networks of up to a few thousand weights."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from matsluice.models.networks.programs import outputs_and_slopes
from matsluice.models.networks.record import Record
from matsluice.models.networks.rows import Rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Rows whose derivatives are held at once: (rows × weights) numbers would not fit for large tables.
_BLOCK: Final = 4096
_DAMPINGS: Final = 10


def least_squares_steps(
    network: Any,
    start: NDArray[np.float64],
    rows: Rows,
    given: Any,
    penalty: NDArray[np.float64],
    steps: int,
    tolerance: float = 3e-4,
) -> tuple[NDArray[np.float64], Record]:
    """Return weights of a smaller mean squared error, and the record of the steps.

    Call it inside ``computing_in("float64")``. A step solves (H + μ I) δ = −g with H the Gauss–Newton matrix
    of the rows;
    μ falls where a step was good and grows where it was not (Nielsen 1999). It costs one pass for the derivatives and
    O(weights³).

    Parameters
    ----------
    start
        Weights (weights,).
    rows
        Rows to fit; the first output of the network is compared with their targets.
    penalty
        Matrix P (weights, weights) of the penalty ½ wᵀ P w.
    steps
        Most steps.
    tolerance
        Ends where three steps in turn have lowered the loss by less than this share.

    References
    ----------
    Marquardt 1963, doi:10.1137/0111030.
    """
    from scipy.linalg import LinAlgError, cho_factor, cho_solve  # type: ignore[import-untyped]

    begun = time.perf_counter()
    record = Record()
    weights = start
    loss, gradient, curvature = _quadratic(network, weights, rows, given, penalty)
    damping, growth, evaluated, small = 1e-3 * float(np.diag(curvature).mean()), 2.0, 1, 0
    for _ in range(steps):
        for _ in range(_DAMPINGS):
            try:
                factor = cho_factor(curvature + damping * np.eye(len(weights)))
                step = -cho_solve(factor, gradient)
            except LinAlgError:
                damping, growth = damping * growth, 2 * growth
                continue
            tried = _quadratic(network, weights + step, rows, given, penalty)
            evaluated += 1
            expected = 0.5 * float(step @ (damping * step - gradient))
            gain = (loss - tried[0]) / max(expected, 1e-300)
            if np.isfinite(tried[0]) and gain > 0:
                break
            damping, growth = damping * growth, 2 * growth
        else:
            return weights, record
        small = small + 1 if loss - tried[0] < tolerance * loss else 0
        weights = weights + step
        loss, gradient, curvature = tried
        damping, growth = damping * max(1 / 3, 1 - (2 * gain - 1) ** 3), 2.0
        record.loss.append(loss)
        record.seconds.append(time.perf_counter() - begun)
        record.gradient_evaluations.append(evaluated)
        if small == 3 or loss < 1e-24:
            return weights, record
    return weights, record


def _quadratic(
    network: Any, weights: NDArray[np.float64], rows: Rows, given: Any, penalty: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    """Return the loss, its gradient (weights,) and Gauss–Newton matrix (weights, weights)."""
    compute = outputs_and_slopes(network)
    gradient = penalty @ weights
    loss = 0.5 * float(weights @ gradient)
    curvature = penalty.copy()
    for first in range(0, len(rows.y), _BLOCK):
        part = slice(first, first + _BLOCK)
        output, slopes = (np.asarray(one) for one in compute(weights, rows.X[part], given))
        share = rows.weights[part] / rows.real
        miss = output - rows.y[part]
        loss += float(share @ miss**2)
        gradient = gradient + 2 * slopes.T @ (share * miss)
        curvature += 2 * (slopes * share[:, None]).T @ slopes
    return loss, gradient, curvature
