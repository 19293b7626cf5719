"""Which model is the champion."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from matsluice.tasks.split.splits import SPLITS

# The score that decides, the least wins. Of classes it is the log-loss and not the area under the ROC curve: it is
# defined in every fold, whichever classes that has, and it is a proper score, so a champion's probabilities are to be
# taken at their word. The screen ranks by them.
DECIDING: Mapping[str, str] = MappingProxyType({"regression": "mae", "classification": "log_loss"})


def deciding_split(splits: Sequence[str]) -> str:
    """Return the split whose score decides: the first that tests all rows on what was not seen, else the first.

    A random split rewards what has been seen already, and a champion is for materials that have not; folds that leave
    an element or the extremes out ask for more than a screen among like materials does.

    Examples
    --------
    >>> deciding_split(["random", "composition"])
    'composition'
    >>> deciding_split(["random", "element"])
    'random'
    """
    return next((split for split in splits if SPLITS[split].decides), splits[0])


def choose_champion(scores: Sequence[Mapping[str, Any]], target: str, split: str, metric: str = "mae") -> str:
    """Return the name of the model with the least mean error; of equals, the one the campaign names first.

    Parameters
    ----------
    scores
        Entries of summary.json's "models".
    target, split
        The entries that count.
    metric
        The error that decides.
    """
    counted = [entry for entry in scores if entry["target"] == target and entry["split"] == split]

    def error(entry: Mapping[str, Any]) -> float:
        mean = entry["metrics"][metric]["mean"]
        return math.inf if mean is None else float(mean)

    return str(min(counted, key=error)["model"])
