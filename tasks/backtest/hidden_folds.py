"""Hidden folds as workers have left them: read, put in a table, and drawn against k."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from matsluice.infra.workspace.arrays import read_arrays
from matsluice.tasks.backtest.found_at_k import found

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class HiddenFold:
    """A file of `backtest_fold`, read.

    Attributes
    ----------
    seed, fold
        Which one it is.
    arrays
        What the file holds.
    """

    seed: int
    fold: int
    arrays: Mapping[str, NDArray[Any]]

    @classmethod
    def read(cls, path: Path, seed: int, fold: int) -> HiddenFold:
        """Return what a worker has left."""
        return cls(seed, fold, read_arrays(path))

    @property
    def hit(self) -> NDArray[np.bool_]:
        """Whether each candidate is a hit, (n,)."""
        return np.asarray(self.arrays["hit"])

    def found_by(self, place: str) -> NDArray[np.float64]:
        """Return the hits expected among the first k by "place" or "single_place", (n + 1,)."""
        return found(self.arrays[place], self.hit)


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """A quantity against k, for a figure: means over the hidden folds, (points,).

    Attributes
    ----------
    k
        From 1 to the size of the smallest fold.
    model, model_spread, feature, feature_spread, random
        The quantity by the model and by one feature, their standard deviations over folds, and by chance.
    """

    k: NDArray[np.int64]
    model: NDArray[np.float64]
    model_spread: NDArray[np.float64]
    feature: NDArray[np.float64]
    feature_spread: NDArray[np.float64]
    random: NDArray[np.float64]


def curves(folds: Sequence[HiddenFold], quantity: str) -> Curves:
    """Return precision or recall against k.

    Parameters
    ----------
    folds
        Hidden folds; of recall those with a hit count.
    quantity
        "precision" or "recall".
    """
    folds = [fold for fold in folds if quantity == "precision" or fold.hit.any()]
    most = min((len(fold.hit) for fold in folds), default=0)
    k = np.arange(1, most + 1)
    over: list[NDArray[np.int64] | float] = [
        k if quantity == "precision" else float(fold.hit.sum()) for fold in folds
    ]
    model, feature = (
        np.stack([fold.found_by(place)[1 : most + 1] / one for fold, one in zip(folds, over, strict=True)])
        if folds
        else np.empty((1, 0))
        for place in ("place", "single_place")
    )
    chance = [k * float(fold.hit.mean()) / one for fold, one in zip(folds, over, strict=True)]
    return Curves(
        k=k,
        model=model.mean(axis=0),
        model_spread=_spread(model),
        feature=feature.mean(axis=0),
        feature_spread=_spread(feature),
        random=np.mean(chance, axis=0) if chance else np.empty(0),
    )


def _spread(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(values.std(axis=0, ddof=1) if len(values) > 1 else np.zeros(values.shape[1]))


def backtest_table(folds: Sequence[HiddenFold], classes: Sequence[str] = ()) -> pd.DataFrame:
    """Return a line for each hidden candidate: what it is, whether it is a hit, and where it stands.

    Parameters
    ----------
    folds
        Hidden folds.
    classes
        Names of the target's classes, in whose place `value` is one; none where it is a number.
    """
    import pandas as pd

    tables = []
    for fold in folds:
        of = fold.arrays
        tables.append(
            pd.DataFrame(
                {
                    "seed": fold.seed,
                    "fold": fold.fold,
                    "id": of["id"],
                    "formula": of["formula"],
                    "value": np.asarray(classes)[of["y"]] if classes else of["y"],
                    "hit": of["hit"],
                    # Ranks as a reader counts them; equals share the first.
                    "rank": _ranks(of["place"]),
                    "listed": of["listed"],
                    "prediction": of["prediction"],
                    "probability": of["probability"],
                    "in_domain": of["in_domain"],
                    "feature_rank": _ranks(of["single_place"]),
                }
            )
        )
    return pd.concat(tables, ignore_index=True)


def _ranks(place: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the rank of each row from its place, (n,): one more than how many stand before it.

    >>> _ranks(np.array([0, 1, 1, 2])).tolist()
    [1, 2, 2, 4]
    """
    rows = np.bincount(place)
    return np.asarray((np.cumsum(rows) - rows)[place] + 1)
