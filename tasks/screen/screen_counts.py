"""What became of candidates, counted batch by batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from itertools import zip_longest
from typing import Any


@dataclass(frozen=True, slots=True)
class ScreenCounts:
    """What became of some candidates.

    Attributes
    ----------
    candidates, rejected, excluded
        Rows read; of these, unreadable or refused by a block; of the rest, left out by a constraint on what they are
        made of.
    scored, in_domain, in_window, in_window_and_domain, known
        Rows predicted; of these, inside the domain, inside the objective's window, both; known ones in the window.
    histogram, histogram_in_domain
        Predictions per bin, the outermost bins open.
    left_out
        Constraint → how many candidates it has left out that all earlier ones let pass; of `in_domain` those that
        were predicted and are outside.
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
    left_out: Mapping[str, int] = field(default_factory=dict)

    def __add__(self, other: ScreenCounts) -> ScreenCounts:
        """Return the counts of both."""
        summed: dict[str, Any] = {}
        for name in (each.name for each in fields(self)):
            mine, theirs = getattr(self, name), getattr(other, name)
            if isinstance(mine, int):
                summed[name] = mine + theirs
            elif isinstance(mine, Mapping):
                summed[name] = {
                    key: mine.get(key, 0) + theirs.get(key, 0) for key in dict.fromkeys([*mine, *theirs])
                }
            else:
                summed[name] = tuple(a + b for a, b in zip_longest(mine, theirs, fillvalue=0))
        return ScreenCounts(**summed)
