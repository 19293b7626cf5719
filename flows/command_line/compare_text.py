"""A comparison of runs at 80 columns: a table for each target and split, and what it says in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import TYPE_CHECKING

from matsluice.tasks.compare.run_comparison import sentences
from matsluice.tasks.compare.settings import WHOLE
from matsluice.tasks.report.names import metric_title
from matsluice.tasks.report.number_text import number, shared_decimals, signed

if TYPE_CHECKING:
    from matsluice.tasks.compare.contest_pairs import ScoreComparison
    from matsluice.tasks.compare.paired import Difference
    from matsluice.tasks.compare.run_comparison import RunComparison
    from matsluice.tasks.compare.settings import Setting

WIDTH = 80
NAME_WIDTH = 20
MOST_SETTINGS = 20
PAIRED_BY = {
    "folds": "paired over {count} folds",
    "materials": "paired over {count} materials in common",
    "nothing": "not paired: too few rows in common",
}
# A verdict in the width of a column.
SHORT = {
    "no difference beyond noise": "noise",
    "the same predictions": "the same",
    "cannot be told": "unknown",
}


def comparison_lines(found: RunComparison) -> Iterator[str]:
    """Give the lines of `matsluice compare`."""
    within = found.run == found.before
    yield found.run
    yield f"its models against {found.champions[0]}, its champion" if within else f"against {found.before}"
    for contest in dict.fromkeys((one.target, one.split) for one in found.scores):
        rows = [one for one in found.scores if (one.target, one.split) == contest]
        yield ""
        yield from _table(rows, found.units.get(contest[0], ""), within=within)
    if found.settings:
        yield ""
        yield "Settings"
        yield from _settings(found.settings)
    yield ""
    for sentence in sentences(found):
        yield from wrap(sentence, WIDTH)


def _table(rows: Sequence[ScoreComparison], unit: str, *, within: bool) -> Iterator[str]:
    known = [one.difference for one in rows if one.difference is not None]
    halves = [(each.high - each.low) / 2 for each in known]
    decimals = shared_decimals(halves, [one.now or 0.0 for one in rows])
    yield from wrap(
        f"{rows[0].target}, {rows[0].split} split: {metric_title(rows[0].metric, unit)}"
        + (f", {_paired(known)}" if known else ""),
        WIDTH,
    )
    first = "champion" if within else "then"
    yield f"  {'':<{NAME_WIDTH}}{first:>9}{'now' if not within else 'model':>9}{'difference':>12}{'95 %':>17}  verdict"
    for one in rows:
        difference = one.difference
        cells = (
            ("", "")
            if difference is None
            else (signed(difference.mean, decimals), _interval(difference, decimals))
        )
        name = one.model if len(one.model) < NAME_WIDTH else f"{one.model[: NAME_WIDTH - 2]}…"
        yield (
            f"  {name:<{NAME_WIDTH}}{number(one.before, decimals):>9}{number(one.now, decimals):>9}"
            f"{cells[0]:>12}{cells[1]:>17}  {SHORT.get(one.verdict, one.verdict)}"
        )


def _interval(difference: Difference, decimals: int) -> str:
    if difference.low == difference.high:
        return ""
    return f"{signed(difference.low, decimals)} … {signed(difference.high, decimals)}"


def _paired(known: Sequence[Difference]) -> str:
    ways = {each.by for each in known}
    if len(ways) > 1:
        return "paired as far as rows allow"
    return PAIRED_BY[ways.pop()].format(count=known[0].count)


def _settings(settings: Sequence[Setting]) -> Iterator[str]:
    for one in settings[:MOST_SETTINGS]:
        yield from wrap(
            f"{one.key}: {_change(one)}", WIDTH, initial_indent="  ", subsequent_indent="      ", max_lines=3
        )
    if len(settings) > MOST_SETTINGS:
        yield f"  and {len(settings) - MOST_SETTINGS} more: --json has all of them"


def _change(one: Setting) -> str:
    if WHOLE in (one.before, one.now):
        return "new" if one.before is None else "gone"
    before, now = ("not set" if side is None else side or '""' for side in (one.before, one.now))
    return f"{before} → {now}"
