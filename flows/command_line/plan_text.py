"""A plan as lines of at most 80 characters."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap
from typing import Any

from matsluice.flows.command_line.named_row import named_row
from matsluice.flows.command_line.progress_display import duration_text

WIDTH = 80
MOST_CLASSES = 6


def plan_lines(plan: dict[str, Any]) -> Iterator[str]:
    """Give the lines of `matsluice plan`."""
    rejected = sum(plan["rejected"].values())
    yield f"campaign {plan['campaign']}" + (
        f", goes on with run {plan['resumes']}" if plan["resumes"] else ""
    )
    yield f"  {plan['rows']} rows, {plan['unique_materials']} different materials, {rejected} rejected"
    for reason, count in plan["rejected"].items():
        yield f"    {count} x {reason}"
    for target, classes in plan["classes"].items():
        counts = ", ".join(f"{name} ({count})" for name, count in list(classes.items())[:MOST_CLASSES])
        more = f" and {len(classes) - MOST_CLASSES} more" if len(classes) > MOST_CLASSES else ""
        yield from wrap(
            f"  {target}: {len(classes)} classes, {counts}{more}", WIDTH, subsequent_indent="    "
        )
    for sentence in plan["subsampled"]:
        yield from wrap(f"  {sentence}", WIDTH, subsequent_indent="    ")
    heads = f"{'columns':>8}{'there':>10}{'to compute':>12}{'chunks':>8}"
    yield from named_row("block", heads, indent="  ")
    for name, block in plan["blocks"].items():
        numbers = (
            f"{block['columns']:>8}{block['computed_already']:>10}"
            f"{block['to_compute']:>12}{block['chunks']:>8}"
        )
        yield from named_row(name, numbers, indent="  ")
    yield from named_row("split", f"{'folds':>8}{'groups':>10}", indent="  ")
    for name, split in plan["splits"].items():
        yield from named_row(name, f"{split['folds']:>8}{split['groups'] or '':>10}", indent="  ")
    cost = plan["core_seconds"]
    yield f"  {plan['fits']} fits on {plan['columns']} columns"
    for one in plan["searches"]:
        yield from wrap(f"  {_search_text(one)}", WIDTH, subsequent_indent="    ")
    if plan["studies"]:
        count = len(plan["studies"])
        said = f"  {count} stud{'y' if count == 1 else 'ies'}: {', '.join(plan['studies'])}"
        yield from wrap(said, WIDTH, subsequent_indent="    ")
    wall = (cost["featurize"] + cost["train"] + cost.get("study", 0.0)) / plan["workers"]
    yield f"  roughly {duration_text(wall)} on {plan['workers']} workers (an estimate), then the screen"


def _search_text(search: dict[str, Any]) -> str:
    """Return what a search adds, in words.

    Examples
    --------
    >>> ridge = {"model": "ridge", "target": "gap", "space": {"alpha": "1 to 2"}}
    >>> _search_text({**ridge, "trials": 200, "fits": 610, "minutes": None})
    'a search for ridge, gap: at most 200 trials, 610 further fits; alpha: 1 to 2'
    """
    known = search["trials"] is not None
    minutes = search["minutes"]
    bounds = [f"at most {search['trials']} trials, {search['fits']} further fits"] if known else []
    bounds += [f"no new trials after {minutes:g} minutes a split"] if minutes is not None else []
    ranges = "; ".join(f"{name}: {text}" for name, text in search["space"].items())
    return f"a search for {search['model']}, {search['target']}: {', '.join(bounds)}; {ranges}"
