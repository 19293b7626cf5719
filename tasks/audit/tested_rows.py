"""Rows that a fold tests although it learns from their like, and how a finding tells them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matsluice.tasks.audit.finding import Finding, Weight, named

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.tasks.audit.audited import Audited
    from matsluice.tasks.split.folds import Folds


def tested_with(folds: Folds, code: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which rows, (n,), some fold tests while it learns from a row of the same code.

    Examples
    --------
    >>> from matsluice.tasks.split.folds import Folds
    >>> tested_with(Folds.of_partition(np.array([0, 0, 1])), np.array([7, 8, 7])).tolist()
    [True, False, True]
    """
    seen = np.zeros(len(code), dtype=bool)
    for fold in range(len(folds)):
        tested = folds.tested(fold)
        seen[tested] |= np.isin(code[tested], code[folds.learned(fold)])
    return seen


def tested_near(folds: Folds, code: NDArray[np.int64], pairs: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which rows, (n,), some fold tests while it learns from one of a code that is paired with theirs."""
    seen = np.zeros(len(code), dtype=bool)
    for fold in range(len(folds)) if len(pairs) else ():
        tested, learned = folds.tested(fold), np.unique(code[folds.learned(fold)])
        seen[tested] |= np.isin(code[tested], pairs[np.isin(pairs[:, 1], learned), 0])
    return seen


def split_finding(
    audited: Audited,
    check: str,
    split: str,
    seen: NDArray[np.bool_],
    weight: Weight,
    said: tuple[str, str],
    **numbers: float,
) -> Finding:
    """Return the finding "the … split tests 3 of 90 rows <said> (a, b, c)<what it means>"."""
    ids, folds = audited.rows.ids[seen], audited.folds[split]
    tested = np.zeros(len(seen), dtype=bool)
    for fold in range(len(folds)):
        tested[folds.tested(fold)] = True
    of, (which, meaning) = int(tested.sum()), said
    sentence = f"the {split} split tests {len(ids)} of {of} rows {which} ({named(ids)}){meaning}"
    return Finding(check, weight, sentence, ids, of, audited.target, split, numbers=numbers)
