"""What it costs that a campaign is orchestrated: in time against a plain script, in memory against the data.

    python benchmarks/overhead.py [--only campaign,memory,chunks] [--quick] [--json]

campaign: a whole run of `matsluice run` against benchmarks/plain_campaign.py, which computes the same with joblib. That
the numbers are equal is checked before any time is printed. Some 12 minutes on two idle cores.
memory: the process of the flow, in which a local cluster's scheduler lives too, while 10⁴, 10⁵ and 10⁶ formulas are
featurized. chunks: the same process while it hands out 10⁵ chunks of no work.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from orchestration import campaign, chunks, memory

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


def main() -> int:
    """Measure, print, and return 1 where a bar is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="print only the results, as JSON")
    parser.add_argument("--only", default=",".join(KINDS), help="kinds, with commas between; all if left out")
    parser.add_argument("--quick", action="store_true", help="small, to try it out; most bars do not apply")
    parser.add_argument("--step", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--rows", type=int, nargs="+", help=argparse.SUPPRESS)
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
