"""How far the domains of classes overlap on a feature, for every operator on every pair of a tile."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from matsluice.models.sisso.operators import ADD, DISTANCE, DIVIDE, MULTIPLY, SUBTRACT

# Parts of a feature's range in which classes are counted before it is worth sorting the rows.
BINS = 128
# Of two features that separate equally well, the one with classes further apart: its share of variance between classes
# counts this much.
APART = 1e-3


@njit(cache=True, nogil=True)
def separation(v: Any, label: Any, weights: Any, classes: int, order: Any) -> float:
    """Return how well one boundary on a feature parts two classes, averaged over pairs of classes.

    For classes A and B it is the largest difference of their cumulative distributions, max |F_A − F_B|: 1 where the
    domains do not overlap, 0 where they are the same. Half of what is missing to 1 is the share of either class, both
    counted equally, on the wrong side of the best boundary. Equal values are never parted.

    Parameters
    ----------
    v
        (n,).
    label
        (n,): 0, 1, …, classes − 1.
    weights
        (sets, n): of the rows, summing to 1 over each class of each set; the best set counts.
    order
        (n,): what sorts v.
    """
    best = 0.0
    below = np.empty(classes)
    widest = np.empty((classes, classes))
    for s in range(weights.shape[0]):
        below[:] = 0.0
        widest[:] = 0.0
        for place in range(v.size):
            r = order[place]
            below[label[r]] += weights[s, r]
            if place + 1 < v.size and v[order[place + 1]] <= v[r]:
                continue
            for a in range(classes):
                for b in range(a):
                    widest[a, b] = max(widest[a, b], abs(below[a] - below[b]))
        best = max(best, widest.sum() / (classes * (classes - 1) / 2))
    return min(best, 1.0)


@njit(cache=True, nogil=True)
def between_classes(v: Any, label: Any, weights: Any, classes: int) -> float:
    """Return the share of a feature's variance that is between the classes, each counted equally, for the first set."""
    mean = np.zeros(classes)
    square = 0.0
    for r in range(v.size):
        mean[label[r]] += weights[0, r] * v[r]
    middle = mean.mean()
    for r in range(v.size):
        square += weights[0, r] * (v[r] - middle) ** 2
    return ((mean - middle) ** 2).sum() / square if square > 0.0 else 0.0


@njit(cache=True, nogil=True)
def score_of(v: Any, label: Any, weights: Any, classes: int) -> float:
    """Return separation, and a little for classes that are far apart, at most 1."""
    parted = separation(v, label, weights, classes, np.argsort(v))
    return (1.0 - APART) * parted + APART * between_classes(v, label, weights, classes)


@njit(cache=True, nogil=True)
def most_possible(v: Any, label: Any, weights: Any, classes: int, counts: Any) -> float:
    """Return a bound of `separation` from above, by counts in equal parts of the range.

    It is 0 for a feature that is constant or not finite.

    A boundary within a part leaves below it at least what lies in the parts before, and at most what lies in it too.
    """
    lowest, highest = np.inf, -np.inf
    for r in range(v.size):
        lowest = min(lowest, v[r])
        highest = max(highest, v[r])
    span = highest - lowest
    if not (span > 1e-9 * max(abs(lowest), abs(highest)) and span < 1e200):
        return 0.0
    scale = BINS * (1.0 - 1e-12) / span
    best = 0.0
    for s in range(weights.shape[0]):
        counts[:] = 0.0
        for r in range(v.size):
            counts[int((v[r] - lowest) * scale), label[r]] += weights[s, r]
        total = 0.0
        for a in range(classes):
            for b in range(a):
                before_a, before_b, widest = 0.0, 0.0, 0.0
                for part in range(BINS):
                    after_a, after_b = before_a + counts[part, a], before_b + counts[part, b]
                    widest = max(widest, after_a - before_b, after_b - before_a)
                    before_a, before_b = after_a, after_b
                total += widest
        best = max(best, total / (classes * (classes - 1) / 2))
    return min(best, 1.0)


@njit(cache=True, nogil=True)
def fill(code: int, a: Any, b: Any, differences: Any, out: Any) -> bool:
    """Put the operator on two features into out; return False for a distance that is a difference too."""
    if code == ADD:
        for r in range(a.size):
            out[r] = a[r] + b[r]
    elif code == SUBTRACT:
        for r in range(a.size):
            out[r] = a[r] - b[r]
    elif code == MULTIPLY:
        for r in range(a.size):
            out[r] = a[r] * b[r]
    elif code == DIVIDE:
        for r in range(a.size):
            out[r] = a[r] / b[r]
    else:
        above, below = False, False
        for r in range(a.size):
            difference = a[r] - b[r]
            above |= difference > 0.0
            below |= difference < 0.0
            out[r] = abs(difference)
        return not differences or (above and below)
    return True


@njit(cache=True, nogil=True)
def pick_separating(
    left: Any, right: Any, values: Any, codes: Any, unit: Any, divides: Any, newest: int, label: Any, weights: Any,
    classes: int, threshold: float, out_code: Any, out_left: Any, out_right: Any, out_score: Any,
) -> int:  # fmt: skip
    """Note the pairs of two ranges of features, each pair once, that score at least the threshold; return how many.

    Parameters
    ----------
    left, right
        (start, stop) of features; of the same range, or one behind the other.
    values
        (m, n) of all features.
    codes
        Which operators are wanted, by code.
    unit, divides
        (m,): unit of each feature, and whether it may be divided by.
    newest
        First feature of the newest rung.
    """
    count = 0
    v = np.empty(values.shape[1])
    counts = np.empty((BINS, classes))
    for i in range(left[0], left[1]):
        for j in range(max(right[0], i + 1, newest), right[1]):
            for code in (ADD, SUBTRACT, DISTANCE, MULTIPLY, DIVIDE, -DIVIDE):
                if not codes[abs(code)] or (code in (ADD, SUBTRACT, DISTANCE) and unit[i] != unit[j]):
                    continue
                first, second = (j, i) if code < 0 else (i, j)
                if abs(code) == DIVIDE and not divides[second]:
                    continue
                if not fill(abs(code), values[first], values[second], codes[SUBTRACT], v):
                    continue
                bound = most_possible(v, label, weights, classes, counts)
                if bound == 0.0 or (1.0 - APART) * bound + APART < threshold:
                    continue
                score = score_of(v, label, weights, classes)
                if score >= threshold:
                    out_code[count], out_left[count], out_right[count], out_score[count] = (
                        abs(code), first, second, score
                    )  # fmt: skip
                    count += 1
    return count
