"""The command line of a benchmark that measures several kinds of things, some of them in processes of their own."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any


def run_kinds(
    description: str | None,
    kinds: Mapping[str, Callable[..., Iterator[dict[str, Any]]]],
    step: Callable[[argparse.Namespace], dict[str, float]],
    add_step_arguments: Callable[[argparse.ArgumentParser], object],
    quick: str,
) -> int:
    """Measure, print, and return 1 where a bar is missed.

    Parameters
    ----------
    description
        The benchmark's own text.
    kinds
        What it can measure: each gives its results, small ones where `quick` is true.
    step
        Does what a process of its own was started for, and returns its numbers.
    add_step_arguments
        Adds what a step is told.
    quick
        What --quick says of itself.
    """
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="print only the results, as JSON")
    parser.add_argument("--only", default=",".join(kinds), help="kinds, with commas between; all if left out")
    parser.add_argument("--quick", action="store_true", help=quick)
    parser.add_argument("--step", help=argparse.SUPPRESS)
    add_step_arguments(parser)
    given = parser.parse_args()
    if given.step:
        print(json.dumps(step(given)))
        return 0
    wanted = given.only.split(",")
    if unknown := set(wanted) - set(kinds):
        parser.error(f"--only knows {', '.join(kinds)}, and not {', '.join(sorted(unknown))}")
    found = []
    with contextlib.redirect_stdout(sys.stderr if given.json else sys.stdout):
        for kind in wanted:
            found += list(kinds[kind](quick=given.quick))
    if given.json:
        print(json.dumps(found))
    return 0 if all(one["met"] for one in found) else 1
