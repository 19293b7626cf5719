"""Materials that a fold learns from and tests, as they are or in another writing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import numpy as np

from matsluice.tasks.audit.finding import Finding, Weight, named
from matsluice.tasks.audit.near_compositions import near_formulas
from matsluice.tasks.audit.tested_rows import split_finding, tested_near, tested_with
from matsluice.tasks.split.splits import SPLITS

if TYPE_CHECKING:
    from matsluice.tasks.audit.audited import Audited

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
            yield split_finding(
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
            yield split_finding(
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
        near = tested_near(folds, code, pairs) & ~exact
        seen = exact | near
        if seen.any():
            kinds = (
                f": {int(exact.sum())} of another structure, and {int(near.sum())} that differ by no more than "
                f"{ROUNDING:g} in any atomic fraction, as by rounding"
            )
            yield split_finding(
                audited,
                "same-composition-across-folds",
                split,
                seen,
                _where_random(split),
                ("of the composition of another material that it learns from", kinds),
                exact=float(exact.sum()),
                near=float(near.sum()),
            )


def _where_random(split: str) -> Weight:
    # Of the random split it is what is expected: it keeps nothing apart.
    return "warns" if SPLITS[split].groups else "notes"
