"""Boosted trees as XGBoost keeps them, put into the order in which their questions are best asked."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

# Leaves on either side of a root: a bit of one number each. Trees of depth 6 have no more, deeper ones may.
LEAVES = 32
# Trees looked at together: their numbers for 32 rows, 128 kB, stay in a core's second cache.
TREES_AT_ONCE = 512
# What boosted trees are a sum for, and no function of it.
SUMS = ("reg:squarederror", "reg:absoluteerror")


class LeafMasks(NamedTuple):
    """The questions of many trees, sorted by feature and threshold, with the leaves that a "no" rules out.

    A question is whether a value is below its threshold. All that are answered "no" rule out the leaves to their left;
    of those that remain the first is the tree's (QuickScorer: Lucchese et al. 2015, doi:10.1145/2766462.2767733). So a
    row need not walk down one tree after the other, waiting for each answer, and of a feature's thresholds, which
    increase, those above the value need no look. Here each side of a root has a number of its own, of 32 bits.

    Attributes
    ----------
    base
        What predictions begin with, (1,) float32.
    threshold, word, mask
        Of each question, (questions,): float32; which number, of two a tree, it rules leaves out of; all bits but
        those leaves' (uint32).
    runs
        Questions to one feature, (runs, 4): whether an unknown value is "no", the feature, first question, end.
    groups
        First run of each TREES_AT_ONCE trees, and the end, (groups + 1,).
    root_feature, root_threshold, root_unknown
        Of each tree's first question, (trees,).
    leaves
        Values of the leaves, (trees, 2 · LEAVES) float32, those to the left of the root before those to its right.
    """

    base: NDArray[np.float32]
    threshold: NDArray[np.float32]
    word: NDArray[np.int64]
    mask: NDArray[np.uint32]
    runs: NDArray[np.int64]
    groups: NDArray[np.int64]
    root_feature: NDArray[np.int64]
    root_threshold: NDArray[np.float32]
    root_unknown: NDArray[np.int64]
    leaves: NDArray[np.float32]

    @classmethod
    def of(cls, booster: Any) -> LeafMasks | None:
        """Take a fitted xgboost.Booster; None where it is no sum of trees of numbers, or a tree has too many leaves."""
        saved = json.loads(bytes(booster.save_raw("json")))["learner"]
        trees = _trees(saved)
        if trees is None or booster.attr("best_iteration") is not None:
            return None
        questions: list[_Question] = []
        taken = [_Tree.of(tree, place, questions) for place, tree in enumerate(trees)]
        if any(len(side) > LEAVES for tree in taken for side in tree.sides):
            return None
        base = np.array([float(saved["learner_model_param"]["base_score"].strip("[]"))], dtype=np.float32)
        return cls(base, *_sorted(questions, len(trees)), *_roots_and_leaves(taken))


class _Question(NamedTuple):
    """Where it is asked: its group of trees, whether an unknown value is "no", feature, threshold; word and mask."""

    group: int
    unknown: int
    feature: int
    threshold: np.float32
    word: int
    mask: int


@dataclass(frozen=True, slots=True)
class _Tree:
    """A tree's first question, and the values of its leaves to the left and to the right of it."""

    feature: int
    threshold: np.float32
    unknown: int
    sides: tuple[list[np.float32], list[np.float32]] = field(default_factory=lambda: ([], []))

    @classmethod
    def of(cls, saved: Mapping[str, Sequence[Any]], place: int, questions: list[_Question]) -> _Tree:
        """Take the tree at a place, and add its further questions, whose masks hold up to LEAVES leaves a side."""
        left, right = saved["left_children"], saved["right_children"]
        feature, value = saved["split_indices"], np.asarray(saved["split_conditions"], dtype=np.float32)
        unknown = [int(not goes_left) for goes_left in saved["default_left"]]
        group, place_in_group = divmod(place, TREES_AT_ONCE)

        def walk(node: int, word: int, leaves: list[np.float32]) -> None:
            if left[node] == -1:
                leaves.append(value[node])
                return
            first = len(leaves)
            walk(left[node], word, leaves)
            ruled_out = (1 << len(leaves)) - (1 << first)
            questions.append(
                _Question(group, unknown[node], feature[node], value[node], word, ~ruled_out & 0xFFFFFFFF)
            )
            walk(right[node], word, leaves)

        if left[0] == -1:
            # A tree that asks nothing: whatever the value is, it is below infinity or the only leaf is the same.
            return cls(0, np.float32(np.inf), 0, ([value[0]], [value[0]]))
        tree = cls(feature[0], value[0], unknown[0])
        for side, child in enumerate((left[0], right[0])):
            walk(child, 2 * place_in_group + side, tree.sides[side])
        return tree


def _trees(saved: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """Return the trees of a saved booster; None where predictions are not their sum."""
    boosted = saved["gradient_booster"]
    if boosted["name"] != "gbtree" or saved["objective"]["name"] not in SUMS:
        return None
    sizes = saved["learner_model_param"]
    if int(sizes["num_target"]) > 1 or int(sizes["num_class"]) > 1:
        return None
    trees: list[dict[str, Any]] = boosted["model"]["trees"]
    # Questions about categories are of another kind.
    return None if any(any(tree["split_type"]) for tree in trees) else trees


def _sorted(questions: list[_Question], trees: int) -> tuple[Any, ...]:
    """Return threshold, word, mask, runs and groups."""
    asked = sorted(questions, key=lambda one: one[:4])
    runs: list[list[int]] = []
    kinds: list[tuple[int, int, int]] = []
    for place, one in enumerate(asked):
        if not kinds or kinds[-1] != one[:3]:
            kinds.append(one[:3])
            runs.append([one.unknown, one.feature, place, place])
        runs[-1][3] = place + 1
    groups = np.searchsorted([kind[0] for kind in kinds], np.arange(-(-trees // TREES_AT_ONCE) + 1))
    return (
        np.array([one.threshold for one in asked], dtype=np.float32),
        np.array([one.word for one in asked], dtype=np.int64),
        np.array([one.mask for one in asked], dtype=np.uint32),
        np.array(runs, dtype=np.int64).reshape(-1, 4),
        groups.astype(np.int64),
    )


def _roots_and_leaves(trees: list[_Tree]) -> tuple[Any, ...]:
    """Return feature, threshold and the answer to an unknown value of each root, and the leaves."""
    leaves = np.zeros((len(trees), 2, LEAVES), dtype=np.float32)
    for place, tree in enumerate(trees):
        for side, values in enumerate(tree.sides):
            leaves[place, side, : len(values)] = values
    return (
        np.array([tree.feature for tree in trees], dtype=np.int64),
        np.array([tree.threshold for tree in trees], dtype=np.float32),
        np.array([tree.unknown for tree in trees], dtype=np.int64),
        leaves.reshape(len(trees), 2 * LEAVES),
    )
