"""Every row that is rejected is found in the log, and a million of them do not fill it."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from matsluice.flows.logged import TOLD_ONE_BY_ONE, log_rejected
from matsluice.infra.run_log import Wanted, logging_run, read_lines

NAMES = ("id", "stage", "block", "reason", "detail")
ROWS = [
    ("a", "ingest", "", "unknown element", "t.csv:2: Xx"),
    *((f"b{n}", "featurize", "composition.magpie", "timeout", f"t.csv:{n}: too long") for n in range(1500)),
    ("c", "featurize", "composition.valence", "timeout", "t.csv:9: too long"),
    ("d", "screen", "", "unknown element", "c.csv:2: Yy"),
]


def test_the_first_are_told_one_by_one_and_all_are_counted(tmp_path: Path) -> None:
    columns = [list(column) for column in zip(*ROWS, strict=True)]
    pq.write_table(pa.table(columns, names=list(NAMES)), tmp_path / "rejected.parquet")
    with logging_run(tmp_path, "run-1"):
        log_rejected(tmp_path / "rejected.parquet", "ingest", "featurize", "train")
    lines = list(read_lines(tmp_path, Wanted("warning")))
    one_by_one = [line["id"] for line in lines if "id" in line]
    assert one_by_one == ["a", *(f"b{n}" for n in range(TOLD_ONE_BY_ONE)), "c"]
    counted = {(line["block"], line["reason"]): line["rejected"] for line in lines if "rejected" in line}
    assert counted == {
        ("", "unknown element"): 1,
        ("composition.magpie", "timeout"): 1500,
        ("composition.valence", "timeout"): 1,
    }
    assert lines[0]["message"] == "a rejected, unknown element: t.csv:2: Xx"
