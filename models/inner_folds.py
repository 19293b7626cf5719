"""Folds inside the training rows, for what a model has to learn from rows it was not fitted on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matsluice.models.strata import strata

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray


def inner_folds(
    y: NDArray[Any], groups: NDArray[np.int64] | None, folds: int, seed: int, *, classes: bool
) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Return (rows to fit on, rows to predict) for each fold; every row is predicted once.

    Parameters
    ----------
    y
        Values or classes, (n,).
    groups
        The group of each row, (n,): no group stands on both sides of a fold. None where each row is its own.
    folds
        Number of folds; fewer where there are fewer groups.
    seed
        Seed of the shuffle.
    classes
        Whether `y` holds classes, which then are shared out evenly.

    Raises
    ------
    ValueError
        There are fewer than two groups.

    Examples
    --------
    >>> y, groups = np.arange(6.0), np.array([0, 0, 1, 1, 2, 2])
    >>> [set(groups[fit]) & set(groups[test]) for fit, test in inner_folds(y, groups, 3, 0, classes=False)]
    [set(), set(), set()]
    """
    from sklearn.model_selection import GroupKFold, KFold, StratifiedGroupKFold, StratifiedKFold

    there = len(y) if groups is None else len(np.unique(groups))
    parts = min(folds, there)
    if parts < 2:
        kind = "row" if groups is None else "group"
        raise ValueError(
            f"folds inside the training rows need at least 2 {kind}s, got {there}: give more materials, "
            "or leave out the model that needs them"
        )
    shuffled: dict[str, Any] = {"n_splits": parts, "shuffle": True, "random_state": seed}
    if classes:
        level = strata(y, parts)
        splitter = StratifiedKFold(**shuffled) if groups is None else StratifiedGroupKFold(**shuffled)
        found = splitter.split(level, level, groups)
    else:
        splitter = KFold(**shuffled) if groups is None else GroupKFold(**shuffled)
        found = splitter.split(y, groups=groups)
    # Whole groups cannot always be shared out evenly, and a fold may stay empty.
    return [(fit, test) for fit, test in found if len(fit) and len(test)]
