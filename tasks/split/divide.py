"""The hold-out and the folds of labelled rows."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import numpy as np

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.split.splits import SPLITS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.tasks.split.groups import Rows

# The fold of a row that no fold may see: it belongs to the final test.
HOLDOUT = -1


def holdout(materials: NDArray[np.int64], share: float, seed: int) -> NDArray[np.bool_]:
    """Return for each row (n,) whether it is kept for the final test, all rows of a material alike.

    Parameters
    ----------
    materials
        The material of each row.
    share
        Share of the materials that is kept, 0 for none.
    seed
        Seed of the draw.

    Examples
    --------
    >>> kept = holdout(np.array([0, 0, 1, 2, 3, 4]), 0.2, seed=0)
    >>> bool(kept[0]) == bool(kept[1])
    True
    """
    from sklearn.model_selection import GroupShuffleSplit

    kept = np.zeros(len(materials), dtype=bool)
    if share > 0:
        draw = GroupShuffleSplit(n_splits=1, test_size=share, random_state=seed)
        _, test = next(draw.split(materials, groups=numbered_as_met(materials)))
        kept[test] = True
    return kept


def assign_folds(
    split: str, labelled: Rows, kept: NDArray[np.bool_], folds: int, seed: int
) -> NDArray[np.int64]:
    """Return the fold of each row (n,), 0 to folds − 1, or `HOLDOUT`.

    Parameters
    ----------
    split
        A name in `SPLITS`.
    labelled
        The rows, with their material and formula.
    kept
        Whether a row is kept for the final test.
    folds
        Number of folds.
    seed
        Seed of the shuffle.

    Raises
    ------
    InvalidInput
        There are fewer groups than folds.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> rows = SimpleNamespace(material=np.arange(6), formulas=np.array(["C", "C", "Si", "Si", "Ge", "Ge"]))
    >>> assign_folds("composition", rows, np.zeros(6, dtype=bool), 3, seed=0).tolist()
    [2, 2, 1, 1, 0, 0]
    """
    from sklearn.model_selection import GroupKFold, KFold

    rows = np.flatnonzero(~kept)
    groups = _groups(split, labelled)
    count = len(rows) if groups is None else len(np.unique(groups[rows]))
    if count < folds:
        kind = "rows" if groups is None else "groups"
        raise InvalidInput(
            f"the split {split} has {count} {kind} outside the hold-out, fewer than validation.folds = {folds}: "
            "lower validation.folds or validation.holdout"
        )
    if groups is None:
        parts = KFold(folds, shuffle=True, random_state=seed).split(rows)
    else:
        parts = GroupKFold(folds, shuffle=True, random_state=seed).split(rows, groups=groups[rows])
    fold = np.full(len(kept), HOLDOUT, dtype=np.int64)
    for number, (_, test) in enumerate(parts):
        fold[rows[test]] = number
    return fold


def _groups(split: str, labelled: Rows) -> NDArray[np.int64] | None:
    if not SPLITS[split].groups:
        return None
    module, function = SPLITS[split].groups.split(":")
    groups: NDArray[np.int64] = getattr(import_module(module), function)(labelled)
    return numbered_as_met(groups)


def numbered_as_met(groups: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the rows' groups (n,) numbered in the order in which the rows name them first.

    Training rows are ordered by content. A material's place in the snapshot depends on the order of the source,
    and with it as the number, so would the draw.

    Examples
    --------
    >>> numbered_as_met(np.array([7, 7, 2, 9, 2])).tolist()
    [0, 0, 1, 2, 1]
    """
    _, first, which = np.unique(groups, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[which]
