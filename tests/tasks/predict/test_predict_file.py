"""Predictions for a table on disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.ingest.source_batch import BATCH_ROWS
from matsluice.tasks.predict.material_model import MaterialModel
from matsluice.tasks.predict.table_file import predict_file

READ: dict[str, Callable[[Path], pd.DataFrame]] = {".parquet": pd.read_parquet, ".csv": pd.read_csv}


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "t.csv"
    path.write_text("name,formula\na,GaAs\nb,Xx\nc\nd,UO2\n")
    return path


@pytest.mark.parametrize("suffix", READ)
def test_a_line_a_row_with_its_value_or_its_reason(
    model: MaterialModel, table: Path, tmp_path: Path, suffix: str
) -> None:
    counts = predict_file(model, table, tmp_path / f"out{suffix}")
    assert counts == {"rows": 4, "predicted": 2, "in_domain": 1, "rejected": 2}
    written = READ[suffix](tmp_path / f"out{suffix}")
    assert written.columns.tolist() == [
        "id",
        "formula",
        "prediction",
        "lower",
        "upper",
        "in_domain",
        "domain",
        "reason",
    ]
    assert written["id"].astype(str).tolist() == ["0", "1", "2", "3"]
    assert written["prediction"].isna().tolist() == [False, True, True, False]
    assert written["prediction"][0] == model.predict(["GaAs"])["prediction"][0]
    assert written["in_domain"].tolist() == [True, False, False, False]
    assert written["domain"][0] == "inside"
    assert written["domain"][3]
    assert written["domain"].isna().tolist() == [False, True, True, False]
    assert written["reason"][1].startswith("unknown element: ")
    assert written["reason"][2] == "wrong number of fields: the row has 1 fields, the header has 2"


def test_a_long_table_is_numbered_through(model: MaterialModel, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("formula\n" + "GaAs\n" * (BATCH_ROWS + 2))
    counts = predict_file(model, tmp_path / "t.csv", tmp_path / "out.parquet")
    assert counts["predicted"] == BATCH_ROWS + 2
    written = pd.read_parquet(tmp_path / "out.parquet")
    assert written["id"].tolist() == [str(i) for i in range(BATCH_ROWS + 2)]
    assert len(set(written["prediction"])) == 1


@pytest.mark.parametrize(
    ("out", "sentence"),
    [
        ("out.xlsx", r'out\.xlsx ends in "\.xlsx"; name a file that ends in \.parquet or \.csv'),
        ("out", 'out ends in ""'),
        ("none/out.csv", r"there is no folder .*none to write out\.csv to"),
    ],
)
def test_an_output_that_cannot_be(
    model: MaterialModel, table: Path, tmp_path: Path, out: str, sentence: str
) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        predict_file(model, table, tmp_path / out)


def test_nothing_is_left_where_the_table_breaks_off(model: MaterialModel, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(b"formula\n" + b"GaAs\n" * BATCH_ROWS + b"\xff\n")
    with pytest.raises(InvalidInput, match="not UTF-8"):
        predict_file(model, tmp_path / "t.csv", tmp_path / "out.parquet")
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"]
