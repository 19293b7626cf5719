"""Formulas to Magpie's 132 columns, against matminer: first equal, then how many times as fast.

    python benchmarks/featurize.py [--json]

Both sides start from the text of a formula. They take turns in the same process, a few tenths of a second
each, and the ratio quoted is the median of the turns' ratios, so that a busy machine slows both alike.
Reads matbench_expt_gap.csv and matbench_steels.csv from ../shared/data or $MATSLUICE_DATA where they are,
else the example's measured band gaps.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from matsluice.tasks.features import BLOCKS, FeatureValues, find_block
from matsluice.tasks.material import parse_formulas

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

ROOT: Final = Path(__file__).parents[1]
DATA: Final = Path(os.environ.get("MATSLUICE_DATA", ROOT.parent / "shared" / "data"))
ROWS_AT_A_TIME: Final = 4000  # larger blocks leave the processor's cache
TURNS: Final = 25
MATMINER_ROWS: Final = 80  # in a turn, about 0.2 s
OUR_PASSES: Final = 10  # in a turn, over all formulas, about 0.05 s
TOLERANCE: Final = 1e-9
WITHOUT_DATA: Final = ("HeNe", "Fe2He", "FeHe", "XeF4", "NaOg", "Cf2O3")  # elements that tables leave out
BAR_RATIO: Final = 300.0
BAR_FIRST_CALL: Final = 1.0  # s

# In a process of its own: imports, tables, compiled kernels from disk, one formula.
FIRST_CALL: Final = """
from time import perf_counter
start = perf_counter()
from matsluice.tasks.features import find_block
from matsluice.tasks.material import parse_formulas
find_block("composition.magpie").make().compute(parse_formulas(["NaCl"]).batch)
print(perf_counter() - start)
"""


def read_formulas(say: Callable[[str], None]) -> list[str]:
    """Return the formulas of the public tables that are here, else of the example."""
    paths = [DATA / "matbench" / name for name in ("matbench_expt_gap.csv", "matbench_steels.csv")]
    for path in paths:
        if not path.exists():
            say(f"not here, left out: {path} (set MATSLUICE_DATA to the folder that has matbench/)")
    present = [path for path in paths if path.exists()]
    formulas: list[str] = []
    for path in present or [ROOT / "examples" / "solar-absorbers" / "experimental_band_gap.csv"]:
        with path.open(encoding="utf-8", newline="") as lines:
            formulas += [row["composition"] for row in csv.DictReader(lines)]
        say(f"{path.name}: {len(formulas)} formulas so far")
    return formulas


def ours(formulas: list[str], names: Sequence[str] = ("composition.magpie",)) -> list[list[FeatureValues]]:
    """Return the blocks' features, from text, some thousand rows at a time, as a run computes them."""
    blocks = [find_block(name).make() for name in names]
    chunks = []
    for start in range(0, len(formulas), ROWS_AT_A_TIME):
        batch = parse_formulas(formulas[start : start + ROWS_AT_A_TIME]).batch
        chunks.append([block.compute(batch) for block in blocks])
    return chunks


def matminer_featurizer() -> Callable[[list[str]], NDArray[np.float64]]:
    """Return matminer's side: its magpie preset, missing values left missing as on our side."""
    from matminer.featurizers.composition import ElementProperty
    from pymatgen.core.composition import Composition

    featurizer = ElementProperty.from_preset("magpie", impute_nan=False)

    def theirs(formulas: list[str]) -> NDArray[np.float64]:
        return np.array(
            [featurizer.featurize(Composition(formula)) for formula in formulas], dtype=np.float64
        )

    return theirs


def seconds(call: Callable[[], Any]) -> float:
    """Return how long a call takes."""
    start = perf_counter()
    call()
    return perf_counter() - start


def speed_ratio(formulas: list[str], theirs: Callable[[list[str]], Any]) -> tuple[float, float, float]:
    """Return the median over turns of (ratio, our formulas per second, theirs)."""
    turns = []
    for turn in range(TURNS):
        start = turn * MATMINER_ROWS % (len(formulas) - MATMINER_ROWS)
        few = formulas[start : start + MATMINER_ROWS]
        slow = MATMINER_ROWS / seconds(lambda few=few: theirs(few))  # type: ignore[misc]  # bound at once
        fast = OUR_PASSES * len(formulas) / seconds(lambda: passes(formulas))
        turns.append((fast / slow, fast, slow))
    ratios, fast_rates, slow_rates = zip(*turns, strict=True)
    return median(ratios), median(fast_rates), median(slow_rates)


def passes(formulas: list[str]) -> None:
    """Compute everything several times, each result let go before the next, as a run does."""
    for _ in range(OUR_PASSES):
        ours(formulas)


def first_call() -> float:
    """Return the seconds of a first call in a new process, the compiled kernels being on disk already."""
    command = [sys.executable, "-c", FIRST_CALL]
    runs = [
        subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - a constant of ours
        for _ in range(3)
    ]
    return median(float(run.stdout) for run in runs)


def measure(say: Callable[[str], None]) -> list[dict[str, Any]]:
    """Return the results; values are compared before any time is taken."""
    formulas = read_formulas(say)
    theirs = matminer_featurizer()
    compared = [*formulas, *WITHOUT_DATA]
    expected = theirs(compared)
    values = np.concatenate([magpie.values for (magpie,) in ours(compared)])
    missing, theirs_missing = np.isnan(values), np.isnan(expected)
    same_missing = bool(np.array_equal(missing, theirs_missing))
    error = float(np.nanmax(np.abs(expected - values)))
    equality = [
        _result("largest difference from matminer", error, "", TOLERANCE, error <= TOLERANCE),
        _result("undefined exactly where matminer is", float(same_missing), "", 1.0, same_missing),
    ]
    say(f"{values.shape[0]} x {values.shape[1]} values compared, {missing.sum()} of ours undefined")
    if not all(one["met"] for one in equality):
        return equality
    ratio, fast, slow = speed_ratio(formulas, theirs)
    reading = median(len(formulas) / seconds(lambda: parse_formulas(formulas)) for _ in range(20))
    names = list(BLOCKS)
    every = median(len(formulas) / seconds(lambda: ours(formulas, names)) for _ in range(20))
    return [
        *equality,
        _result("speed over matminer, text to 132 columns", ratio, "times", BAR_RATIO, ratio >= BAR_RATIO),
        _result("matsluice, text to 132 columns", fast, "formulas/s"),
        _result("matminer, text to 132 columns", slow, "formulas/s"),
        _result("matsluice, text to compositions", reading, "formulas/s"),
        _result(f"matsluice, text to all {len(BLOCKS)} composition blocks", every, "formulas/s"),
        _first_call_result(),
    ]


def _first_call_result() -> dict[str, Any]:
    elapsed = first_call()
    return _result("first call in a new process", elapsed, "s", BAR_FIRST_CALL, elapsed <= BAR_FIRST_CALL)


def _result(name: str, value: float, unit: str, bar: float | None = None, met: bool = True) -> dict[str, Any]:
    return {"name": name, "value": value, "unit": unit, "bar": bar, "met": met}


def main() -> int:
    """Measure, print, and return 1 where a bar is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="print only the results, as JSON")
    as_json = parser.parse_args().json
    results = measure(lambda words: None if as_json else print(words))
    if as_json:
        print(json.dumps(results))
    else:
        for one in results:
            bar = "" if one["bar"] is None else f"bar {one['bar']:g}: {'met' if one['met'] else 'MISSED'}"
            print(f"{one['name']:<66} {one['value']:>12.6g} {one['unit']:<10} {bar}".rstrip())
    return 0 if all(one["met"] for one in results) else 1


if __name__ == "__main__":
    sys.exit(main())
