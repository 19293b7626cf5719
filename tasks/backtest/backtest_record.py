"""What the hidden folds of all seeds come to: a screen's worth against chance and against one feature."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from matsluice.tasks.backtest.found_at_k import at_k, discovery_acceleration, found
from matsluice.tasks.backtest.hidden_folds import HiddenFold
from matsluice.tasks.backtest.random_picks import chance_of_hits, random_interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Level of the interval of random picks.
RANDOM_LEVEL = 0.95
QUANTITIES = ("precision", "recall", "enrichment")
# Of the features that folds have chosen, in the record.
MOST_FEATURES = 5


def backtest_record(folds: Sequence[HiddenFold], ks: Sequence[int]) -> dict[str, Any]:
    """Return what stands in backtest.json of hidden folds.

    Parameters
    ----------
    folds
        At least one, each with a candidate.
    ks
        How many are taken, ascending.

    Returns
    -------
    ``screens`` (folds), ``candidates`` and ``hits`` (mean, least and most), ``prevalence``, ``at`` with an entry for
    each k (see `_at`), ``listed`` with the mean length of a screen's list, its precision and its discovery acceleration
    factor, ``feature`` with the columns that folds have chosen. What is not defined is None.
    """
    sizes = [len(fold.hit) for fold in folds]
    hits = [int(fold.hit.sum()) for fold in folds]
    chosen = Counter((str(fold.arrays["feature"]), int(fold.arrays["sign"])) for fold in folds)
    return {
        "screens": len(folds),
        "candidates": {"mean": float(np.mean(sizes)), "least": min(sizes), "most": max(sizes)},
        "hits": {"mean": float(np.mean(hits)), "least": min(hits), "most": max(hits)},
        "prevalence": sum(hits) / sum(sizes),
        "at": [_at(folds, k) for k in ks],
        "listed": _listed(folds),
        "feature": [
            {"column": column or None, "largest_first": sign > 0, "folds": count}
            for (column, sign), count in chosen.most_common(MOST_FEATURES)
        ],
        "fit_seconds": sum(float(fold.arrays["seconds"]) for fold in folds),
    }


def _at(folds: Sequence[HiddenFold], k: int) -> dict[str, Any]:
    """Return precision, recall and enrichment at k by the model, by one feature, and by chance."""
    of_model = [at_k(fold.found_by("place"), k) for fold in folds]
    of_feature = [at_k(fold.found_by("single_place"), k) for fold in folds]
    best = [at_k(found(np.where(fold.hit, 0, 1), fold.hit), k) for fold in folds]
    taken = [min(k, one.rows) for one in of_model]
    chances = [chance_of_hits(one.rows, one.hits, k) for one in of_model]
    hits = [np.arange(len(chance), dtype=np.float64) for chance in chances]
    over = {
        "precision": [float(count) for count in taken],
        "recall": [float(one.hits) for one in of_model],
        "enrichment": [count * one.hits / one.rows for count, one in zip(taken, of_model, strict=True)],
    }
    return {
        "k": k,
        "taken": {"mean": float(np.mean(taken))},
        "model": {name: _spread([getattr(one, name) for one in of_model]) for name in QUANTITIES},
        "feature": {name: _spread([getattr(one, name) for one in of_feature]) for name in QUANTITIES},
        "best_possible": {name: _spread([getattr(one, name) for one in best]) for name in QUANTITIES},
        "random": {name: _by_chance(hits, chances, over[name]) for name in QUANTITIES},
    }


def _by_chance(
    hits: Sequence[NDArray[np.float64]], chances: Sequence[NDArray[np.float64]], over: Sequence[float]
) -> dict[str, float | None]:
    """Return the mean of hits over something by random picks, and the interval of one draw; None where undefined."""
    defined = [place for place, one in enumerate(over) if one > 0]
    if not defined:
        return {"mean": None, "low": None, "high": None}
    values = [hits[place] / over[place] for place in defined]
    weights = [chances[place] for place in defined]
    low, high = random_interval(values, weights, RANDOM_LEVEL)
    mean = float(np.mean([value @ weight for value, weight in zip(values, weights, strict=True)]))
    return {"mean": mean, "low": low, "high": high}


def _listed(folds: Sequence[HiddenFold]) -> dict[str, Any]:
    listed = [np.asarray(fold.arrays["listed"]) for fold in folds]
    return {
        "rows": _spread([float(one.sum()) for one in listed]),
        "precision": _spread(
            [
                float(fold.hit[one].mean()) if one.any() else float("nan")
                for fold, one in zip(folds, listed, strict=True)
            ]
        ),
        "recall": _spread(
            [
                float(one[fold.hit].mean()) if fold.hit.any() else float("nan")
                for fold, one in zip(folds, listed, strict=True)
            ]
        ),
        "discovery_acceleration": _spread(
            [discovery_acceleration(one, fold.hit) for fold, one in zip(folds, listed, strict=True)]
        ),
    }


def _spread(values: Sequence[float]) -> dict[str, float | int | None]:
    """Return mean and standard deviation of the values that are defined, and how many these are."""
    known = np.array([value for value in values if np.isfinite(value)])
    return {
        "mean": float(known.mean()) if len(known) else None,
        "std": float(known.std(ddof=1)) if len(known) > 1 else None,
        "screens": len(known),
    }
