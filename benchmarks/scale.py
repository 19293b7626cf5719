"""How far it goes: workers that a scheduler can keep busy, and what rows add to databases and disk.

    python benchmarks/scale.py [--only workers,scheduler,records,log] [--quick] [--json]

workers: 1 to 16 worker processes compute chunks whose rows only wait, through the whole path of a campaign, so that
two cores show what the scheduler and the path cost, and not the arithmetic. scheduler: the processor time of scheduler
and driver for a chunk, and the number of workers at which each has none left. records: a campaign of 2 000 and one of
20 000 rows, and what stands in the databases and on disk afterwards. log: what a part file costs the log of the store.
SCALE.md is derived from these. Some 10 minutes on two idle cores; 16 workers with their children take 6 GB of memory.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from scaling import log_cost, records, scheduler_cost, workers

KINDS: Final[Mapping[str, Callable[..., Iterator[dict[str, Any]]]]] = {
    "workers": workers.measured,
    "scheduler": scheduler_cost.measured,
    "records": records.measured,
    "log": log_cost.measured,
}


def step(given: argparse.Namespace) -> dict[str, float]:
    """Do one step in this process."""
    numbers = [float(number) for number in given.numbers]
    if given.step == "workers":
        return workers.here(int(numbers[0]), int(numbers[1]))
    return scheduler_cost.here(int(numbers[0]), int(numbers[1]), numbers[2])


def main() -> int:
    """Measure, print, and return 1 where a bar is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="print only the results, as JSON")
    parser.add_argument("--only", default=",".join(KINDS), help="kinds, with commas between; all if left out")
    parser.add_argument("--quick", action="store_true", help="small, to try it out; numbers mean little")
    parser.add_argument("--step", help=argparse.SUPPRESS)
    parser.add_argument("--numbers", nargs="+", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.step:
        print(json.dumps(step(given)))
        return 0
    kinds = given.only.split(",")
    if unknown := set(kinds) - set(KINDS):
        parser.error(f"--only knows {', '.join(KINDS)}, and not {', '.join(sorted(unknown))}")
    found = []
    with contextlib.redirect_stdout(sys.stderr if given.json else sys.stdout):
        for kind in kinds:
            found += list(KINDS[kind](quick=given.quick))
    if given.json:
        print(json.dumps(found))
    return 0 if all(one["met"] for one in found) else 1


if __name__ == "__main__":
    sys.exit(main())
