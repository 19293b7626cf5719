"""What the champion cannot do without, as bars: blocks, groups of like features, and contributions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matsluice.tasks.report.names import DECIDING
from matsluice.tasks.report.number_text import (
    measured,
    number,
    percent,
    shared_decimals,
    significant_decimals,
)

if TYPE_CHECKING:
    from matsluice.tasks.report.report_data import ReportData
    from matsluice.tasks.report.run_facts import ShuffledFacts


@dataclass(frozen=True, slots=True)
class BarLine:
    """A bar with its name and its number as text; `share` is its length, 0 to 1."""

    name: str
    text: str
    share: float


@dataclass(frozen=True, slots=True)
class BarTable:
    """One table of bars."""

    caption: str
    heading: str
    unit: str
    rows: tuple[BarLine, ...]


@dataclass(frozen=True, slots=True)
class ShuffledSection:
    """The sentence that says most, and the tables."""

    sentence: str
    tables: tuple[BarTable, ...]


def shuffled_section(data: ReportData) -> ShuffledSection | None:
    """Return what shuffled columns have shown; None where it was not looked at."""
    found, champion = data.facts.explained, data.champion
    if found is None or champion is None or not found.groups:
        return None
    deciding = data.deciding(champion.target)
    unit = data.unit(champion.target) if deciding == "mae" else ""
    heading = f"Growth ({unit})" if unit else "Growth"
    noun = DECIDING[deciding]
    first = found.groups[0]
    tables = [
        BarTable(
            "Features shuffled together that say much the same (rank correlation 0.7 and more), by their first.",
            "Group",
            heading,
            _bars(found.groups, counted=True),
        )
    ]
    if len(found.blocks) > 1:
        tables.insert(0, BarTable("A whole block shuffled.", "Block", heading, _bars(found.blocks)))
    if found.contributions:
        largest = found.contributions[0].mean
        decimals = significant_decimals(largest, 2)
        of = unit or "log-odds"
        rows = tuple(
            BarLine(one.column, number(one.mean, decimals), one.mean / largest) for one in found.contributions
        )
        caption = "How far a feature moves a prediction on average, whichever way (Shapley values by the model itself)."
        tables.append(BarTable(caption, "Feature", f"Mean ({of})", rows))
    share = first.mean / found.base if found.base > 0 else 0.0
    which = first.name + (f" and {len(first.columns) - 1} like it" if len(first.columns) > 1 else "")
    return ShuffledSection(
        f"On rows it has not seen, the champion's {noun} grows by {percent(share)} when {which} "
        f"{'are' if len(first.columns) > 1 else 'is'} shuffled, more than by any other group of features.",
        tuple(tables),
    )


def _bars(found: Sequence[ShuffledFacts], *, counted: bool = False) -> tuple[BarLine, ...]:
    largest = max((one.mean for one in found), default=0.0)
    decimals = shared_decimals([one.std for one in found], [one.mean for one in found])
    return tuple(
        BarLine(
            one.name + (f" + {len(one.columns) - 1}" if counted and len(one.columns) > 1 else ""),
            measured(one.mean, one.std, decimals),
            max(one.mean, 0.0) / largest if largest > 0 else 0.0,
        )
        for one in found
    )
