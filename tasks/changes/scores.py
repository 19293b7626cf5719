"""Whether models are better or worse than in the last run, paired as closely as the two runs' rows allow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from matsluice.tasks.compare.contest_pairs import (
    ScoreComparison,
    Side,
    compare_sides,
    pairs_of_runs,
    unjudged,
)

# The verdict on what was not fitted anew.
TAKEN_OVER = "taken over"


def score_changes(before: Sequence[Side], now: Sequence[Side]) -> tuple[ScoreComparison, ...]:
    """Return the change of the deciding error of every model that both runs have scored under one split.

    Where both have predicted the same rows in the same folds, errors are paired fold by fold, else over the materials
    that both have, else not at all; each comparison says which. A model whose folds are all taken over has not moved,
    and is not among those for whose number p-values are adjusted.

    Parameters
    ----------
    before, now
        Cross-validations of the last run and of this one.
    """
    pairs = [pair for pair in pairs_of_runs(now, before) if None not in (_error(pair[0]), _error(pair[1]))]
    compared = iter(compare_sides([pair for pair in pairs if not _is_taken_over(pair[0])]))
    return tuple(
        replace(unjudged(*pair), verdict=TAKEN_OVER) if _is_taken_over(pair[0]) else next(compared)
        for pair in pairs
    )


def _error(side: Side) -> float | None:
    mean: float | None = side.scores["mean"]
    return mean


def _is_taken_over(side: Side) -> bool:
    return bool(side.entry.get("reused_folds", 0) == len(side.scores["folds"]))
