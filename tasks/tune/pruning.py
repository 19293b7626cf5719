"""When a trial is given up before its last inner fold: by what complete earlier batches have scored, and nothing else.

A trial is compared with earlier ones over the same inner folds, so a hard fold weighs on all alike. Whoever happens
to be finished first has no say: that would depend on the number of workers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from types import MappingProxyType

import numpy as np

# Fewer earlier scores than a batch has tell too little.
FEWEST = 4


@dataclass(frozen=True, slots=True)
class PrunerSpec:
    """One way to give trials up.

    Attributes
    ----------
    name
        The word in the campaign file.
    share
        After each inner fold a trial goes on that is among this share of the best so far.
    summary
        For people.
    source
        Where the idea comes from (DOI).
    """

    name: str
    share: float
    summary: str
    source: str


GOLOVIN = "the median stopping rule of Golovin et al. 2017, doi:10.1145/3097983.3098043"

PRUNERS: Mapping[str, PrunerSpec] = MappingProxyType(
    {
        spec.name: spec
        for spec in (
            PrunerSpec("median", 0.5, "the better half so far goes on after each inner fold", GOLOVIN),
            PrunerSpec("quartile", 0.25, "the best quarter so far goes on after each inner fold", GOLOVIN),
            PrunerSpec("none", 1.0, "every trial is scored on every inner fold", "no rule"),
        )
    }
)


def running_means(scores: Sequence[float]) -> tuple[float, ...]:
    """Return the mean of the first, the first two, … scores.

    Examples
    --------
    >>> running_means([1.0, 3.0, 2.0])
    (1.0, 2.0, 2.0)
    """
    return tuple(float(np.mean(scores[: count + 1])) for count in range(len(scores)))


def prune_above(pruner: str, earlier: Sequence[Sequence[float]], inner_folds: int) -> tuple[float, ...]:
    """Return, for each inner fold but the last, the running mean above which a trial is given up.

    Parameters
    ----------
    pruner
        A name in `PRUNERS`.
    earlier
        The scores, less is better, of each trial of complete earlier batches, as far as it came.
    inner_folds
        How many there are.

    Examples
    --------
    >>> prune_above("median", [[1.0, 1.0], [2.0], [3.0], [4.0]], 3)
    (2.5, inf)
    >>> prune_above("none", [[1.0, 1.0], [2.0], [3.0], [4.0]], 3)
    (inf, inf)
    """
    share = PRUNERS[pruner].share
    limits = []
    for step in range(inner_folds - 1):
        known = [running_means(scores)[step] for scores in earlier if len(scores) > step]
        limits.append(float(np.quantile(known, share)) if len(known) >= FEWEST and share < 1.0 else inf)
    return tuple(limits)
