"""A backtest at 80 columns: what each way of choosing finds among the first k."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from textwrap import wrap
from typing import Any

from matsluice.tasks.report.number_text import MISSING, number

WIDTH = 80
NAME_WIDTH = 20
# One column for each quantity: its name, and how many decimals a share or a ratio is worth.
QUANTITIES = (("precision", 2), ("recall", 2), ("enrichment", 1))


def backtest_lines(record: Mapping[str, Any]) -> Iterator[str]:
    """Give the lines of `matsluice screen backtest`."""
    yield from about_lines(record)
    times = "once" if record["seeds"] == 1 else f"{record['seeds']} times with other divisions"
    yield from wrap(
        f"{record['model']} learns from {record['folds'] - 1} of {record['folds']} folds of the {record['split']} "
        f"split and ranks the hidden one, {times}: {record['screens']} screens of "
        f"{number(record['candidates']['mean'], 0)} candidates with {number(record['hits']['mean'], 0)} hits "
        f"({100 * record['prevalence']:.1f} %)",
        WIDTH,
    )
    yield ""
    yield f"{'first':>6}  {'chosen by':<{NAME_WIDTH}}{'precision':>17}{'recall':>17}{'enrichment':>15}"
    for at in record["at"]:
        yield from _at(at, str(record["model"]))
    yield ""
    yield from _listed(record)
    yield from _feature(record)
    yield "± is the spread over screens; at random: the mean, and 95 % of all draws"
    yield f"files: {record['directory']}"


def about_lines(record: Mapping[str, Any]) -> Iterator[str]:
    """Give what was looked for and among how many, for a backtest or a replay."""
    data = record["data"]
    yield f"{record['campaign']}: {record['objective']}"
    said = f"{data['candidates']} labelled materials, {data['hits']} of them hits"
    if record["hit"] != record["objective"]:
        said += f" ({record['hit']})"
    left_out = [
        f"{count} {words}"
        for count, words in (
            (data["holdout"], "of the hold-out"),
            (data["excluded"], "with excluded elements"),
        )
        if count
    ]
    yield from wrap(said + (f"; left out are {' and '.join(left_out)}" if left_out else ""), WIDTH)


def _at(at: Mapping[str, Any], model: str) -> Iterator[str]:
    names = (
        ("model", model),
        ("feature", "best single feature"),
        ("random", "at random"),
        ("best_possible", "best possible"),
    )
    for place, (key, name) in enumerate(names):
        cells = [
            _chance(at[key][quantity], decimals)
            if key == "random"
            else _measured(at[key][quantity], decimals, spread=key != "best_possible")
            for quantity, decimals in QUANTITIES
        ]
        shown = name if len(name) < NAME_WIDTH else f"{name[: NAME_WIDTH - 2]}…"
        first = at["k"] if not place else ""
        yield f"{first:>6}  {shown:<{NAME_WIDTH}}{cells[0]:>17}{cells[1]:>17}{cells[2]:>15}"


def _measured(value: Mapping[str, Any], decimals: int, *, spread: bool = True) -> str:
    mean = number(value["mean"], decimals)
    return f"{mean} ± {number(value['std'], decimals)}" if spread and value["std"] is not None else mean


def _chance(value: Mapping[str, Any], decimals: int) -> str:
    if value["mean"] is None:
        return MISSING
    mean, low, high = (number(value[name], decimals) for name in ("mean", "low", "high"))
    return f"{mean} ({low}–{high})"


def _listed(record: Mapping[str, Any]) -> Iterator[str]:
    listed = record["listed"]
    if listed["precision"]["mean"] is None:
        yield from wrap("No candidate is predicted to meet the objective: a screen would list none.", WIDTH)
        return
    yield from wrap(
        f"A screen lists {_measured(listed['rows'], 0)} candidates as meeting the objective, and "
        f"{100 * listed['precision']['mean']:.0f} % do: discovery acceleration factor "
        f"{_measured(listed['discovery_acceleration'], 1)}",
        WIDTH,
    )


def _feature(record: Mapping[str, Any]) -> Iterator[str]:
    best = record["feature"][0]
    if best["column"] is None:
        yield "No single feature tells hits from others."
        return
    way = "largest" if best["largest_first"] else "smallest"
    # A name is not broken at its dots.
    yield from wrap(
        f"The best single feature is chosen on the rows learned from: {best['column']}, {way} first, in "
        f"{best['folds']} of {record['screens']} screens",
        WIDTH,
        break_on_hyphens=False,
    )
