"""Candidates on disk, batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matsluice.tasks.features.ledger import SCHEMA
from matsluice.tasks.ingest.examine import ExaminedRows, examine
from matsluice.tasks.ingest.source_batch import SourceBatch
from matsluice.tasks.material import crystals_from_cells, material_keys, parse_formulas
from matsluice.tasks.screen import candidates
from matsluice.tasks.screen.candidates import add_rejected, write_batches

WriteCandidates = Callable[..., list[Path]]


def test_rows_with_their_material_or_their_reason(write_candidates: WriteCandidates) -> None:
    first, second = write_candidates(["ClNa", "Xx"], ["GaAs"])
    assert (first.name, second.name) == ("candidates-0000000000.parquet", "candidates-0000000002.parquet")
    table = pd.read_parquet(first)
    assert table["key"].tolist() == [*material_keys(parse_formulas(["NaCl"]).batch), None]
    assert table["formula"].tolist() == ["NaCl", None]
    assert table["reason"].tolist() == [None, "unknown element"]


def test_a_batch_is_taken_when_the_one_before_is_on_its_way(tmp_path: Path) -> None:
    taken = 0

    def batches() -> Iterator[ExaminedRows]:
        nonlocal taken
        while True:
            taken += 1
            yield examine(SourceBatch(["c"], ["c.csv:2"], ["NaCl"]))

    paths = write_batches(batches(), tmp_path, 1)
    for expected in (1, 2, 3):
        assert next(paths).exists()
        assert taken == expected


def test_a_batch_that_is_there_is_not_written_again(write_candidates: WriteCandidates) -> None:
    (path,) = write_candidates(["NaCl"])
    before = path.stat().st_mtime_ns
    assert write_candidates(["NaCl"], ["GaAs"])[0] == path
    assert path.stat().st_mtime_ns == before


def test_unreadable_candidates_join_the_rejected_rows_once(
    write_candidates: WriteCandidates, tmp_path: Path
) -> None:
    rejected = tmp_path / "rejected.parquet"
    of_ingest = ["id4", "ingest", "", "unknown element", "t.csv:6: no"]
    pq.write_table(pa.table([[text] for text in of_ingest], schema=SCHEMA), rejected)
    batches = write_candidates(["NaCl", "Xx"], ["", "GaAs"])
    add_rejected(batches, rejected)
    once = pd.read_parquet(rejected)
    assert once.iloc[0].tolist() == of_ingest
    assert once["stage"].tolist() == ["ingest", "screen", "screen"]
    assert once["reason"].tolist()[1:] == ["unknown element", "empty"]
    assert once["detail"][1].startswith('c.csv:3: "Xx"')
    # A run that was interrupted here comes by again.
    add_rejected(batches, rejected)
    pd.testing.assert_frame_equal(pd.read_parquet(rejected), once)


@given(sizes=st.lists(st.integers(1, 9), max_size=40), columns=st.sampled_from([1, 3, 100]))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_files_grow_with_what_came_before_and_hold_all_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sizes: list[int], columns: int
) -> None:
    monkeypatch.setattr(candidates, "FEATURES_AT_ONCE", 30)
    folder = Path(mkdtemp(dir=tmp_path))
    ids = [f"c{number}" for number in range(sum(sizes))]
    starts = np.cumsum([0, *sizes])
    batches = [ids[start:stop] for start, stop in pairwise(starts.tolist())]
    paths = list(write_batches(map(of_salt, batches), folder, columns))
    files = [pq.read_table(path).column("id").to_pylist() for path in paths]
    assert [one for file in files for one in file] == ids
    before = 0
    for path, file in zip(paths, files, strict=True):
        assert path.name == f"candidates-{before:010d}.parquet"
        # One batch, or as many as it takes to reach an eighth of those before, or as many features as there may be.
        assert len(file) <= max(9, min(before // 8, 30 // columns) + 8)
        before += len(file)
    if len(ids) > 200 and columns == 1:
        assert len(files) < len(batches)


def of_salt(ids: list[str]) -> ExaminedRows:
    return examine(SourceBatch(ids, [f"c.csv:{one}" for one in ids], ["NaCl"] * len(ids)))


def test_crystals_stay_in_the_files_they_came_in(tmp_path: Path) -> None:
    cell = ([[4.12, 0.0, 0.0], [0.0, 4.12, 0.0], [0.0, 0.0, 4.12]], [55, 17], [[0, 0, 0], [0.5, 0.5, 0.5]])
    parsed = crystals_from_cells([cell])
    batch = SourceBatch(["c"], ["c.cif"], [""], crystals=parsed)
    paths = list(write_batches((examine(batch) for _ in range(40)), tmp_path, 1))
    assert len(paths) == 40
