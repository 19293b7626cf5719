"""Files of folds, and whether they are of the data."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.ingest.examine import ExaminedRows, examine
from matsluice.tasks.ingest.source_batch import SourceBatch
from matsluice.tasks.split.official import matching, read_folds


def written(folder: Path, content: object, name: str = "x.folds.json") -> Path:
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def batch(ids: list[str], gaps: list[str] | None = None) -> ExaminedRows:
    n = len(ids)
    places = [f"t.csv:{k + 2}" for k in range(n)]
    return examine(SourceBatch(ids, places, ["NaCl"] * n, {"gap": gaps or ["1.0"] * n}), ["gap"])


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ({"fold_0": ["a", "b"], "fold_1": ["c"]}, "x.folds.json"),
        (
            {
                "splits": {
                    "fold_0": {"test": ["a", "b"], "train": ["c"]},
                    "fold_1": {"test": ["c"], "train": ["b", "a"]},
                }
            },
            "x.json",
        ),
        ("id,fold\na,0\nb,0\nc,1\n", "x.csv"),
    ],
)
def test_every_form_says_the_same(tmp_path: Path, content: object, name: str) -> None:
    assert dict(read_folds(written(tmp_path, content, name)).fold_of) == {"a": 0, "b": 0, "c": 1}


def test_folds_of_a_table_are_in_the_order_of_numbers(tmp_path: Path) -> None:
    text = "id,fold\n" + "\n".join(f"r{n},{n}" for n in range(12))
    assert read_folds(written(tmp_path, text, "x.csv")).fold_of["r10"] == 10


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        ({"f0": ["a", "b"], "f1": ["b"]}, "x.json", r"names 1 \(b\) more than once \(b in f0 and f1\)"),
        ({"f0": ["a"]}, "x.json", "has 1 fold, and two or more"),
        ({"f0": ["a"], "f1": []}, "x.json", "f1 has no ids"),
        (["a"], "x.json", "holds no folds; allowed: a JSON object"),
        ({"f0": "a", "f1": ["b"]}, "x.json", "f0 of .* is no list of ids"),
        ("{", "x.json", "is not JSON"),
        ("name,fold\na,1\n", "x.csv", "has no columns id and fold"),
        (
            {"splits": {"f0": {"test": ["a"], "train": []}, "f1": {"test": ["b"], "train": ["a"]}}},
            "x.json",
            "f0 of x.json trains on other rows",
        ),
    ],
)
def test_files_that_cannot_be_used(tmp_path: Path, content: object, name: str, sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        read_folds(written(tmp_path, content, name))


def test_ids_that_do_not_match_are_named(tmp_path: Path) -> None:
    official = read_folds(written(tmp_path, {"f0": ["a", "b"], "f1": ["c", *"uvwxyz"]}))
    rows = [batch(["a", "b"]), batch(["c", "d", "e"], ["1", "2", ""])]
    with pytest.raises(InvalidInput) as raised:
        list(matching(iter(rows), official))
    assert "ids that the data has not: 6 (u, v, w, x, y, …)" in str(raised.value)
    # Row e has no value to learn, so no fold is missing for it.
    assert "no fold for rows of the data: 1 (d)" in str(raised.value)
    assert "data.id" in str(raised.value)


def test_a_row_that_is_refused_may_have_a_fold(tmp_path: Path) -> None:
    official = read_folds(written(tmp_path, {"f0": ["a", "e"], "f1": ["b"]}))
    rows = batch(["a", "b", "e"], ["1", "2", ""])
    assert list(matching(iter([rows]), official)) == [rows]
