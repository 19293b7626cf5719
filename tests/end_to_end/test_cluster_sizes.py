"""The same campaign on other clusters, in other pieces, in another order, interrupted: the same bits.

A covering design: every value of every factor stands in some run, beside other values of the other factors.

| run | workers × threads | rows a chunk | numeric threads | input | interrupted |
|---|---|---|---|---|---|
| fixture | 2 × 1 | by block | 1 | in order | no |
| one | 1 × 1 | 1 | 2 | in order | no |
| two | 2 × 2 | 17 | 2 | in order | yes |
| four | 4 × 1 | 1000 | 1 | shuffled | no |
"""

from __future__ import annotations

import json
import random
import signal
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from deltalake import DeltaTable

if TYPE_CHECKING:
    from pathlib import Path

    from tests.end_to_end.conftest import Answer, CampaignFolder, MakeFolder

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(400)]

NUMBERS = ("cv_predictions.parquet", "hits.parquet", "hits.csv")
BLOCKS = ("composition.elemental", "composition.magpie", "composition.stoichiometry")
TWO_NUMERIC_THREADS = {f"{library}_NUM_THREADS": "2" for library in ("OMP", "OPENBLAS", "MKL", "NUMBA")}


def cluster(workers: int, threads: int, chunk_rows: int) -> tuple[tuple[str, str], ...]:
    return (
        ("workers = 2", f"workers = {workers}\nthreads_per_worker = {threads}"),
        ("[validation]", f"chunk_rows = {chunk_rows}\n[validation]"),
    )


def stored_rows(folder: CampaignFolder, block: str) -> pd.DataFrame:
    """Return the store's rows, by the content of the material; what a row cost is no value."""
    table = DeltaTable(str(folder.path / "workspace" / "features" / block)).to_pyarrow_table()
    rows: pd.DataFrame = table.to_pandas().set_index("key").sort_index()
    return rows.drop(columns="seconds")


def check_features(one: CampaignFolder, other: CampaignFolder) -> None:
    for block in BLOCKS:
        ours, theirs = stored_rows(one, block), stored_rows(other, block)
        assert ours.index.is_unique
        pd.testing.assert_frame_equal(ours, theirs, check_exact=True)


def told(folder: CampaignFolder) -> list[Any]:
    """Return every number of the summary that no way of computing may change."""
    (run,) = folder.runs()
    summary = json.loads((run / "summary.json").read_text())
    models = [{k: v for k, v in e.items() if k in {"model", "split", "metrics"}} for e in summary["models"]]
    return [models, summary["holdout"], summary["screen"]]


def check_numbers(one: CampaignFolder, other: CampaignFolder, names: tuple[str, ...] = NUMBERS) -> None:
    (this,), (that,) = one.runs(), other.runs()
    for name in names:
        assert (this / name).read_bytes() == (that / name).read_bytes(), name
    assert told(one) == told(other)
    check_features(one, other)


def test_one_worker_with_chunks_of_one_row(
    finished: tuple[CampaignFolder, Answer], new_folder: MakeFolder
) -> None:
    folder = new_folder(*cluster(1, 1, 1), own_server=False)
    folder.environment = {**folder.environment, **TWO_NUMERIC_THREADS}
    folder.run()
    check_numbers(finished[0], folder)
    assert len(stored_rows(folder, BLOCKS[0])) > 200


def test_two_workers_of_two_threads_stopped_at_some_moment(
    finished: tuple[CampaignFolder, Answer], new_folder: MakeFolder
) -> None:
    folder = new_folder(*cluster(2, 2, 17), own_server=False)
    folder.environment = {**folder.environment, **TWO_NUMERIC_THREADS}
    call = folder.start("run", "campaign.toml")
    call.wait_for(lambda: folder.state().get("stage") in {"featurize", "train"})
    time.sleep(random.uniform(0, 3))
    call.send(signal.SIGTERM)
    assert call.wait().code in {0, 3}
    if folder.state()["status"] != "completed":
        folder.run()
    check_numbers(finished[0], folder)


def test_four_workers_and_shuffled_rows(
    finished: tuple[CampaignFolder, Answer], new_folder: MakeFolder
) -> None:
    folder = new_folder(*cluster(4, 1, 1000), own_server=False)
    table = folder.path / "measured_band_gaps.csv"
    header, *rows = table.read_text().splitlines()
    order = np.random.default_rng(0).permutation(len(rows))
    table.write_text("\n".join([header, *(rows[place] for place in order), ""]))
    folder.run()
    check_numbers(finished[0], folder, ("hits.parquet", "hits.csv"))
    (one,), (other,) = finished[0].runs(), folder.runs()
    pd.testing.assert_frame_equal(without_places(one), without_places(other), check_exact=True)
    # A row's id is its place, so the shuffled table's ids lead back to the same rows.
    mine, theirs = (pd.read_parquet(run / "cv_predictions.parquet")["id"].astype(int) for run in (one, other))
    assert [rows[place] for place in mine] == [rows[order[place]] for place in theirs]


def without_places(run: Path) -> pd.DataFrame:
    return pd.read_parquet(run / "cv_predictions.parquet").drop(columns="id")
