"""Numbers with a bar beside them, for tables that are drawn by the browser."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class BarRow:
    """A named value, and its share of the largest one."""

    name: str
    value: float
    share: float


def bars(values: Mapping[str, float], most: int | None = None) -> tuple[BarRow, ...]:
    """Return the values with their bars: the `most` largest first, or all in their order where it is None.

    >>> [(row.name, row.share) for row in bars({"a": 1.0, "b": 4.0, "c": 2.0}, most=2)]
    [('b', 1.0), ('c', 0.5)]
    """
    known = [(name, value) for name, value in values.items() if isfinite(value)]
    if most is not None:
        known = sorted(known, key=lambda pair: -pair[1])[:most]
    largest = max((value for _, value in known), default=0.0)
    return tuple(
        BarRow(name, value, max(value / largest, 0.0) if largest > 0 else 0.0) for name, value in known
    )
