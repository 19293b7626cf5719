"""A replay at 80 columns: hits against labels by each rule, and what that saves against chance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from textwrap import wrap
from typing import Any

from matsluice.flows.command_line.backtest_text import WIDTH, about_lines
from matsluice.tasks.report.number_text import MISSING, number

NAME_WIDTH = 22
# Rounds that are shown: all of them stand in the files.
MOST_COLUMNS = 5


def replay_lines(record: Mapping[str, Any]) -> Iterator[str]:
    """Give the lines of `matsluice screen replay`."""
    yield from about_lines(record)
    labels = record["labels"]
    yield from wrap(
        f"{record['model']} learns anew after every {record['batch']} labels, from {labels[0]} drawn at random to "
        f"{labels[-1]}, from {record['seeds']} different starts",
        WIDTH,
    )
    yield ""
    shown = shown_rounds(len(labels))
    yield f"{'hits found, labels:':<{NAME_WIDTH}}" + "".join(f"{labels[place]:>11}" for place in shown)
    for one in record["rules"]:
        spread = one["found_std"]
        cells = [_found(one["found"][place], spread and spread[place]) for place in shown]
        yield f"  {_words(one['rule']):<{NAME_WIDTH - 2}}" + "".join(f"{cell:>11}" for cell in cells)
    by_chance = "".join(f"{number(record['expected'][place], 1):>11}" for place in shown)
    yield f"  {'expected at random':<{NAME_WIDTH - 2}}{by_chance}"
    yield ""
    yield from _until(record["rules"])
    yield "± is the spread over starts; labels of the start are not counted"
    yield f"files: {record['directory']}"


def shown_rounds(points: int) -> list[int]:
    """Return the places of at most five rounds, the first and the last among them.

    Examples
    --------
    >>> shown_rounds(21), shown_rounds(3)
    ([0, 5, 10, 15, 20], [0, 1, 2])
    """
    columns = min(MOST_COLUMNS, points)
    return sorted({round(place * (points - 1) / max(columns - 1, 1)) for place in range(columns)})


def _found(mean: float, spread: float | None) -> str:
    return number(mean, 0) if spread is None else f"{number(mean, 0)} ± {number(spread, 0)}"


def _words(rule: str) -> str:
    return rule.replace("_", " ")


def _until(rules: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Give what a share of the hits takes of labels, and how many times fewer these are than at random."""
    shares = [one["share"] for one in rules[0]["until"]]
    heads = "".join(f"{f'{100 * share:.0f} % of hits':>18}" for share in shares)
    yield f"{'labels needed':<{NAME_WIDTH}}{heads}"
    for one in rules:
        yield f"  {_words(one['rule']):<{NAME_WIDTH - 2}}" + "".join(
            f"{_needed(each):>18}" for each in one["until"]
        )
    by_chance = "".join(f"{number(each['at_random'], 0):>18}" for each in rules[0]["until"])
    yield f"  {'expected at random':<{NAME_WIDTH - 2}}{by_chance}"


def _needed(each: Mapping[str, Any]) -> str:
    if each["labels"] is None:
        return "not reached" if not each["reached"] else MISSING
    return f"{number(each['labels']['mean'], 0)} ({number(each['acceleration']['mean'], 1)} ×)"
