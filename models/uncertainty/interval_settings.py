"""How intervals and sets are to be made."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class IntervalSettings:
    """How intervals and sets are made.

    Attributes
    ----------
    normalised
        Whether an interval is as wide as the error that is expected for its row; else all are of one width.
    per
        A name in `GROUPS`: which rows are to be covered by themselves.
    at_least, at_most
        What the value can be, in the target's unit. None: not below 0 where no value learned from is.
    """

    normalised: bool = True
    per: str = "none"
    at_least: float | None = None
    at_most: float = math.inf


# What a campaign that says nothing has.
USUAL = IntervalSettings()
