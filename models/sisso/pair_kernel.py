"""Scores of every operator on every pair of a tile, from the tile's matrix products."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from matsluice.models.sisso.operators import ADD, DISTANCE, MULTIPLY, SUBTRACT

# Variance by differences of sums is trusted down to this share of the square it is a difference from: its relative
# error is then about 1e-8. What lies below is computed from the values themselves.
TRUSTED = 1e-7
# So is what is left of a feature beside a model.
BESIDE = 1e-3
# Score of a pair that has to be computed from the values.
UNKNOWN = 2.0
# Beside the other, a summand this small is rounding.
NEGLIGIBLE = 2.0**-50


@njit(cache=True, nogil=True)
def explained(dots: Any, variance: Any, parts: Any, basis: Any) -> float:
    """Return the largest share of a residual's squares that a feature explains, or `UNKNOWN`.

    Parameters
    ----------
    dots
        (tasks, G + G S): sums of w t v over each task.
    variance
        (tasks,) of the feature; 0 where it does not vary in a task.
    parts
        (G, tasks), see `Targets`.
    basis
        S.
    """
    groups = parts.shape[0]
    best = 0.0
    for g in range(groups):
        share = 0.0
        for t in range(parts.shape[1]):
            if variance[t] > 0.0:
                left = variance[t]
                for s in range(groups + g * basis, groups + (g + 1) * basis):
                    left -= dots[t, s] ** 2
                # What is left of a feature that the model has already is rounding; of one that it nearly has, it is
                # the difference of sums that are not exact enough.
                if 1e-9 * variance[t] < left < BESIDE * variance[t]:
                    return UNKNOWN
                if left > 1e-9 * variance[t]:
                    share += parts[g, t] * dots[t, g] ** 2 / left
        best = max(best, share)
    return best


@njit(cache=True, nogil=True)
def write_distances(
    a: Any, b: Any, fa: Any, powers: Any, wanted: Any, differences: Any, out: Any, columns: Any
) -> int:
    """Write v = |fa a − fb b_j| of the wanted features j of a tile; return how many there are.

    Where a − b has one sign in every row it is left out if there are differences too: a linear model has them for it.

    Parameters
    ----------
    a
        (n,).
    b
        (J, n).
    fa, powers
        Powers of two (J,) and (J,) that bring a and each b to one scale.
    wanted
        (J,).
    differences
        Whether a − b is a candidate too.
    out, columns
        (J, n) and (J,): the values, and of which feature they are.
    """
    count = 0
    for z in range(b.shape[0]):
        if not wanted[z]:
            continue
        own, other = fa[z], powers[z]
        lowest, highest = np.inf, -np.inf
        for r in range(a.size):
            difference = own * a[r] - other * b[z, r]
            lowest = min(lowest, difference)
            highest = max(highest, difference)
            out[count, r] = abs(difference)
        if not differences or lowest < 0.0 < highest:
            columns[count] = z
            count += 1
    return count


@njit(cache=True, nogil=True)
def pick_sums(  # noqa: C901 - two nested loops with a look at each pair
    rows: Any, columns: Any, power: Any, var_a: Any, var_b: Any, dot_a: Any, dot_b: Any, covariance: Any,
    parts: Any, basis: Any, codes: Any, unit: Any, newest: Any, threshold: Any,
    out_code: Any, out_left: Any, out_right: Any, out_score: Any,
) -> int:  # fmt: skip
    """Note sums and differences that score at least the threshold; return how many.

    Parameters
    ----------
    rows, columns
        (I,) and (J,): indices of the tile's features.
    power
        Of two, for each feature: what its values are divided by in the statistics.
    var_a, dot_a
        Variance (tasks, I), and Σ w t a (tasks, I, L), of the features on the left; likewise of those on the right.
    covariance
        (tasks, I, J).
    codes
        Which of the operators are wanted, by code.
    unit, newest
        Unit of each feature; index of the first feature of the newest rung.
    """
    count = 0
    tasks, L = dot_a.shape[0], dot_a.shape[2]
    dots = np.empty((tasks, L))
    variance = np.empty(tasks)
    for x in range(rows.size):
        i = rows[x]
        for z in range(columns.size):
            j = columns[z]
            if j <= i or j < newest or unit[i] != unit[j]:
                continue
            # Both by the power of the larger.
            fa, fb = 1.0, 1.0
            if power[i] > power[j]:
                fb = 2.0 ** max(power[j] - power[i], -1000)
            else:
                fa = 2.0 ** max(power[i] - power[j], -1000)
            if min(fa, fb) < NEGLIGIBLE:
                continue
            for code in (ADD, SUBTRACT):
                if not codes[code]:
                    continue
                sign = 1.0 if code == ADD else -1.0
                trusted = True
                for t in range(tasks):
                    va, vb = fa * fa * var_a[t, x], fb * fb * var_b[t, z]
                    v = va + vb + 2.0 * sign * fa * fb * covariance[t, x, z]
                    trusted &= v > TRUSTED * (va + vb) or va + vb == 0.0
                    variance[t] = v
                    for k in range(L):
                        dots[t, k] = fa * dot_a[t, x, k] + sign * fb * dot_b[t, z, k]
                score = explained(dots, variance, parts, basis) if trusted else UNKNOWN
                if score >= threshold:
                    out_code[count], out_left[count], out_right[count], out_score[count] = code, i, j, score
                    count += 1
    return count


@njit(cache=True, nogil=True)
def pick_products(
    rows: Any, columns: Any, code: Any, allowed: Any, newest: Any, products: Any, squares: Any, var_a: Any, var_b: Any,
    parts: Any, basis: Any, threshold: Any, out_code: Any, out_left: Any, out_right: Any, out_score: Any,
) -> int:  # fmt: skip
    """Note products or quotients that score at least the threshold; return how many.

    Parameters
    ----------
    allowed
        (features,): whether a feature may stand on the right.
    products
        (tasks, 1 + L, I, J): Σ w v, then Σ w t v, of the pair's value v.
    squares
        (tasks, I, J): Σ w v².
    var_a, var_b
        (tasks, I) and (tasks, J): variances of the operands; 0 where one does not vary in a task.
    """
    count = 0
    tasks, L = products.shape[0], products.shape[1] - 1
    dots = np.empty((tasks, L))
    variance = np.empty(tasks)
    for x in range(rows.size):
        i = rows[x]
        for z in range(columns.size):
            j = columns[z]
            if i == j or max(i, j) < newest or not allowed[j] or (code == MULTIPLY and j < i):
                continue
            trusted = True
            for t in range(tasks):
                mean, square = products[t, 0, x, z], squares[t, x, z]
                variance[t] = square - mean * mean
                # Also where a value is too large: a comparison with NaN is false.
                if var_a[t, x] == 0.0 and var_b[t, z] == 0.0:
                    variance[t] = 0.0
                else:
                    trusted &= variance[t] > TRUSTED * square
                for k in range(L):
                    dots[t, k] = products[t, k + 1, x, z]
            score = explained(dots, variance, parts, basis) if trusted else UNKNOWN
            if score >= threshold:
                out_code[count], out_left[count], out_right[count], out_score[count] = code, i, j, score
                count += 1
    return count


@njit(cache=True, nogil=True)
def pick_distances(
    row: Any, columns: Any, sums: Any, squares: Any, parts: Any, basis: Any, threshold: Any,
    out_code: Any, out_left: Any, out_right: Any, out_score: Any, count: Any,
) -> Any:  # fmt: skip
    """Note the distances of one feature to others that score at least the threshold; return how many there are now.

    Parameters
    ----------
    row, columns
        Index of the feature, and (c,) of the others.
    sums
        (tasks, c, 1 + L): Σ w v, then Σ w t v.
    squares
        (tasks, c): Σ w v².
    count
        How many have been noted before.
    """
    tasks, L = sums.shape[0], sums.shape[2] - 1
    dots = np.empty((tasks, L))
    variance = np.empty(tasks)
    for z in range(columns.size):
        trusted = True
        for t in range(tasks):
            variance[t] = squares[t, z] - sums[t, z, 0] ** 2
            trusted &= variance[t] > TRUSTED * squares[t, z]
            for k in range(L):
                dots[t, k] = sums[t, z, k + 1]
        score = explained(dots, variance, parts, basis) if trusted else UNKNOWN
        if score >= threshold:
            out_code[count], out_left[count], out_right[count], out_score[count] = (
                DISTANCE,
                row,
                columns[z],
                score,
            )
            count += 1
    return count
