"""SISSO: planted formulas found again, and candidates screened a second in bounded memory.

    python benchmarks/modelling/sisso.py [--quick] [--json]

That what is streamed by matrix products has the score of the candidates' own values is checked before any rate is
printed.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from modelling.planted_formulas import planted, recovered

from matsluice.models.sisso.budget import Budget, candidates
from matsluice.models.sisso.correlation import CorrelationScores
from matsluice.models.sisso.feature_space import Features, next_rung, primary_features
from matsluice.models.sisso.operators import chosen_operators
from matsluice.models.sisso.regressor import SISSORegressor
from matsluice.models.sisso.screening import nothing_screened, screened
from matsluice.models.sisso.targets import Rows, targets_of
from matsluice.models.sisso.threads import allowed_threads
from matsluice.models.sisso.units import DIMENSIONLESS

TRIALS: Final = 20
RECOVERED_BAR: Final = 19
MANY: Final = 100_000_000
ROWS: Final = 500
MEMORY_GB: Final = 4.0
RATE_BAR: Final = 1e6
_LINE = "{:<66}{:>11} {:<10}{:>9}{:>4}"


def result(
    name: str, value: float, unit: str, *, least: float | None = None, most: float | None = None
) -> dict[str, Any]:
    """Return a result, and print it; a bar is the least or the most that is allowed."""
    met = (least is None or value >= least) and (most is None or value <= most)
    bar = "" if least is most is None else f">= {least:g}" if least is not None else f"<= {most:g}"
    print(_LINE.format(name, f"{value:.4g}", unit, bar, "" if met else "no"), flush=True)
    return {
        "name": name,
        "value": value,
        "unit": unit,
        "bar": least if least is not None else most,
        "met": met,
    }


def held_features(count: int, seed: int = 0) -> Features:
    """Return so many features of which the pairs make the candidates, on 500 rows."""
    chance = np.random.default_rng(seed)
    X = chance.uniform(0.5, 3.0, (ROWS, count))
    return primary_features(X, [DIMENSIONLESS] * count, chosen_operators(None))


def held_for(number: float) -> Features:
    """Return as many features as have so many candidates in the next rung."""
    count = int(np.sqrt(number / 3.0)) + 1
    return held_features(count)


def screening(number: float) -> dict[str, float]:
    """Screen so many candidates in this process; return how many, the time, and the most memory it took."""
    import resource

    held = held_for(number)
    rows = Rows(np.full(ROWS, 1.0 / ROWS), np.array([0, ROWS]), np.ones(1))
    y = rows.standardised(np.random.default_rng(1).normal(size=(1, ROWS)))
    targets = targets_of(y, rows)
    assert targets is not None
    budget = Budget(MEMORY_GB, 1e12, ROWS)
    tile = budget.tile(1, 1, allowed_threads())

    def best(features: Features) -> Any:
        return screened(
            features,
            CorrelationScores(features, rows, targets),
            rows.total_weights(),
            count=2000,
            tile=tile,
            pairs=True,
            taken=nothing_screened(ROWS),
        )

    best(held_features(40))  # compiles, or loads what was compiled
    began, used = time.perf_counter(), time.process_time()
    found = best(held)
    seconds, processor = time.perf_counter() - began, time.process_time() - used
    again = CorrelationScores(held, rows, targets).scores(found.values)
    return {
        "candidates": candidates(held),
        "seconds": seconds,
        "processor": processor,
        "threads": allowed_threads(),
        "difference": float(np.abs(again - found.score).max()),
        "bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }


def equality(count: int) -> Iterator[dict[str, Any]]:
    """Compare what is streamed with every candidate's values written down in float64."""
    held = held_features(count, seed=2)
    rows = Rows(np.full(ROWS, 1.0 / ROWS), np.array([0, ROWS]), np.ones(1))
    targets = targets_of(rows.standardised(np.random.default_rng(3).normal(size=(1, ROWS))), rows)
    assert targets is not None
    scores = CorrelationScores(held, rows, targets)
    streamed = screened(
        held, scores, rows.total_weights(), count=500, tile=64, pairs=True, taken=nothing_screened(ROWS)
    )
    written = next_rung(held, Budget(MEMORY_GB, 1e12, ROWS))
    reference = np.sort(scores.scores(written.values))[::-1]
    distinct = reference[np.concatenate([[True], np.diff(reference) < -1e-10])]
    own = streamed.score[np.concatenate([[True], np.diff(streamed.score) < -1e-10])]
    yield result(
        f"best of {len(written)} candidates: streamed against values, in r²",
        float(np.abs(own - distinct[: len(own)]).max()),
        "",
        most=1e-9,
    )


def in_a_process(number: float, threads: int) -> dict[str, float]:
    """Screen in a process of its own, whose memory is only that."""
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads), "OPENBLAS_NUM_THREADS": str(threads)}
    done = subprocess.run(  # noqa: S603
        [sys.executable, __file__, "--screen", str(number)],
        check=True, stdout=subprocess.PIPE, text=True, env=environment,
    )  # fmt: skip
    return dict(json.loads(done.stdout.splitlines()[-1]))


def measured(*, quick: bool) -> Iterator[dict[str, Any]]:
    """Give what was measured."""
    yield from equality(20 if quick else 60)
    number = 2e6 if quick else MANY
    for threads in (1, 2):
        fewer = threads == 1 and not quick
        found = in_a_process(number / 10 if fewer else number, threads)
        rate = found["candidates"] / found["seconds"]
        label = f"{found['candidates']:.3g} candidates on {ROWS} rows, {threads} thread{'s' * (threads > 1)}"
        bar = RATE_BAR if threads == 2 else None
        yield result(label, rate, "1/s", least=bar)
        yield result("   by processor time", found["candidates"] / found["processor"], "1/s")
        if threads == 2:
            yield result("   most memory of the process", found["bytes"] / 1e9, "GB", most=MEMORY_GB)
            yield result("   streamed scores against values, in r²", found["difference"], "", most=1e-9)
    yield from recovery(2 if quick else TRIALS)


def recovery(trials: int) -> Iterator[dict[str, Any]]:
    """Plant formulas of rung 2 and dimension 2 among 20 columns, with 5 % noise, and look for them."""
    found, seconds = 0, []
    for seed in range(trials):
        data = planted(seed, ROWS)
        began = time.perf_counter()
        model = SISSORegressor(rung=2, dimension=2).fit(data.X, data.y)
        seconds.append(time.perf_counter() - began)
        found += recovered(data, model.models_[0])
        print(f"   trial {seed}: {'found' if recovered(data, model.models_[0]) else 'not found'}", flush=True)
    bar = RECOVERED_BAR if trials == TRIALS else trials
    yield result(f"planted formulas found, of {trials}", found, "trials", least=bar)
    yield result("time of a search, median", float(np.median(seconds)), "s")


def main() -> int:
    """Measure, print, and return 1 where a bar is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="print only the results, as JSON")
    parser.add_argument("--quick", action="store_true", help="small, to try it out")
    parser.add_argument("--screen", type=float, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.screen:
        print(json.dumps(screening(given.screen)))
        return 0
    with contextlib.redirect_stdout(sys.stderr if given.json else sys.stdout):
        found = list(measured(quick=given.quick))
    if given.json:
        print(json.dumps(found))
    return 0 if all(one["met"] for one in found) else 1


if __name__ == "__main__":
    sys.exit(main())
