"""What became of every row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matsluice.infra.mistakes import Failed
from matsluice.tasks.features.ledger import check_rejected, count_rows, write_rejected
from matsluice.tasks.features.matrix import FeatureMatrix
from matsluice.tasks.features.row_ledger import Costs
from matsluice.tasks.ingest.snapshot import Snapshot

FreezeFormulas = Callable[..., Snapshot]
# Rows 0, 2 and 5 are material 0, row 3 is material 1, row 6 is material 2; rows 1 and 4 are none.
FORMULAS = ["Fe2O3", "Xx", "O3Fe2", "NaCl", "GaAs", "Fe4O6", "ZnO"]
GAPS = ["2.1", "1", "2.2", "8.5", "", "2.0", "3.4"]


def refusing(folder: Path, *refusals: tuple[int, str, str, str]) -> FeatureMatrix:
    texts = [(name, pa.string()) for name in ("block", "reason", "detail")]
    schema = pa.schema([("material", pa.int64()), *texts])
    columns = [list(column) for column in zip(*refusals, strict=True)] or [[], [], [], []]
    pq.write_table(pa.table(columns, schema=schema), folder / "refused.parquet")
    refused, undefined = (folder / name for name in ("refused.parquet", "undefined.parquet"))
    return FeatureMatrix(folder / "matrix.npy", ("a",), refused, undefined, Costs(folder / "costs.npy", ()))


@dataclass(frozen=True)
class Case:
    """Materials computed in this run, materials refused by a block, and what it comes to."""

    computed: tuple[int, ...]
    refused: tuple[int, ...]
    counts: tuple[int, int, int]


@pytest.mark.parametrize(
    "case",
    [
        Case((0, 1, 2), (), (5, 0, 2)),
        Case((), (), (0, 5, 2)),
        Case((1,), (), (1, 4, 2)),
        Case((0, 1, 2), (0,), (2, 0, 5)),
        Case((1,), (0, 1, 2), (0, 0, 7)),
    ],
    ids=["all new", "all there", "one new", "one refused", "all refused"],
)
def test_counts(freeze_formulas: FreezeFormulas, tmp_path: Path, case: Case) -> None:
    snapshot = freeze_formulas(FORMULAS, GAPS)
    matrix = refusing(tmp_path, *((material, "b", "raised", "ValueError: no") for material in case.refused))
    counts = count_rows(snapshot, matrix, {"b": np.array(case.computed, dtype=np.int64)})
    assert (counts["computed"], counts["reused"], counts["rejected"]) == case.counts
    assert counts["rows_in"] == sum(case.counts) == len(FORMULAS)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    formulas=st.lists(st.sampled_from(["NaCl", "ClNa", "GaAs", "Xx", "", "Si"]), min_size=1, max_size=12),
    data=st.data(),
)
def test_counts_always_add_up(
    freeze_formulas: FreezeFormulas, tmp_path: Path, formulas: list[str], data: st.DataObject
) -> None:
    snapshot = freeze_formulas(formulas, ["1"] * len(formulas))
    materials = st.lists(
        st.integers(0, max(snapshot.unique_materials - 1, 0)), unique=True, max_size=snapshot.unique_materials
    )
    refused, computed = data.draw(materials), data.draw(materials)
    matrix = refusing(tmp_path, *((material, "b", "raised", "E: no") for material in refused))
    counts = count_rows(snapshot, matrix, {"b": np.array(computed, dtype=np.int64)})
    assert counts["computed"] + counts["reused"] + counts["rejected"] == counts["rows_in"] == len(formulas)
    write_rejected(snapshot, matrix, ["gap"], tmp_path / "rejected.parquet")
    assert pd.read_parquet(tmp_path / "rejected.parquet")["id"].nunique() == counts["rejected"]


def test_every_rejected_row_has_its_reason_and_its_place(
    freeze_formulas: FreezeFormulas, tmp_path: Path
) -> None:
    snapshot = freeze_formulas(FORMULAS, GAPS)
    matrix = refusing(
        tmp_path, (0, "block.one", "raised", "ValueError: too large: 7"), (0, "block.two", "killed", "gone")
    )
    write_rejected(snapshot, matrix, ["gap"], tmp_path / "rejected.parquet")
    rejected = pd.read_parquet(tmp_path / "rejected.parquet")
    assert rejected.columns.tolist() == ["id", "stage", "block", "reason", "detail"]
    lines = {(row.id, row.stage, row.block, row.reason) for row in rejected.itertuples()}
    assert lines == {
        ("id1", "ingest", "", "unknown element"),
        ("id4", "ingest", "", "missing target"),
        *((f"id{row}", "featurize", "block.one", "raised") for row in (0, 2, 5)),
        *((f"id{row}", "featurize", "block.two", "killed") for row in (0, 2, 5)),
    }
    details = dict(zip(rejected["id"] + rejected["block"], rejected["detail"], strict=True))
    assert details["id1"].startswith('t.csv:3: "Xx": "Xx" at position 1')
    assert details["id2block.one"] == "t.csv:4: ValueError: too large: 7"


def test_a_row_that_lacks_one_of_two_targets_is_told(freeze_formulas: FreezeFormulas, tmp_path: Path) -> None:
    snapshot = freeze_formulas(["NaCl", "GaAs", "Si"], ["8.5", "", "x"], bulk=["24", "75", ""])
    write_rejected(snapshot, refusing(tmp_path), ["gap", "bulk"], tmp_path / "rejected.parquet")
    rejected = pd.read_parquet(tmp_path / "rejected.parquet")
    lines = {(row.id, row.stage, row.reason) for row in rejected.itertuples()}
    assert lines == {("id1", "train", "missing target"), ("id2", "ingest", "target is not a number")}


def test_nothing_rejected(freeze_formulas: FreezeFormulas, tmp_path: Path) -> None:
    snapshot = freeze_formulas(["NaCl"], ["1"])
    write_rejected(snapshot, refusing(tmp_path), ["gap"], tmp_path / "rejected.parquet")
    rejected = pd.read_parquet(tmp_path / "rejected.parquet")
    assert (len(rejected), len(rejected.columns)) == (0, 5)


@pytest.mark.parametrize(("rejected", "stops"), [(0, False), (5, False), (6, True), (100, True)])
def test_too_many_stop_the_run(rejected: int, stops: bool) -> None:
    counts = {"rows_in": 100, "rejected": rejected}
    if not stops:
        check_rejected(counts, 0.05)
        return
    with pytest.raises(
        Failed, match=rf"{rejected} of 100 rows were rejected, more than features\.max_rejected = 0\.05"
    ):
        check_rejected(counts, 0.05)
