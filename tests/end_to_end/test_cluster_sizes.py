"""One, two or four workers, rows in order or shuffled: the same bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.end_to_end.conftest import Answer, CampaignFolder, MakeFolder

pytestmark = pytest.mark.cluster

NUMBERS = ("cv_predictions.parquet", "hits.parquet", "hits.csv")


@pytest.mark.parametrize("workers", [1, 4])
def test_workers(finished: tuple[CampaignFolder, Answer], new_folder: MakeFolder, workers: int) -> None:
    folder = new_folder(("workers = 2", f"workers = {workers}"))
    folder.run()
    (one,), (other,) = finished[0].runs(), folder.runs()
    for name in NUMBERS:
        assert (one / name).read_bytes() == (other / name).read_bytes(), name


def test_shuffled_rows(finished: tuple[CampaignFolder, Answer], new_folder: MakeFolder) -> None:
    folder = new_folder()
    table = folder.path / "measured_band_gaps.csv"
    header, *rows = table.read_text().splitlines()
    order = np.random.default_rng(0).permutation(len(rows))
    table.write_text("\n".join([header, *(rows[place] for place in order), ""]))
    folder.run()
    (one,), (other,) = finished[0].runs(), folder.runs()
    for name in ("hits.parquet", "hits.csv"):
        assert (one / name).read_bytes() == (other / name).read_bytes(), name
    pd.testing.assert_frame_equal(without_places(one), without_places(other), check_exact=True)
    # A row's id is its place, so the shuffled table's ids lead back to the same rows.
    mine, theirs = (pd.read_parquet(run / "cv_predictions.parquet")["id"].astype(int) for run in (one, other))
    assert [rows[place] for place in mine] == [rows[order[place]] for place in theirs]


def without_places(run: Path) -> pd.DataFrame:
    return pd.read_parquet(run / "cv_predictions.parquet").drop(columns="id")
