"""Frozen input, named by its content."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest

from matsluice.infra.workspace.atomic_files import read_json
from matsluice.tasks.ingest.csv_options import CsvOptions
from matsluice.tasks.ingest.examine import ExaminedRows, examine
from matsluice.tasks.ingest.snapshot import Snapshot, freeze, open_snapshot
from matsluice.tasks.ingest.source_batch import read_source
from matsluice.tasks.material import material_keys, parse_formulas

RowsOf = Callable[..., ExaminedRows]
TABLE = "formula,gap\nFe2O3,2.1\nXx,1\nNaCl,8.5\nO3Fe2,2.2\nGaAs,\n"


def frozen(folder: Path, table: str, name: str = "table.csv", source: Path | None = None) -> Snapshot:
    path = (source or folder.parent) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(table)
    batches = read_source("csv", CsvOptions(path=str(path), formula="formula"), ["gap"])
    return freeze((examine(batch, ["gap"]) for batch in batches), ["gap"], folder, {"source": name})


def test_every_row_stands_there_with_its_material_or_its_reason(tmp_path: Path) -> None:
    snapshot = frozen(tmp_path / "snapshots", TABLE)
    assert (snapshot.rows, snapshot.unique_materials, snapshot.refused) == (5, 2, 2)
    assert snapshot.path == tmp_path / "snapshots" / snapshot.id
    rows = pd.read_parquet(snapshot.rows_file)
    assert rows["id"].tolist() == ["0", "1", "2", "3", "4"]
    assert rows["place"].tolist() == [f"table.csv:{line}" for line in range(2, 7)]
    assert rows["formula"].tolist() == ["Fe2O3", "Xx", "NaCl", "O3Fe2", "GaAs"]
    assert rows["material"].tolist() == [0, -1, 1, 0, -1]
    assert rows["reason"].tolist() == [None, "unknown element", None, None, "missing target"]
    assert rows["label.gap"].fillna(-1).tolist() == [2.1, 1.0, 8.5, 2.2, -1.0]
    assert rows["label.gap.reason"].tolist() == [None, None, None, None, "missing target"]
    materials = pd.read_parquet(snapshot.materials_file)
    assert materials["formula"].tolist() == ["Fe2O3", "NaCl"]
    assert materials["key"].tolist() == material_keys(parse_formulas(["Fe2O3", "NaCl"]).batch)


def test_it_says_where_it_came_from_and_opens_again(tmp_path: Path) -> None:
    snapshot = frozen(tmp_path / "snapshots", TABLE)
    known = read_json(snapshot.path / "origin.json")
    assert known["origin"] == {"source": "table.csv"}
    assert known["id"] == snapshot.id
    assert known["path"] == snapshot.id  # a workspace can be moved
    assert open_snapshot(snapshot.path) == snapshot


def test_the_same_content_in_another_file_is_the_same_snapshot(tmp_path: Path) -> None:
    one = frozen(tmp_path / "snapshots", TABLE)
    before = one.rows_file.stat()
    dressed = "\ufeff" + TABLE.replace("\n", "\r\n").replace("NaCl", '"NaCl"')
    other = frozen(tmp_path / "snapshots", dressed, "renamed.csv", source=tmp_path / "elsewhere")
    assert other == one
    # Frozen once: the files of the first stand untouched, and nothing beside them.
    assert one.rows_file.stat() == before
    assert [path.name for path in (tmp_path / "snapshots").iterdir()] == [one.id]


@pytest.mark.parametrize(
    ("old", "new"),
    [("8.5", "8.50001"), ("NaCl", "KCl"), ("Xx", "Yy"), ("GaAs,\n", "GaAs,1.4\n"), ("NaCl,8.5\n", "")],
    ids=["value", "formula", "refused formula", "missing value", "row"],
)
def test_other_content_is_another_snapshot(tmp_path: Path, old: str, new: str) -> None:
    folder = tmp_path / "snapshots"
    assert frozen(folder, TABLE).id != frozen(folder, TABLE.replace(old, new)).id
    assert len(list(folder.iterdir())) == 2


def test_other_names_of_the_target_are_another_snapshot(tmp_path: Path, rows_of: RowsOf) -> None:
    rows = rows_of(("NaCl", "8.5"))
    renamed = examine(
        rows.batch.__class__(rows.batch.ids, rows.batch.places, ["NaCl"], {"bulk": ["8.5"]}), ["bulk"]
    )
    assert freeze([rows], ["gap"], tmp_path, {}).id != freeze([renamed], ["bulk"], tmp_path, {}).id


def test_batches_do_not_show_in_the_content(tmp_path: Path, rows_of: RowsOf) -> None:
    pairs = [("Fe2O3", "2.1"), ("NaCl", "8.5"), ("O3Fe2", "2.2"), ("Xx", "1")]
    whole = freeze([rows_of(*pairs)], ["gap"], tmp_path / "a", {})
    parts = freeze([rows_of(*pairs[:1]), rows_of(*pairs[1:], first=1)], ["gap"], tmp_path / "b", {})
    assert whole.id == parts.id
    pd.testing.assert_frame_equal(pd.read_parquet(whole.rows_file), pd.read_parquet(parts.rows_file))
    pd.testing.assert_frame_equal(
        pd.read_parquet(whole.materials_file), pd.read_parquet(parts.materials_file)
    )


def test_texts_are_not_run_together(tmp_path: Path, rows_of: RowsOf) -> None:
    one = freeze([rows_of(("NaCl", "11"), ids=["1"])], ["gap"], tmp_path, {})
    other = freeze([rows_of(("NaCl", "1"), ids=["11"])], ["gap"], tmp_path, {})
    assert one.id != other.id


def test_nothing_is_left_after_an_error(tmp_path: Path, rows_of: RowsOf) -> None:
    def breaking_off() -> Iterator[ExaminedRows]:
        yield rows_of(("NaCl", "8.5"))
        raise KeyError("the source broke off")

    with pytest.raises(KeyError):
        freeze(breaking_off(), ["gap"], tmp_path / "snapshots", {})
    assert list((tmp_path / "snapshots").iterdir()) == []


def test_no_row_with_a_material(tmp_path: Path, rows_of: RowsOf) -> None:
    snapshot = freeze([rows_of(("Xx", "1"))], ["gap"], tmp_path, {})
    assert (snapshot.rows, snapshot.unique_materials, snapshot.refused) == (1, 0, 1)
    assert len(pd.read_parquet(snapshot.materials_file)) == 0
