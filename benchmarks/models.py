"""The lecture's models: whether they find what was planted, and how fast they are against what is used today.

    python benchmarks/models.py [--only networks,sisso] [--quick] [--json] [--pykan PYTHON]

networks: the bars of the Kolmogorov–Arnold networks, formulas of physics they were not made for, and their training
against pykan's in the same run, where PYTHON (or $MATSLUICE_PYKAN) is an interpreter that can import it.
sisso: planted formulas found again, and candidate features screened a second.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Final

# Modules with `measured(*, quick) -> iterator of results`, imported when they are asked for.
KINDS: Final[Mapping[str, str]] = {"networks": "modelling.networks", "sisso": "modelling.sisso"}


def main() -> int:
    """Measure, print, and return 1 where a bar is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="print only the results, as JSON")
    parser.add_argument("--only", default=",".join(KINDS), help="kinds, with commas between; all if left out")
    parser.add_argument("--quick", action="store_true", help="small, to try it out; most bars do not apply")
    parser.add_argument("--pykan", help="a Python that can import kan, to be measured beside")
    given = parser.parse_args()
    kinds = given.only.split(",")
    if unknown := set(kinds) - set(KINDS):
        parser.error(f"--only knows {', '.join(KINDS)}, and not {', '.join(sorted(unknown))}")
    if given.pykan:
        os.environ["MATSLUICE_PYKAN"] = given.pykan
    found = []
    with contextlib.redirect_stdout(sys.stderr if given.json else sys.stdout):
        for kind in kinds:
            found += list(import_module(KINDS[kind]).measured(quick=given.quick))
    if given.json:
        print(json.dumps(found))
    return 0 if all(one["met"] for one in found) else 1


if __name__ == "__main__":
    sys.exit(main())
