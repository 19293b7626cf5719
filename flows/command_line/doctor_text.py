"""What the doctor finds as lines of at most 80 characters."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import TYPE_CHECKING

from matsluice.infra.tracking.access import without_secret

if TYPE_CHECKING:
    from matsluice.infra.doctor import Result, Subject

WIDTH = 80
MARKS = {"ok": "ok", "warning": "WARN", "failure": "FAIL"}
COLOURS = {"ok": "32", "warning": "33", "failure": "31"}
_AT = 18  # where what is said begins


def head_lines(subject: Subject) -> Iterator[str]:
    """Give the lines that say what is examined."""
    yield f"workspace  {subject.workspace}"
    yield f"Prefect    {os.environ.get('PREFECT_API_URL') or 'embedded'}"
    yield f"MLflow     {without_secret(subject.tracking_uri) or 'in the workspace'}"
    yield f"cluster    {_cluster(subject)}"


def _cluster(subject: Subject) -> str:
    if subject.cluster is None:
        return "none: name a campaign file to have its cluster, store and sources examined"
    return f"{subject.cluster.kind} {getattr(subject.cluster, 'address', '')}".rstrip()


def result_lines(one: Result, family_before: str, *, colour: bool = False) -> Iterator[str]:
    """Give the lines of a check, below its family's name where that is a new one.

    A check that has not looked at anything gives none; the last lines name it.
    """
    if one.finding.status in ("unused", "skipped"):
        return
    family, _, name = one.spec.name.partition(".")
    if family != family_before:
        yield ""
        yield family
    mark = f"{MARKS[one.finding.status]:<6}"
    if colour:
        mark = f"\x1b[{COLOURS[one.finding.status]}m{mark}\x1b[0m"
    said = _wrapped(one.finding.said)
    yield f"  {mark}{name:<11}{said[0]}"
    yield from (" " * (_AT + 1) + line for line in said[1:])
    if one.finding.do:
        advice = _wrapped(one.finding.do, 2)
        yield " " * (_AT + 1) + f"→ {advice[0]}"
        yield from (" " * (_AT + 3) + line for line in advice[1:])


def _wrapped(text: str, less: int = 0) -> list[str]:
    # A path or an address that is broken cannot be copied.
    width = WIDTH - _AT - 1 - less
    return wrap(text, width, break_long_words=False, break_on_hyphens=False) or [""]


def last_lines(found: Sequence[Result]) -> Iterator[str]:
    """Give the lines that count."""
    passed_over: dict[str, list[str]] = {}
    for one in found:
        if one.finding.status == "unused":
            passed_over.setdefault("nothing to look at", []).append(one.spec.name)
        elif one.finding.status == "skipped":
            passed_over.setdefault(f"not looked at ({one.finding.said})", []).append(one.spec.name)
    yield ""
    for why, names in passed_over.items():
        yield from wrap(f"{why}: {', '.join(names)}", WIDTH, subsequent_indent="  ")
    count = {status: sum(one.finding.status == status for one in found) for status in MARKS}
    words = [
        f"{count['ok']} ok",
        _counted(count["warning"], "warning"),
        _counted(count["failure"], "failure"),
    ]
    yield f"{', '.join(words)}, in {sum(one.seconds for one in found):.1f} s"


def _counted(count: int, what: str) -> str:
    """Return a number with its noun.

    >>> _counted(1, "warning"), _counted(0, "failure")
    ('1 warning', '0 failures')
    """
    return f"{count} {what}{'' if count == 1 else 's'}"
