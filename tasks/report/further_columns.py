"""The columns of hits for the targets beside the first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from matsluice.tasks.report.number_text import decimals_for

if TYPE_CHECKING:
    from matsluice.tasks.report.report_data import ReportData


@dataclass(frozen=True, slots=True)
class FurtherColumn:
    """A target's name, unit and decimals, and whether it is a class."""

    target: str
    unit: str
    decimals: int
    is_class: bool


def further_columns(data: ReportData) -> tuple[FurtherColumn, ...]:
    """Return what heads the columns of each target beside the first, in the order that hits have them."""
    columns = []
    for place, target in enumerate(data.hits.further):
        said = [hit.others[place] for hit in data.hits.shown]
        is_class = any(isinstance(one.prediction, str) for one in said)
        columns.append(
            FurtherColumn(
                target, data.unit(target), hit_decimals([(one.lower, one.upper) for one in said]), is_class
            )
        )
    return tuple(columns)


def hit_decimals(intervals: list[tuple[float, float]]) -> int:
    """Return the decimals of predictions in a table: one digit of the intervals' typical half width.

    Examples
    --------
    >>> hit_decimals([(0.1, 0.5), (1.0, 1.6)])
    2
    """
    widths = sorted(upper - lower for lower, upper in intervals if upper > lower)
    spread = widths[len(widths) // 2] / 2 if widths else 0.0
    digits = decimals_for(spread)
    # Ranks would look tied with a single decimal.
    return 2 if digits is None else max(digits, 2) if spread < 10 else digits
