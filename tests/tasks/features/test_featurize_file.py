"""Features of the materials in a table on disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.features import featurize
from matsluice.tasks.features.table_file import featurize_file
from matsluice.tasks.ingest.source_batch import BATCH_ROWS

BLOCKS = ["composition.stoichiometry", "composition.elemental"]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "t.csv"
    path.write_text("formula,name\nNaCl,a\nXx,b\nOgO2,c\nlonely\n")
    return path


def test_values_are_those_of_featurize_and_the_rest_is_told(table: Path, tmp_path: Path) -> None:
    counts = featurize_file(table, BLOCKS, tmp_path / "X.parquet")
    rejected_file = tmp_path / "X.rejected.parquet"
    expected = featurize(["NaCl", "OgO2"], BLOCKS)
    assert counts == {
        "rows": 4, "computed": 2, "rejected": 2, "columns": expected.shape[1], "rejected_file": str(rejected_file),
    }  # fmt: skip
    values = pd.read_parquet(tmp_path / "X.parquet")
    assert values["id"].tolist() == ["0", "2"]
    assert values["formula"].tolist() == ["NaCl", "OgO2"]
    assert values.columns.tolist()[2:] == [*expected.columns, "undefined"]
    assert values.iloc[:, 2:-1].to_numpy(dtype=float).tobytes() == expected.to_numpy().tobytes()
    rejected = pd.read_parquet(rejected_file)
    assert rejected["id"].tolist() == ["1", "3"]
    assert rejected["reason"].tolist() == ["unknown element", "wrong number of fields"]
    assert rejected["detail"][0].startswith("t.csv:3: ")


def test_a_long_table(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("formula\n" + "NaCl\nFe2O3\n" * (BATCH_ROWS // 2 + 1))
    counts = featurize_file(tmp_path / "t.csv", BLOCKS[:1], tmp_path / "X.parquet")
    values = pd.read_parquet(tmp_path / "X.parquet")
    assert counts["computed"] == len(values) == BATCH_ROWS + 2
    assert values["id"].tolist() == [str(i) for i in range(BATCH_ROWS + 2)]
    assert np.unique(values.iloc[:, 2]).size == 1


def test_a_table_without_one_readable_row(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("formula\nXx\nYy\n")
    counts = featurize_file(tmp_path / "t.csv", BLOCKS, tmp_path / "X.parquet")
    assert (counts["computed"], counts["rejected"]) == (0, 2)
    assert len(pd.read_parquet(tmp_path / "X.parquet")) == 0


@pytest.mark.parametrize(
    ("blocks", "out", "sentence"),
    [
        (["composition.magpei"], "X.parquet", 'did you mean "composition.magpie"'),
        (BLOCKS, "none/X.parquet", "there is no folder .*none"),
        ([BLOCKS[0], BLOCKS[0]], "X.parquet", "twice"),
        ([], "X.parquet", "block"),
    ],
    ids=["unknown block", "no folder", "block twice", "no block"],
)
def test_mistakes(table: Path, tmp_path: Path, blocks: list[str], out: str, sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        featurize_file(table, blocks, tmp_path / out)
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"]


def test_nothing_is_left_where_the_table_breaks_off(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(b"formula\n" + b"NaCl\n" * BATCH_ROWS + b"\xff\n")
    with pytest.raises(InvalidInput, match="not UTF-8"):
        featurize_file(tmp_path / "t.csv", BLOCKS[:1], tmp_path / "X.parquet")
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"]
