"""What it costs that a campaign is orchestrated: in time against a plain script, in memory against the data.

    python benchmarks/overhead.py [--only campaign,memory,chunks] [--quick] [--json]

campaign: a whole run of `matsluice run` against benchmarks/plain_campaign.py, which computes the same with joblib. That
the numbers are equal is checked before any time is printed. Some 12 minutes on two idle cores.
memory: the process of the flow, in which a local cluster's scheduler lives too, while 10⁴, 10⁵ and 10⁶ formulas are
featurized. chunks: the same process while it hands out 10⁵ chunks of no work.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from orchestration import campaign, chunks, memory
from orchestration.kinds_command import run_kinds

KINDS: Final[Mapping[str, Callable[..., Iterator[dict[str, Any]]]]] = {
    "campaign": campaign.measured,
    "memory": memory.measured,
    "chunks": chunks.measured,
}


def step(given: argparse.Namespace) -> dict[str, float]:
    """Do one step in this process."""
    if given.step == "chunks":
        return chunks.here(*given.rows)
    return memory.STEPS[given.step](given.folder, *given.rows)


def add_step_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what a step is told."""
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--rows", type=int, nargs="+", help=argparse.SUPPRESS)


if __name__ == "__main__":
    sys.exit(
        run_kinds(
            __doc__, KINDS, step, add_step_arguments, quick="small, to try it out; most bars do not apply"
        )
    )
