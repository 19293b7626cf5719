"""A registered model's versions and the moves of its champion at 80 columns."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap
from typing import Any

from matsluice.tasks.report.names import metric_title
from matsluice.tasks.report.number_text import number

WIDTH = 80
MOST_VERSIONS, MOST_MOVES = 20, 10
BY = {"run": "", "hand": ", by hand", "rollback": ", rolled back"}


def move_lines(done: dict[str, Any]) -> Iterator[str]:
    """Give the lines `matsluice promote` ends with."""
    if not done["moved"]:
        yield f"version {done['to']} of {done['name']} is the champion already: nothing moved"
        return
    before = "there was none before" if done["from"] is None else f"it was version {done['from']}"
    yield f"version {done['to']} of {done['name']} is the champion now; {before}"
    if done["from"] is not None:
        yield f"back again: matsluice promote {done['name']} --rollback --reason TEXT"


def list_lines(found: dict[str, Any]) -> Iterator[str]:
    """Give the lines of `matsluice promote NAME --list`.

    Parameters
    ----------
    found
        What `matsluice.flows.promote.listed` returns.
    """
    yield from wrap(f"{found['name']} in {found['registry']}", WIDTH)
    yield ""
    yield f"{'version':>7}  {'alias':<11}{'model':<17}{'error':<20}{'hold-out':>9}  made"
    for each in found["versions"][:MOST_VERSIONS]:
        yield from _version_lines(each)
    if len(found["versions"]) > MOST_VERSIONS:
        yield f"{len(found['versions']) - MOST_VERSIONS:>7} more: --json has all of them"
    if found["moves"]:
        yield ""
        yield "Moves of the champion, the latest first"
    for move in found["moves"][:MOST_MOVES]:
        before = "none" if move["from"] is None else move["from"]
        head = f"{_minute(move['when'])}  {before} → {move['to']}{BY[move['by']]}"
        yield from _wrapped(f"{head}, {move['who']}: {move['reason']}", 2, 6)
    if len(found["moves"]) > MOST_MOVES:
        yield f"  and {len(found['moves']) - MOST_MOVES} more: --json has all of them"


def _version_lines(each: dict[str, Any]) -> Iterator[str]:
    title = metric_title(each["metric"], "") if each["metric"] else ""
    unit = each["unit"] if each["metric"] == "mae" else ""
    error = f"{title} {number(each['error'])} {unit}".strip()
    alias = ", ".join(each["aliases"]) or ("" if each["outcome"] else "undecided")
    yield (
        f"{each['version']:>7}  {_cut(alias, 10):<11}{_cut(each['model'], 16):<17}{_cut(error, 19):<20}"
        f"{number(each['holdout_error']):>9}  {each['created'][:10]}"
    ).rstrip()
    if each["target"]:
        yield from _wrapped(
            f"{each['target']}, {each['split']} split, run {each['campaign']}/{each['run']}", 9, 9
        )
    # Why a version was promoted stands with the move.
    if each["outcome"] == "challenger":
        yield from _wrapped(each["because"], 9, 9)


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"


def _minute(when: str) -> str:
    return when[:16].replace("T", " ")


def _wrapped(text: str, first: int, then: int) -> list[str]:
    return wrap(text, WIDTH, initial_indent=" " * first, subsequent_indent=" " * then)
