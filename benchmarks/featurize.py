"""Every kind of featurization against what a user runs today: first equal, then how many times as fast.

    python benchmarks/featurize.py [--json] [--only voronoi,graph]

Both sides take turns in the same process, and the ratio quoted is the median of the turns' ratios, so that a busy
machine slows both alike. Reads perov5/, nomad2018/ and matbench/ from ../shared/data or $MATSLUICE_DATA.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any, Final

from paired import measure

ROOT: Final = Path(__file__).parents[1]
DATA: Final = Path(os.environ.get("MATSLUICE_DATA", ROOT.parent / "shared" / "data"))
KINDS: Final = (
    "composition",
    "oxidation",
    "cif",
    "geometry",
    "bonding",
    "voronoi",
    "crystal_nn",
    "radial",
    "graph",
    "coulomb",
    "symmetry",
)
BAR_FIRST_CALL: Final = 1.0  # s

# In a process of its own: imports, tables, compiled kernels from disk, one material.
FIRST_CALLS: Final = {
    "first formula in a new process": """
from time import perf_counter
start = perf_counter()
from matsluice.tasks.features import find_block
from matsluice.tasks.material import parse_formulas
find_block("composition.magpie").make().compute(parse_formulas(["NaCl"]).batch)
print(perf_counter() - start)
""",
    "first crystal in a new process, structure.bonding": """
from time import perf_counter
import numpy as np
start = perf_counter()
from matsluice.tasks.features import find_block
from matsluice.tasks.material import crystals_from_cells
salt = crystals_from_cells([(4.2 * np.eye(3), [55, 17], [[0, 0, 0], [0.5, 0.5, 0.5]])]).batch
find_block("structure.bonding").make().compute(salt)
print(perf_counter() - start)
""",
}


def first_call(program: str) -> float:
    """Return the seconds of a first call in a new process, the compiled kernels being on disk already."""
    runs = [
        subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)  # noqa: S603 - a constant of ours
        for _ in range(4)
    ]
    return median(float(run.stdout) for run in runs[1:])


def results(kinds: Sequence[str]) -> list[dict[str, Any]]:
    """Measure every comparison of these kinds, one after the other, and print each as it comes."""
    found = []
    print(f"{'':<52}{'today':>10}{'ours':>10}{'times':>8}{'bar':>6}  equal to")
    for kind in kinds:
        for comparison in import_module(f"featurization.{kind}").comparisons(DATA):
            one = measure(comparison)
            met = "" if one["ratio"] >= one["bar"] else "  MISSED"
            print(
                f"{one['name']:<52}{_duration(one['reference_seconds']):>10}{_duration(one['our_seconds']):>10}"
                f"{one['ratio']:>8.0f}{one['bar']:>6g}  {one['difference']:.0e}"
                f"{'' if one['equal'] else '  NOT EQUAL'}{met}",
                flush=True,
            )
            found += _records(one)
    return found


def _records(one: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "name": f"{one['name']}: times as fast",
            "value": one["ratio"],
            "unit": "times",
            "bar": one["bar"],
            "met": one["ratio"] >= one["bar"] and one["equal"],
        },
        {
            "name": f"{one['name']}: largest difference",
            "value": one["difference"],
            "unit": "relative",
            "bar": one["tolerance"],
            "met": one["equal"],
        },
        {
            "name": f"{one['name']}: today",
            "value": one["reference_seconds"],
            "unit": "s",
            "bar": None,
            "met": True,
        },
        {"name": f"{one['name']}: ours", "value": one["our_seconds"], "unit": "s", "bar": None, "met": True},
    ]


def _duration(seconds: float) -> str:
    return f"{seconds * 1e3:.3g} ms" if seconds >= 1e-4 else f"{seconds * 1e6:.3g} µs"


def main() -> int:
    """Measure, print, and return 1 where a bar is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="print only the results, as JSON")
    parser.add_argument("--only", help="kinds, with commas between; all if left out: " + ", ".join(KINDS))
    given = parser.parse_args()
    kinds = given.only.split(",") if given.only else KINDS
    if given.json:
        standard, sys.stdout = sys.stdout, sys.stderr
    found = results(kinds)
    if not given.only:
        for name, program in FIRST_CALLS.items():
            elapsed = first_call(program)
            print(f"{name:<52}{'':>10}{_duration(elapsed):>10}{'':>8}{BAR_FIRST_CALL:>5g}s")
            met = elapsed <= BAR_FIRST_CALL
            found.append({"name": name, "value": elapsed, "unit": "s", "bar": BAR_FIRST_CALL, "met": met})
    if given.json:
        sys.stdout = standard
        print(json.dumps(found))
    return 0 if all(one["met"] for one in found) else 1


if __name__ == "__main__":
    sys.exit(main())
