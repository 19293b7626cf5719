"""What a search for a model's parameters costs beside its fits, and what it brings on rows that it has not seen.

    python benchmarks/tuning.py [--trials N] [--json]

Band gaps of the first campaign's table (formulas, five folds that keep a composition together). A trial as a worker
does it, in a child that can be killed and with its file, is timed beside the fits in it; its scores are compared with
those in this process first. Then whole nested searches are made, and the outer folds predicted with what was chosen
and with the defaults. A search counts as harmful where the
95 % interval of its gain lies below 0. Ratios are medians of turns, and of means over the outer folds.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any, Final

import numpy as np
import pandas as pd

from matsluice import flows
from matsluice.infra.numeric_threads import use_one_thread
from matsluice.models.catalogue import MODELS
from matsluice.tasks import featurize
from matsluice.tasks.split.assign import divide
from matsluice.tasks.train import training_rows
from matsluice.tasks.train.fit_fold import fit_fold
from matsluice.tasks.train.plan import Contest
from matsluice.tasks.train.training_rows import TrainingRows
from matsluice.tasks.tune.gain import gain_of
from matsluice.tasks.tune.outcome import Outcome
from matsluice.tasks.tune.scoring import run_trial, score_trial
from matsluice.tasks.tune.search import SearchCall, SearchPlan, batch_calls
from matsluice.tasks.tune.trial import Trial

# What comes on top of a trial is some milliseconds, whatever it fits.
OVERHEAD_BAR_MS: Final = 30.0
TURNS: Final = 9
TIMED: Final = ("ridge", "svm", "xgboost")
NESTED: Final = ("ridge", "svm", "knn", "decision_tree")
_LINE: Final = "{:<44}{:>12}{:>12}{:>9}{:>7}  {}"


class Division:
    """What a campaign's [validation] says."""

    holdout = 0.0
    folds = 5
    splits = ("composition",)


def prepared(work: Path) -> None:
    """Write features, rows and folds of the first campaign's table."""
    (home,) = map(Path, flows.__path__)
    table = pd.read_csv(home / "campaign_file" / "first-campaign" / "measured_band_gaps.csv")
    table = table.groupby("composition", sort=True)["band_gap"].median().reset_index()
    formulas = table["composition"].astype(str)
    X = featurize(formulas.tolist(), ["composition.elemental", "composition.stoichiometry"])
    places = np.arange(len(table))
    names = formulas.to_numpy(dtype=np.str_)
    rows = TrainingRows(names, names, places, table["band_gap"].to_numpy(dtype=np.float64))
    np.save(work / "matrix.npy", X.to_numpy(dtype=np.float64))
    divide(rows, Division(), 7, work / "target-0")


def contest(kind: str, trials: int) -> Contest:
    """Return a model that is searched."""
    plan = SearchPlan(MODELS[kind].space_for("regression"), trials=trials)
    parameters = MODELS[kind].parameters_for("regression")
    return Contest(kind, kind, parameters, "band_gap", "eV", 0, "composition", Division.folds, search=plan)


def overheads(work: Path) -> Iterator[dict[str, Any]]:
    """Measure what a trial costs beside its fits: the child's pipe, reading the rows anew, the file on disk."""
    print(_LINE.format("a trial: three inner fits and scores", "fits", "in all", "ratio", "", ""))
    for kind in TIMED:
        call = batch_calls(contest(kind, 4).search_calls(work, 7)[0], [])[0]
        alone = score_trial(call)
        fits, whole = [], []
        for turn in range(TURNS + 1):
            output = work / "timed" / f"{kind}-{turn}.json"
            began = time.perf_counter()
            trial = Trial.read(Path(run_trial(replace(call, output=str(output)))))
            seconds = time.perf_counter() - began
            assert alone.scores == trial.scores, f"{kind}: another score in the child"
            if turn:  # the first turn starts the child and imports the library
                fits.append(trial.seconds)
                whole.append(seconds)
        ratio = median(total / own for total, own in zip(whole, fits, strict=True))
        extra = 1e3 * median(total - own for total, own in zip(whole, fits, strict=True))
        met = extra <= OVERHEAD_BAR_MS
        shown = (f"{1e3 * median(side):.0f} ms" for side in (fits, whole))
        more = f"{extra:.1f} ms on top, bar {OVERHEAD_BAR_MS:g} ms" + ("" if met else ": SLOW")
        print(_LINE.format(kind, *shown, f"{ratio:.3f}", "", more), flush=True)
        yield result(f"trial of {kind}: in all to its fits", ratio)
        yield result(f"trial of {kind}: on top of its fits", extra, OVERHEAD_BAR_MS, met, "ms")


def searched(call: SearchCall) -> tuple[Outcome, float]:
    """Return what a search finds, in this process, and the seconds that its proposals took."""
    trials: list[Trial] = []
    asking = 0.0
    while True:
        began = time.perf_counter()
        batch = batch_calls(call, trials)
        asking += time.perf_counter() - began
        if not batch:
            return Outcome(tuple(trials)), asking
        trials += [score_trial(asked) for asked in batch]


def nested(work: Path, trials: int) -> Iterator[dict[str, Any]]:
    """Measure what whole searches bring on the outer folds, and what proposing costs."""
    print(
        _LINE.format("MAE on the outer folds (eV)", "defaults", "search", "ratio", "bar", "inner error; gain")
    )
    for kind in NESTED:
        asked = contest(kind, trials)
        found = [searched(call) for call in asked.search_calls(work, 7)]
        tuned, default = [], []
        for plain, (outcome, _) in zip(asked.fold_calls(work, 7), found, strict=True):
            better = {**plain.parameters, **outcome.best.setting}
            tuned.append(fit_fold(replace(plain, parameters=better)))
            default.append(fit_fold(replace(plain, output=plain.output.replace("fold-", "default-"))))
        gain = gain_of(tuned, default, training_rows.load(asked.rows(work)))
        inner = np.mean([outcome.best.score / outcome.trials[0].score for outcome, _ in found])
        assert inner <= 1.0, "the default is trial 0: no search ends above it"
        ratio = (gain.default_error - gain.mean) / gain.default_error
        # On some two hundred rows a search may lose to the defaults by chance; beyond chance it must not.
        met = gain.verdict != "worse"
        said = f"× {inner:.3f}; {gain.mean:+.3f} ({gain.low:+.3f} to {gain.high:+.3f})"
        errors = (f"{one:.3f}" for one in (gain.default_error, gain.default_error - gain.mean))
        print(_LINE.format(f"{kind}, {trials} trials", *errors, f"{ratio:.3f}", "", said), flush=True)
        yield result(f"{kind}: nested error of the search to the defaults'", ratio, None, met)
        scoring = sum(trial.seconds for outcome, _ in found for trial in outcome.trials)
        share = sum(asking for _, asking in found) / scoring
        yield result(f"{kind}: proposing to scoring", share)


def result(
    name: str, value: float, bar: float | None = None, met: bool = True, unit: str = "times"
) -> dict[str, Any]:
    """Return a number as --json has it."""
    return {"name": name, "value": float(value), "unit": unit, "bar": bar, "met": bool(met)}


def main() -> int:
    """Measure, print, and return 1 where a bar is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--trials", type=int, default=20, help="trials of each search (20)")
    parser.add_argument("--json", action="store_true", help="print only the results, as JSON")
    given = parser.parse_args()
    use_one_thread()
    with (
        contextlib.redirect_stdout(sys.stderr if given.json else sys.stdout),
        tempfile.TemporaryDirectory() as folder,
    ):
        work = Path(folder)
        prepared(work)
        found = [*overheads(work), *nested(work, given.trials)]
    if given.json:
        print(json.dumps(found))
    return 0 if all(one["met"] for one in found) else 1


if __name__ == "__main__":
    sys.exit(main())
