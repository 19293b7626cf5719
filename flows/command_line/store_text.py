"""The feature store as lines of at most 80 characters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from matsluice.flows.command_line.named_row import named_row

_UNITS = ("B", "kB", "MB", "GB", "TB")


def bytes_text(count: float) -> str:
    """Return a size in the largest unit that leaves a number above 1.

    Examples
    --------
    >>> bytes_text(0), bytes_text(1536), bytes_text(3.2e9)
    ('0 B', '1.5 kB', '3.2 GB')
    """
    unit = 0
    while count >= 1000 and unit < len(_UNITS) - 1:
        count, unit = count / 1000, unit + 1
    return f"{count:.0f} B" if unit == 0 else f"{count:.1f} {_UNITS[unit]}"


def show_lines(found: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Give the lines of `matsluice store show`."""
    if not found:
        yield "the store is empty"
        return
    heads = f"{'version':>8}{'computed':>11}{'refused':>9}{'parts':>7}{'size':>11}"
    yield from named_row("block", heads)
    for one in found:
        refused = sum(one["refused"].values())
        numbers = (
            f"{one['version']:>8}{one['computed']:>11}{refused:>9}{one['parts']:>7}"
            f"{bytes_text(one['bytes']):>11}"
        )
        yield from named_row(one["block"], numbers)
        yield f"    parameters {one['parameters']}, {_installed(one)}"
        if one["refused"]:
            yield "    refused: " + ", ".join(f"{count} {reason}" for reason, count in one["refused"].items())
        twice = one["rows"] - one["computed"] - refused
        if twice:
            yield f"    {twice} rows stand twice: `matsluice store compact` drops them"
        if one["waiting"]:
            yield f"    {one['waiting']} part files are not entered yet: the next run does that"
        if one["merged"]:
            yield f"    {one['merged']} merged part files are left for `matsluice store prune`"


def _installed(one: dict[str, Any]) -> str:
    if one["installed"] is None:
        return "a block that is not installed here"
    if one["installed"] != one["version"]:
        return f"not in use: version {one['installed']} is installed"
    if one["named"] is None:
        return "other parameters or element tables than any block here"
    return f"in use as {one['named']}"


def compact_lines(done: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Give the lines of `matsluice store compact`."""
    yield from named_row("block", f"{'version':>8}{'parts':>9}{'now':>7}{'rows dropped':>14}")
    for one in done:
        numbers = f"{one['version']:>8}{one['before']:>9}{one['after']:>7}{one['dropped']:>14}"
        yield from named_row(one["block"], numbers)
        if one["damaged"]:
            yield f"    {one['damaged']} damaged parts were dropped: the next run computes their rows again"
    if any(one["before"] != one["after"] for one in done):
        yield "The merged files are still there for whoever reads them; `matsluice store prune`"
        yield "deletes them after a week."


def prune_lines(pruned: dict[str, Any], older_than: str) -> Iterator[str]:
    """Give the lines of `matsluice store prune`."""
    for one in pruned["versions"]:
        yield f"taken out of the log: {one['block']} version {one['version']}, {one['parts']} part files"
    yield (
        f"deleted: {pruned['merged']} part files out of the log for more than {older_than}, "
        f"{pruned['left_behind']} left behind"
    )
    yield f"freed:   {bytes_text(pruned['bytes'])}"
    for block in pruned["busy"]:
        yield f"left as it is: {block}, which a run is computing now"


def verify_lines(found: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Give the lines of `matsluice store verify`."""
    if not found:
        yield "the store is empty"
        return
    heads = f"{'version':>8}{'parts':>7}{'damaged':>9}{'recomputed':>12}{'differ':>8}"
    yield from named_row("block", heads)
    for one in found:
        numbers = (
            f"{one['version']:>8}{one['parts']:>7}{len(one['damaged']):>9}"
            f"{one['recomputed']:>12}{len(one['differ']):>8}"
        )
        yield from named_row(one["block"], numbers)
        if one["named"] is None:
            yield f"    none recomputed: {_installed(one)}"
        elif not one["recomputed"] and not one["damaged"]:
            yield "    none recomputed: no snapshot here has its materials; name their --workspace"


def verify_failure(found: Sequence[dict[str, Any]]) -> str | None:
    """Return the sentence that names what is wrong, or None."""
    wrong = []
    for one in found:
        where = f"{one['block']} version {one['version']}"
        if one["damaged"]:
            wrong.append(f"{where}: {len(one['damaged'])} damaged part files, such as {one['damaged'][0]}")
        if one["differ"]:
            wrong.append(
                f"{where}: {len(one['differ'])} of {one['recomputed']} rows have other values today, "
                f"such as key {one['differ'][0]}"
            )
    if not wrong:
        return None
    return (
        "; ".join(wrong)
        + ". Damaged parts are dropped and computed again by the next run; where values differ, "
        "the block or a library under it has changed: raise its version"
    )
