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
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from orchestration.kinds_command import run_kinds
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


def add_step_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what a step is told."""
    parser.add_argument("--numbers", nargs="+", help=argparse.SUPPRESS)


if __name__ == "__main__":
    sys.exit(
        run_kinds(__doc__, KINDS, step, add_step_arguments, quick="small, to try it out; numbers mean little")
    )
