"""Faults of the division itself: a hold-out that is learned from, and folds of one class."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from matsluice.tasks.audit.finding import Finding, Weight, named
from matsluice.tasks.audit.tested_rows import split_finding

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.tasks.audit.audited import Audited


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
            yield split_finding(
                audited,
                "one-class-fold",
                split,
                seen,
                "warns",
                (f"of one class only, in fold {which}", ": scores such as ROC-AUC are not defined there"),
            )
