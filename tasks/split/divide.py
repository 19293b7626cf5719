"""The hold-out, and folds that keep groups of labelled rows together."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from matsluice.infra.mistakes import InvalidInput
from matsluice.models.strata import strata
from matsluice.tasks.split.folds import HOLDOUT, Folds
from matsluice.tasks.split.splits import SPLITS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.tasks.split.divided_rows import Asked, DividedRows
    from matsluice.tasks.split.groups import Rows

# Of groups that are named in a sentence.
SHOWN: Final = 5


def holdout(
    materials: NDArray[np.int64], share: float, seed: int, classes: NDArray[np.int64] | None = None
) -> NDArray[np.bool_]:
    """Return for each row (n,) whether it is kept for the final test, all rows of a material alike.

    Parameters
    ----------
    materials
        The material of each row.
    share
        Share of the materials that is kept, 0 for none.
    seed
        Seed of the draw.
    classes
        The class of each row, (n,): then every class is drawn from by its share. None for numbers.

    Raises
    ------
    InvalidInput
        The share is less than half of a material, so that none would be drawn.

    Examples
    --------
    >>> kept = holdout(np.array([0, 0, 1, 2, 3, 4]), 0.2, seed=0)
    >>> bool(kept[0]) == bool(kept[1])
    True
    >>> classes = np.repeat([0, 1], [40, 10])
    >>> kept = holdout(np.arange(50), 0.2, seed=0, classes=classes)
    >>> np.bincount(classes[kept]).tolist()
    [8, 2]
    """
    from sklearn.model_selection import GroupShuffleSplit, StratifiedShuffleSplit

    kept = np.zeros(len(materials), dtype=bool)
    if share <= 0:
        return kept
    groups = numbered_as_met(materials)
    check_share(share, int(groups.max()) + 1)
    if classes is None:
        draw = GroupShuffleSplit(n_splits=1, test_size=share, random_state=seed)
        _, test = next(draw.split(materials, groups=groups))
        kept[test] = True
        return kept
    # Two materials of a class at the least: one for either side.
    level = strata(_class_of_groups(groups, classes), 2)
    stratified = StratifiedShuffleSplit(n_splits=1, test_size=share, random_state=seed)
    few = min(np.ceil(share * len(level)), np.floor((1 - share) * len(level))) < len(np.unique(level))
    _, drawn = next(stratified.split(level, np.zeros_like(level) if few else level))
    return np.isin(groups, drawn)


def check_share(share: float, materials: int) -> None:
    """Raise InvalidInput where a share above 0 of so many materials is none."""
    if 0 < share * materials < 0.5:
        raise InvalidInput(
            f"validation.holdout = {share:g} of {materials} materials is no material: raise it to at least "
            f"{1 / materials:.2g}, or set it to 0 for no final test"
        )


def _class_of_groups(groups: NDArray[np.int64], classes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the most frequent class of each group, (groups,); of equals the first."""
    votes = np.zeros((groups.max() + 1, classes.max() + 1), dtype=np.int64)
    np.add.at(votes, (groups, classes), 1)
    return np.asarray(np.argmax(votes, axis=1))


def assign_folds(
    split: str,
    labelled: Rows,
    kept: NDArray[np.bool_],
    folds: int,
    seed: int,
    classes: NDArray[np.int64] | None = None,
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
    classes
        The class of each row, (n,): then the folds have equal shares of each, as far as whole groups allow. A class
        with fewer rows than folds is in some of them only. None for numbers.

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
    from sklearn.model_selection import GroupKFold, KFold, StratifiedGroupKFold, StratifiedKFold

    rows = np.flatnonzero(~kept)
    labels = group_labels(split, labelled)
    groups = None if labels is None else numbered_as_met(labels)
    _check_enough(split, labels, rows, folds)
    some = None if groups is None else groups[rows]
    if classes is None:
        splitter = KFold if some is None else GroupKFold
        level = rows
    else:
        splitter = StratifiedKFold if some is None else StratifiedGroupKFold
        level = strata(classes[rows], folds)
    fold = np.full(len(kept), HOLDOUT, dtype=np.int64)
    parts = splitter(folds, shuffle=True, random_state=seed).split(rows, level, some)
    for number, (_, test) in enumerate(parts):
        if not len(test):
            raise InvalidInput(
                f"the split {split} leaves fold {number} without rows, since its groups are of very different "
                "size: lower validation.folds"
            )
        fold[rows[test]] = number
    return fold


def _check_enough(split: str, labels: NDArray[np.str_] | None, rows: NDArray[np.intp], folds: int) -> None:
    there = None if labels is None else np.unique(labels[rows])
    count = len(rows) if there is None else len(there)
    if count >= folds:
        return
    kind = "row" if there is None else "group"
    named = "" if there is None else f" ({', '.join(there[:SHOWN].tolist())}{', …' if count > SHOWN else ''})"
    raise InvalidInput(
        f"the split {split} has {count} {kind}{'s' if count != 1 else ''}{named} outside the hold-out, fewer than "
        f"validation.folds = {folds}: lower validation.folds or validation.holdout, or leave the split out"
    )


def keep_together(rows: DividedRows, asked: Asked) -> Folds:
    """Return folds that test every row once and have each group of the split on one side."""
    return Folds.of_partition(
        assign_folds(asked.split, rows, rows.kept, asked.folds, asked.seed, rows.classes)
    )


def group_labels(split: str, labelled: Rows) -> NDArray[np.str_] | None:
    """Return the group of each row (n,) under a split, by name; None where each is its own."""
    if not SPLITS[split].groups:
        return None
    found: dict[str, NDArray[np.str_]] = getattr(labelled, "found", {})
    if split not in found:
        module, function = SPLITS[split].groups.split(":")
        found[split] = getattr(import_module(module), function)(labelled)
    return found[split]


def numbered_as_met(groups: NDArray[Any]) -> NDArray[np.int64]:
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
