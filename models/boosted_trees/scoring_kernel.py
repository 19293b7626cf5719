"""Compiled sum over boosted trees, for 32 rows at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from matsluice.models.boosted_trees.leaf_masks import TREES_AT_ONCE
from matsluice.models.boosted_trees.scoring_lanes import ROWS, rule_out, set_leaf

ALL_LEFT = 0xFFFFFFFF


@njit(cache=True, nogil=True)
def add_trees(
    X: Any,
    base: Any,
    threshold: Any,
    word: Any,
    mask: Any,
    runs: Any,
    groups: Any,
    root_feature: Any,
    root_threshold: Any,
    root_unknown: Any,
    leaves: Any,
    predicted: Any,
) -> None:
    """Predict, adding in float32 in the order of the trees, as XGBoost does.

    Parameters
    ----------
    X : (n, columns) float64
        Features, NaN where unknown.
    base, threshold, word, mask, runs, groups, root_feature, root_threshold, root_unknown, leaves
        `LeafMasks`.
    predicted : (n,) float32
        Set.
    """
    columns = X.shape[1]
    # Values by feature. What is unknown is −∞ to questions that it answers with "yes", and ∞ to the others.
    values = np.empty((2, columns, ROWS), dtype=np.float32)
    largest, line = np.empty((2, columns), dtype=np.float32), np.empty(columns, dtype=np.float32)
    left = np.empty((2 * TREES_AT_ONCE, ROWS), dtype=np.uint32)
    leaf, total = np.empty(ROWS, dtype=np.int32), np.empty(ROWS, dtype=np.float32)
    for first in range(0, X.shape[0], ROWS):
        rows = X[first : first + ROWS]
        unknown = _take(rows, line, values[0], largest[0])
        if unknown:
            _take_unknown(rows, values[1], largest[1])
        total[:] = base[0]
        for group in range(groups.size - 1):
            trees = np.arange(group * TREES_AT_ONCE, min(root_feature.size, (group + 1) * TREES_AT_ONCE))
            left[: 2 * trees.size] = ALL_LEFT
            for run in runs[groups[group] : groups[group + 1]]:
                answer, feature = run[0] & unknown, run[1]
                asked, most = values[answer], largest[answer, feature]
                for question in range(np.uint64(run[2]), np.uint64(run[3])):
                    # So are all further ones: they are answered with "yes" by every row.
                    if most < threshold[question]:
                        break
                    rule_out(left, word[question], asked, feature, threshold[question], mask[question])
            for place in range(trees.size):
                tree = trees[place]
                asked = values[root_unknown[tree] & unknown]
                set_leaf(left, 2 * place, asked, root_feature[tree], root_threshold[tree], leaf)
                for row in range(ROWS):
                    total[row] += leaves[tree, leaf[row]]
        predicted[first : first + ROWS] = total[: rows.shape[0]]


@njit(cache=True, nogil=True)
def _take(rows: Any, line: Any, values: Any, largest: Any) -> int:
    """Set values (columns, ROWS) and the largest of each feature; return 1 where one is unknown, which counts as −∞.

    Rows that are lacking are as the last one.
    """
    unknown = 0
    largest[:] = -np.inf
    for row in range(ROWS):
        given = rows[min(row, rows.shape[0] - 1)]
        # Loops over neighbours in memory, of which several are done at once.
        for column in range(line.size):
            value = np.float32(given[column])
            unknown |= np.isnan(value)
            line[column] = -np.inf if np.isnan(value) else value
        for column in range(line.size):
            largest[column] = max(largest[column], line[column])
        for column in range(line.size):
            values[column, row] = line[column]
    return int(unknown)


@njit(cache=True, nogil=True)
def _take_unknown(rows: Any, values: Any, largest: Any) -> None:
    """Set the same with ∞ for what is unknown."""
    for row in range(ROWS):
        given = rows[min(row, rows.shape[0] - 1)]
        for column in range(given.size):
            value = np.float32(given[column])
            values[column, row] = np.inf if np.isnan(value) else value
    for column in range(largest.size):
        largest[column] = values[column].max()
