"""What a search has gained on rows that it never saw: the outer folds, predicted with its settings and without."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

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

    A model's folds share most of their training rows, so their scores vary together, and the plain t-test would find
    differences that are not there: the variance is multiplied by 1/k + n_test/n_train. Nadeau & Bengio 2003,
    doi:10.1023/A:1024068626366.
    """
    error = error_of("classification" if len(rows.classes) else "regression")
    errors, tested = [], []
    for path in (*tuned, *default):
        with np.load(path) as file:
            said = file["probability"] if "probability" in file else file["y_pred"]
            errors.append(error(np.asarray(rows.y[file["row"]]), said))
            tested.append(len(file["row"]))
    count = len(tuned)
    with_search, without = np.array(errors[:count]), np.array(errors[count:])
    share = float(np.mean(tested[:count])) / max(1.0, sum(tested[:count]) - float(np.mean(tested[:count])))
    mean, low, high = corrected_interval(without - with_search, share)
    return Gain(float(without.mean()), mean, low, high)


def corrected_interval(
    differences: Sequence[float] | np.ndarray[tuple[int], np.dtype[np.float64]], test_to_train: float
) -> tuple[float, float, float]:
    """Return the mean of paired differences over k folds, and its 95 % interval.

    Parameters
    ----------
    differences
        One a fold, (k,).
    test_to_train
        Rows tested over rows learned from, in a fold.

    Examples
    --------
    >>> mean, low, high = corrected_interval([0.1, 0.2, 0.1, 0.2, 0.15], 0.25)
    >>> round(mean, 3), round(low, 3), round(high, 3)
    (0.15, 0.057, 0.243)
    """
    from scipy.stats import t  # type: ignore[import-untyped]  # it ships no types

    k = len(differences)
    mean = math.fsum(differences) / k
    if k < 2:
        return mean, math.nan, math.nan
    variance = math.fsum((one - mean) ** 2 for one in differences) / (k - 1)
    half = float(t.ppf(0.975, k - 1)) * math.sqrt((1 / k + test_to_train) * variance)
    return mean, mean - half, mean + half
