"""Candidates on disk, batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from matsluice.tasks.features.ledger import SCHEMA
from matsluice.tasks.ingest.examine import ExaminedRows, examine
from matsluice.tasks.ingest.source_batch import SourceBatch
from matsluice.tasks.material import material_keys, parse_formulas
from matsluice.tasks.screen.candidates import add_rejected, write_batches

WriteCandidates = Callable[..., list[Path]]


def test_rows_with_their_material_or_their_reason(write_candidates: WriteCandidates) -> None:
    first, second = write_candidates(["ClNa", "Xx"], ["GaAs"])
    assert (first.name, second.name) == ("candidates-0000000.parquet", "candidates-0000001.parquet")
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

    paths = write_batches(batches(), tmp_path)
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
