"""What became of candidates, counted batch by batch."""

from __future__ import annotations

from dataclasses import dataclass, fields
from itertools import zip_longest
from typing import Any


@dataclass(frozen=True, slots=True)
class ScreenCounts:
    """What became of some candidates.

    Attributes
    ----------
    candidates, rejected, excluded
        Rows read; of these, unreadable; of the rest, left out for an element.
    scored, in_domain, in_window, in_window_and_domain, known
        Rows predicted; of these, inside the domain, inside the objective's window, both; known ones in the window.
    histogram, histogram_in_domain
        Predictions per bin, the outermost bins open.
    """

    candidates: int = 0
    rejected: int = 0
    excluded: int = 0
    scored: int = 0
    in_domain: int = 0
    in_window: int = 0
    in_window_and_domain: int = 0
    known: int = 0
    histogram: tuple[int, ...] = ()
    histogram_in_domain: tuple[int, ...] = ()

    def __add__(self, other: ScreenCounts) -> ScreenCounts:
        """Return the counts of both."""
        summed: dict[str, Any] = {}
        for name in (field.name for field in fields(self)):
            mine, theirs = getattr(self, name), getattr(other, name)
            if isinstance(mine, int):
                summed[name] = mine + theirs
            else:
                summed[name] = tuple(a + b for a, b in zip_longest(mine, theirs, fillvalue=0))
        return ScreenCounts(**summed)
