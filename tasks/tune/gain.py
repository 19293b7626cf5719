"""What a search has gained on rows that it never saw: the outer folds, predicted with its settings and without."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from matsluice.infra.workspace.arrays import read_arrays
from matsluice.tasks.compare.paired import over_folds
from matsluice.tasks.evaluate.record import finite_or_none
from matsluice.tasks.tune.scoring import error_of

if TYPE_CHECKING:
    from matsluice.tasks.train.training_rows import TrainingRows


@dataclass(frozen=True, slots=True)
class Gain:
    """How much less the error is with the search than without, over the outer folds.

    Attributes
    ----------
    default_error
        Mean error without the search.
    mean
        Mean of the differences (without − with); above 0 where the search has helped.
    low, high
        95 % interval of the mean difference by the corrected resampled t-test; both NaN for one fold.
    """

    default_error: float
    mean: float
    low: float
    high: float

    @property
    def verdict(self) -> str:
        """What the folds can tell: "better", "worse" or "no different"."""
        if self.low > 0:
            return "better"
        return "worse" if self.high < 0 else "no different"

    def as_record(self) -> dict[str, float | str | None]:
        """Return what JSON can hold."""
        numbers = {name: finite_or_none(value) for name, value in asdict(self).items()}
        return {**numbers, "verdict": self.verdict}


def gain_of(tuned: Sequence[str | Path], default: Sequence[str | Path], rows: TrainingRows) -> Gain:
    """Return the gain from files of `fit_fold`, one a fold, with the search's settings and without.

    Its interval is that of `over_folds`, which knows that folds share training rows.
    """
    error = error_of("classification" if len(rows.classes) else "regression")
    errors, tested = [], []
    for path in (*tuned, *default):
        file = read_arrays(path)
        said = file["probability"] if "probability" in file else file["y_pred"]
        errors.append(error(np.asarray(rows.y[file["row"]]), said))
        tested.append(len(file["row"]))
    count = len(tuned)
    with_search, without = np.array(errors[:count]), np.array(errors[count:])
    share = float(np.mean(tested[:count])) / max(1.0, sum(tested[:count]) - float(np.mean(tested[:count])))
    found = over_folds(without.tolist(), with_search.tolist(), share)
    if found is None:
        return Gain(float(without.mean()), float(without.mean() - with_search.mean()), math.nan, math.nan)
    return Gain(float(without.mean()), found.mean, found.low, found.high)
