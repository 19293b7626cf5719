"""Every kind of featurization against what a user runs today: first equal, then how many times as fast.

    python benchmarks/featurize.py [--json] [--only voronoi,graph]

Both sides take turns over the same materials in the same process, and the ratio quoted is the median of the turns'
ratios, so that a busy machine slows both alike. Reads perov5/, nomad2018/ and matbench/ from ../shared/data or
$MATSLUICE_DATA.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from first_call import BAR, BLOCKS, first_call
from paired import Measured, measure

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
_LINE: Final = "{:<44}{:>10}{:>10}{:>7}{:>6}  {:<10}{}"


def ratios(kinds: Sequence[str]) -> list[dict[str, Any]]:
    """Measure every comparison of these kinds, one after the other, and print each as it comes."""
    found = []
    print(_LINE.format("", "today", "ours", "times", "bar", "equal to", ""))
    for kind in kinds:
        for comparison in import_module(f"featurization.{kind}").comparisons(DATA):
            one = measure(comparison)
            print(_line(one), flush=True)
            found += _records(one)
    return found


def first_calls() -> list[dict[str, Any]]:
    """Measure the first call of a block in a new process, and print each as it comes."""
    found = []
    print("\n" + _LINE.format("first call in a new process", "", "ours", "", "bar", "", ""))
    for block in BLOCKS:
        elapsed = first_call(block)
        met = elapsed <= BAR
        print(
            _LINE.format(block, "", _duration(elapsed), "", f"{BAR:g} s", "", "" if met else "SLOW"),
            flush=True,
        )
        found.append(_record(f"{block}: first call in a new process", elapsed, "s", BAR, met))
    return found


def _line(one: Measured) -> str:
    equal = f"{one.difference:.0e}" if one.of.agreeing == 1 else f"in {100 * one.agreed:.1f} %"
    verdict = " ".join(
        word for word, is_met in (("UNEQUAL", one.is_equal), ("SLOW", one.is_fast)) if not is_met
    )
    times = f"{one.ratio:.0f}" if one.ratio >= 10 else f"{one.ratio:.1f}"
    bar = "–" if one.of.bar is None else f"{one.of.bar:g}"
    return _LINE.format(one.of.name, _duration(one.today), _duration(one.ours), times, bar, equal, verdict)


def _records(one: Measured) -> list[dict[str, Any]]:
    name = one.of.name
    equal = (
        _record(f"{name}: largest difference", one.difference, "relative", one.of.tolerance, one.is_equal)
        if one.of.agreeing == 1
        else _record(f"{name}: agreement", one.agreed, "share", one.of.agreeing, one.is_equal)
    )
    return [
        _record(f"{name}: times as fast", one.ratio, "times", one.of.bar, one.is_fast and one.is_equal),
        equal,
        _record(f"{name}: today", one.today, "s", None, True),
        _record(f"{name}: ours", one.ours, "s", None, True),
    ]


def _record(name: str, value: float, unit: str, bar: float | None, met: bool) -> dict[str, Any]:
    return {"name": name, "value": value, "unit": unit, "bar": bar, "met": bool(met)}


def _duration(seconds: float) -> str:
    for factor, unit in ((1, "s"), (1e3, "ms")):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e6:.3g} µs"


def main() -> int:
    """Measure, print, and return 1 where a bar is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="print only the results, as JSON")
    parser.add_argument("--only", help="kinds, with commas between; all if left out: " + ", ".join(KINDS))
    given = parser.parse_args()
    with contextlib.redirect_stdout(sys.stderr if given.json else sys.stdout):
        found = ratios(given.only.split(",") if given.only else KINDS)
        found += [] if given.only else first_calls()
    if given.json:
        print(json.dumps(found))
    return 0 if all(one["met"] for one in found) else 1


if __name__ == "__main__":
    sys.exit(main())
