"""By what a run's champion was chosen: errors are compared only where it is the same."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Agreement:
    """By what a run's champion was chosen; two errors are compared only where all of it is the same.

    Attributes
    ----------
    target, unit
        What is predicted.
    metric
        The error that decides: "mae", or of classes "log_loss".
    split, folds, options
        How rows were divided: the split's name, its number of folds, its own keys.
    holdout
        The share that no fold has.
    """

    target: str
    unit: str
    metric: str
    split: str
    folds: int
    holdout: float
    options: str = ""


# Other folds or another hold-out learn from more or fewer rows, which moves the error whatever the model is.
TOLD = {
    "target": "it predicts {now} and not {then}",
    "unit": "its unit is {now} and not {then}",
    "metric": "its error is told as {now} and not as {then}",
    "split": "the split that decides is {now} and not {then}",
    "folds": "it was cross-validated in {now} folds and not in {then}",
    "options": "the split was made with {now} and not with {then}",
    "holdout": "the hold-out is {now} of the materials and not {then}",
}


def disagreement(now: Agreement, then: Agreement) -> str:
    """Return why two runs' errors cannot be compared, as the end of a sentence; "" where they can.

    Examples
    --------
    >>> first = Agreement("band_gap", "eV", "mae", "composition", 5, 0.2)
    >>> disagreement(Agreement("band_gap", "eV", "mae", "random", 5, 0.2), first)
    'the split that decides is random and not composition'
    >>> disagreement(first, first)
    ''
    """
    for name, told in TOLD.items():
        sides = [getattr(side, name) for side in (now, then)]
        if sides[0] != sides[1]:
            words = ["nothing" if side == "" else side for side in sides]
            return told.format(now=words[0], then=words[1])
    return ""
