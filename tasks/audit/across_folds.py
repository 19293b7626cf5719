"""Materials that a fold learns from and tests, as they are or in another writing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import numpy as np

from matsluice.tasks.audit.finding import Finding, Weight, named
from matsluice.tasks.audit.near_compositions import near_formulas
from matsluice.tasks.split.splits import SPLITS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.tasks.audit.audited import Audited
    from matsluice.tasks.split.folds import Folds

# Atomic fractions that differ by no more are one composition written to three decimals, as Fe0.333 for a third.
ROUNDING: Final = 1e-3


def duplicate_across_folds(audited: Audited) -> Iterator[Finding]:
    """Find rows whose material the same fold learns from."""
    for split, folds in audited.folds.items():
        seen = tested_with(folds, audited.rows.material)
        if seen.any():
            expected = not SPLITS[split].groups
            meaning = (
                ", as a random split does where a material stands in several rows: its score is for materials that may "
                "have been seen already"
                if expected
                else ": the model is asked for what it was told, and the score is false"
            )
            yield _finding(
                audited,
                "duplicate-across-folds",
                split,
                seen,
                "notes" if expected else "stops",
                ("whose material it also learns from", meaning),
            )
        if split in audited.given:
            yield from _given_apart(audited, split)


def _given_apart(audited: Audited, split: str) -> Iterator[Finding]:
    """Find materials that a file of folds has in several folds under several ids, whose labels were merged."""
    ids, material, fold = audited.given[split]
    order = np.lexsort((ids, material))
    ids, material, fold = ids[order], material[order], fold[order]
    _, which = np.unique(material, return_inverse=True)
    lowest, highest = (np.full(which.max() + 1, start) for start in (fold.max(), -1))
    np.minimum.at(lowest, which, fold)
    np.maximum.at(highest, which, fold)
    apart = (lowest != highest)[which] & np.isin(material, audited.rows.material)
    # Where every row stands for itself this is found already.
    if apart.any() and not tested_with(audited.folds[split], audited.rows.material).any():
        yield Finding(
            "duplicate-across-folds",
            "stops",
            f"the {split} split has {int(apart.sum())} rows in other folds than rows of the same material "
            f"({named(ids[apart])}): their labels are merged into one row, which knows what another fold tests",
            ids[apart],
            len(ids),
            audited.target,
            split,
        )


def same_features_across_folds(audited: Audited) -> Iterator[Finding]:
    """Find rows that have the same features as a row of another material that the same fold learns from."""
    code = audited.same_features()
    for split, folds in audited.folds.items():
        seen = tested_with(folds, code) & ~tested_with(folds, audited.rows.material)
        if seen.any():
            said = "with exactly the features of another material that it learns from"
            yield _finding(
                audited,
                "same-features-across-folds",
                split,
                seen,
                _where_random(split),
                (said, ": these features cannot tell them apart"),
            )


def same_composition_across_folds(audited: Audited) -> Iterator[Finding]:
    """Find rows of other materials with the same composition, exactly or up to rounding, as the same fold learns."""
    formulas, code = np.unique(audited.rows.formulas, return_inverse=True)
    pairs = near_formulas(formulas, ROUNDING)
    for split, folds in audited.folds.items():
        exact = tested_with(folds, code) & ~tested_with(folds, audited.rows.material)
        near = _tested_near(folds, code, pairs) & ~exact
        seen = exact | near
        if seen.any():
            kinds = (
                f": {int(exact.sum())} of another structure, and {int(near.sum())} that differ by no more than "
                f"{ROUNDING:g} in any atomic fraction, as by rounding"
            )
            yield _finding(
                audited,
                "same-composition-across-folds",
                split,
                seen,
                _where_random(split),
                ("of the composition of another material that it learns from", kinds),
                exact=float(exact.sum()),
                near=float(near.sum()),
            )


def holdout_in_training(audited: Audited) -> Iterator[Finding]:
    """Find rows of the hold-out whose material, or whose composition, is learned from."""
    kept = audited.kept
    if not kept.any():
        return
    grades: tuple[tuple[str, NDArray[np.int64], Weight], ...] = (
        ("material", audited.rows.material, "stops"),
        (
            "composition, in another structure,",
            np.unique(audited.rows.formulas, return_inverse=True)[1],
            "warns",
        ),
    )
    for what, code, weight in grades:
        seen = kept & np.isin(code, code[~kept])
        if seen.any():
            ids = audited.rows.ids[seen]
            yield Finding(
                "holdout-in-training",
                weight,
                f"the hold-out has {len(ids)} of {int(kept.sum())} rows whose {what} is also learned from "
                f"({named(ids)})",
                ids,
                int(kept.sum()),
                audited.target,
            )
            return


def one_class_folds(audited: Audited) -> Iterator[Finding]:
    """Find folds that test rows of one class only, so that some scores are not defined."""
    classes = audited.rows.classes
    for split, folds in audited.folds.items() if len(classes) else ():
        single = [
            (fold, tested)
            for fold in range(len(folds))
            if len(np.unique(audited.rows.y[tested := folds.tested(fold)])) < 2
        ]
        if single:
            which = ", ".join(
                f"{fold} ({classes[int(audited.rows.y[tested[0]])]})" for fold, tested in single
            )
            seen = np.zeros(len(folds.kept), dtype=bool)
            for _, tested in single:
                seen[tested] = True
            yield _finding(
                audited,
                "one-class-fold",
                split,
                seen,
                "warns",
                (f"of one class only, in fold {which}", ": scores such as ROC-AUC are not defined there"),
            )


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


def _tested_near(folds: Folds, code: NDArray[np.int64], pairs: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which rows, (n,), some fold tests while it learns from one of a code that is paired with theirs."""
    seen = np.zeros(len(code), dtype=bool)
    for fold in range(len(folds)) if len(pairs) else ():
        tested, learned = folds.tested(fold), np.unique(code[folds.learned(fold)])
        seen[tested] |= np.isin(code[tested], pairs[np.isin(pairs[:, 1], learned), 0])
    return seen


def _where_random(split: str) -> Weight:
    # Of the random split it is what is expected: it keeps nothing apart.
    return "warns" if SPLITS[split].groups else "notes"


def _finding(
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
