"""Screening enumerated formulas with boosted trees, against its parts measured alone.

    python benchmarks/screen.py [--json] [--rows 1000000] [--trees 500]

A model of the example's band gaps (composition.magpie and composition.elemental, XGBoost, intervals, domain) looks
through enumerated formulas on a local cluster of two workers, as a campaign does: candidates are written as they come,
screened in batches, and the best of all batches merged and explained. First the hits and counts of the first batches
are compared to the bit with those of all their candidates at once in this process; only then is anything timed.

The bar on time is 1.3 times the sum of reading formulas, computing the blocks and the estimator's own predict, each
measured alone in the same run, before and after what is timed: plain calls without files in one process, predict with
as many threads as there are workers. Beside it stands what that sum would be if the workers shared all of it without
loss. Making formulas is part of neither. The bar on memory is that of the largest process of the run. With ten times
the rows memory should not grow, and time be ten times as long within 10 %.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import reduce
from itertools import islice
from operator import add
from pathlib import Path
from typing import Any, Final

import joblib
import numpy as np
import pandas as pd
import psutil
import pyarrow as pa
import pyarrow.parquet as pq
from orchestration.most import Most
from orchestration.result import result
from orchestration.two_workers import WORKERS, two_workers

from matsluice.infra.fan_out import fan_out
from matsluice.infra.feature_store import KEY_DTYPE
from matsluice.models.catalogue import make_model
from matsluice.models.uncertainty.conformal_intervals import ConformalIntervals
from matsluice.models.uncertainty.interval_settings import USUAL
from matsluice.models.uncertainty.learned_from import LearnedFrom
from matsluice.tasks.features.each import compute_each
from matsluice.tasks.features.known_blocks import find_block
from matsluice.tasks.features.made_by import MadeBy
from matsluice.tasks.ingest.enumerate_options import EnumerateOptions
from matsluice.tasks.ingest.enumerate_source import read
from matsluice.tasks.ingest.examine import ExaminedRows, examine
from matsluice.tasks.ingest.source_batch import SourceBatch
from matsluice.tasks.material import material_keys, parse_formulas
from matsluice.tasks.predict.material_model import MaterialModel
from matsluice.tasks.screen.candidates import write_batches
from matsluice.tasks.screen.explain_hits import ExplainCall, explain_hits, write_parts
from matsluice.tasks.screen.objective import Objective
from matsluice.tasks.screen.ranking import histogram_edges, merge_hits
from matsluice.tasks.screen.screen_batch import ScreenCall, screen_batch
from matsluice.tasks.screen.screen_counts import ScreenCounts

DATA: Final = Path(__file__).parents[1] / "examples" / "solar-absorbers" / "experimental_band_gap.csv"
BLOCKS: Final = ("composition.elemental", "composition.magpie")
WINDOW: Final = Objective(1.1, 1.7)
TOP: Final = 100
PARTS: Final = ["reading", "features", "predict"]
TIME_BAR, MEMORY_BAR_GB = 1.3, 1.0
# Rows that are compared with the answer in memory, and over which the parts are measured alone.
COMPARED_ROWS, PART_ROWS = 12_288, 65_536


def largest_process() -> int:
    """Return the resident memory, in bytes, of the largest process of this one and those below it."""
    me, found = psutil.Process(), 0
    for process in [me, *me.children(recursive=True)]:
        with contextlib.suppress(psutil.Error):
            found = max(found, process.memory_info().rss)
    return found


def learned(folder: Path, trees: int) -> tuple[Path, np.ndarray, tuple[float, ...]]:
    """Return the file of a model of the example's band gaps, the keys learned from, and edges of a histogram."""
    table = pd.read_csv(DATA).drop_duplicates("composition")
    parsed = parse_formulas(table["composition"].tolist())
    y = table["band_gap"].to_numpy(np.float64)[parsed.rows]
    X = values(parsed.batch)
    fold, predicted = np.arange(len(y)) % 5, np.empty(len(y))
    for one in range(5):
        small = make_model("xgboost", {"n_estimators": min(trees, 100)}, seed=one)
        predicted[fold == one] = small.fit(X[fold != one], y[fold != one]).predict(X[fold == one])
    known = LearnedFrom.rows(X, y, parsed.batch)
    intervals = ConformalIntervals.learned(y, known.signs(X, predicted, None, parsed.batch), fold, USUAL)
    pipeline = make_model("xgboost", {"n_estimators": trees}, seed=0).fit(X, y)
    known = known.named(X, table["composition"].to_numpy(np.str_)[parsed.rows], y)
    versions = {word: find_block(word).version for word in BLOCKS}
    file = folder / "model.joblib"
    joblib.dump(MaterialModel(pipeline, versions, "band_gap", "eV", known, intervals, 0.9), file)
    return file, np.array(sorted(set(material_keys(parsed.batch))), dtype=KEY_DTYPE), histogram_edges(y)


def values(batch: Any) -> np.ndarray:
    """Return the features (n, columns) of n compositions."""
    return np.concatenate([compute_each(find_block(word).make(), batch).values for word in BLOCKS], axis=1)


def formulas(rows: int) -> Iterator[SourceBatch]:
    """Give so many enumerated formulas."""
    return read(EnumerateOptions(sizes=(4, 5), max_coefficient=6, limit=rows))


def candidates(rows: int) -> Iterator[ExaminedRows]:
    """Give them as a campaign's candidates are read."""
    return (examine(batch, keys_of_formulas=False) for batch in formulas(rows))


def screened(
    client: Any, folder: Path, batches: Iterable[ExaminedRows], call: ScreenCall
) -> tuple[ScreenCounts, Any]:
    """Return counts and explained hits of some candidates, as `flows.screen` comes to them."""
    columns = sum(len(find_block(word).make().columns()) for word in call.made_by)
    paths = write_batches(batches, folder / "candidates", columns)
    calls = ((replace(call, candidates=str(path)),) for path in paths)
    counts = reduce(add, fan_out(client, screen_batch, calls), ScreenCounts())
    hits, _ = merge_hits(sorted((folder / "candidates").glob("hits-*.parquet")), TOP)
    explain = ExplainCall("", str(folder / "candidates"), call.model, call.made_by, -1)
    parts = ((replace(explain, hits=str(path)),) for path in write_parts(hits, folder))
    explained = sorted(fan_out(client, explain_hits, parts))
    return counts, pa.concat_tables(map(pq.read_table, explained))


def in_memory(model_file: Path, rows: int) -> tuple[int, int, pd.DataFrame]:
    """Return how many are in the domain and in the window, and all in the window ranked, from one matrix at once."""
    model: MaterialModel = joblib.load(model_file)
    texts = [text for batch in formulas(rows) for text in batch.formulas]
    batch = parse_formulas(texts).batch
    X = values(batch)
    said = model.predict_features(X, batch)
    table = model_table(model, said, batch, X)
    met = WINDOW.met(said.judged(-1))
    ranked = table[met].sort_values(
        ["in_domain", "probability", "distance", "formula", "id"], ascending=[False, False, True, True, True]
    )
    return int(said.in_domain.sum()), int(met.sum()), ranked.head(TOP).reset_index(drop=True)


def model_table(model: MaterialModel, said: Any, batch: Any, X: np.ndarray) -> pd.DataFrame:
    """Return what is compared of every candidate."""
    from matsluice.tasks.material.identity import reduced_formulas

    near = model.learned_from.nearest(X)
    assert near is not None
    formula = reduced_formulas(batch)
    return pd.DataFrame(
        {
            "id": formula,
            "formula": formula,
            "prediction": said.value,
            "lower": said.lower,
            "upper": said.upper,
            "probability": model.probability_between(said.signs, WINDOW.low, WINDOW.high),
            "in_domain": said.in_domain,
            "distance": said.distance,
            "domain": said.domain,
            "nearest": near[0],
            "nearest_value": near[1],
        }
    )


def check(counts: ScreenCounts, hits: Any, expected: tuple[int, int, pd.DataFrame]) -> None:
    """Raise AssertionError where screening and the answer in memory differ in a bit."""
    in_domain, in_window, ranked = expected
    assert (counts.in_domain, counts.in_window) == (in_domain, in_window), counts
    columns = [name for name in ranked.columns if name != "id"]
    pd.testing.assert_frame_equal(
        hits.to_pandas()[columns], ranked[columns], check_exact=True, check_dtype=False
    )


def parts_alone(model_file: Path, threads: int) -> dict[str, float]:
    """Return the seconds a row of each part, measured in this process; predict uses so many threads."""
    model: MaterialModel = joblib.load(model_file)
    model.pipeline[-1].get_booster().set_param({"nthread": threads})
    few = next(formulas(16)).formulas
    model.pipeline.predict(values(parse_formulas(few).batch))
    seconds, rows = dict.fromkeys(("formulas made", "reading", "features", "predict"), 0.0), 0
    batches = formulas(PART_ROWS)
    while True:
        began = time.perf_counter()
        some = list(islice(batches, 4))
        seconds["formulas made"] += time.perf_counter() - began
        if not some:
            return {name: value / rows for name, value in seconds.items()}
        texts = [text for batch in some for text in batch.formulas]
        rows += len(texts)
        for name, part in (
            ("reading", read_batch),
            ("features", values),
            ("predict", model.pipeline.predict),
        ):
            began = time.perf_counter()
            texts = part(texts)  # type: ignore[assignment]  # each takes what the one before gave
            seconds[name] += time.perf_counter() - began


def read_batch(texts: list[str]) -> Any:
    """Return the compositions of formulas."""
    return parse_formulas(texts).batch


def measured(folder: Path, rows: int, trees: int) -> Iterator[dict[str, Any]]:
    """Give every result, after hits and counts have been found equal."""
    model_file, known, edges = learned(folder, trees)
    np.save(folder / "known.npy", known)
    call = ScreenCall(
        candidates="",
        model=str(model_file),
        known_keys=str(folder / "known.npy"),
        key="key",
        objective=WINDOW,
        excluded=(),
        top=TOP,
        bins=edges,
        made_by={word: MadeBy.here(find_block(word)) for word in BLOCKS},
    )
    compared = min(rows, COMPARED_ROWS)
    with two_workers(folder / "dask") as client:
        check(
            *screened(client, folder / "compared", candidates(compared), call),
            in_memory(model_file, compared),
        )
        yield result("rows compared with the answer in memory, to the bit", compared, "")
        alone, shared = [parts_alone(model_file, WORKERS)], [parts_alone(model_file, 1)]
        with Most(largest_process, 0.2) as memory:
            began = time.perf_counter()
            counts, _ = screened(client, folder / "timed", candidates(rows), call)
            wall = time.perf_counter() - began
        # Before and after: a machine that others use, too, is not as fast the whole time.
        alone, shared = [*alone, parts_alone(model_file, WORKERS)], [*shared, parts_alone(model_file, 1)]
    assert counts.candidates == rows, f"only {counts.candidates} formulas for {rows} rows"
    parts = rows * pd.DataFrame(alone).mean()
    for name, seconds in parts.items():
        yield result(f"{name} alone", seconds, "s")
    yield result(f"{rows} candidates screened", wall, "s")
    yield result("candidates a minute", 60 * rows / wall, "")
    yield result("wall / (reading + features + predict)", wall / parts[PARTS].sum(), "", TIME_BAR)
    shared_out = rows * pd.DataFrame(shared).mean()[PARTS].sum() / WORKERS
    yield result(f"the same if {WORKERS} cores shared them without loss", wall / shared_out, "")
    yield result("largest process", memory.most / 1e9, "GB", MEMORY_BAR_GB)


def main() -> int:
    """Measure, print, and return 1 where a bar is not met."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="print only the results, as JSON")
    parser.add_argument("--rows", type=int, default=1_000_000, help="candidates")
    parser.add_argument("--trees", type=int, default=500, help="trees of the model")
    given = parser.parse_args()
    with (
        contextlib.redirect_stdout(sys.stderr if given.json else sys.stdout),
        tempfile.TemporaryDirectory() as folder,
    ):
        for name in ("compared", "timed"):
            (Path(folder) / name / "candidates").mkdir(parents=True)
        found = list(measured(Path(folder), given.rows, given.trees))
    if given.json:
        print(json.dumps(found))
    return 0 if all(one["met"] for one in found) else 1


if __name__ == "__main__":
    sys.exit(main())
