"""The best hits of all batches are the best of all hits."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matsluice.tasks.screen.order import best
from matsluice.tasks.screen.ranking import histogram_edges, merge_hits, write_hits
from matsluice.tasks.screen.wanted import hit_schema

# Formulas and keys belong together; merits and flags are few, so that there are ties.
HIT = st.fixed_dictionaries(
    {
        "number": st.integers(0, 15),
        "merit": st.sampled_from([0.0, 0.25, 0.5, 1.0]),
        "in_domain": st.booleans(),
        "distance": st.sampled_from([0.5, 2.0]),
        "id": st.integers(0, 99).map(str),
    }
)


def table_of(hits: list[dict[str, Any]]) -> pa.Table:
    # One material has one prediction, so whatever is said of it first holds for all its rows.
    first: dict[int, dict[str, Any]] = {}
    rows = []
    for hit in hits:
        same = first.setdefault(hit["number"], hit)
        rows.append(
            {
                "id": hit["id"],
                "key": f"{hit['number']:032x}",
                "formula": f"X{hit['number']}",
                "prediction": same["merit"],
                "lower": 0.0,
                "upper": 1.0,
                "spread": None,
                "probability": same["merit"],
                "in_domain": same["in_domain"],
                "distance": same["distance"],
                "known": False,
                "merit": same["merit"],
            }
        )
    return pa.Table.from_pylist(rows, schema=hit_schema())


def merged(hits: pa.Table, cuts: list[int], top: int) -> list[dict[str, Any]]:
    """Return the ranking from batches that each kept their own best."""
    bounds = [0, *sorted(min(cut, hits.num_rows) for cut in cuts), hits.num_rows]
    with TemporaryDirectory() as folder:
        parts = []
        for number, (start, stop) in enumerate(pairwise(bounds)):
            parts.append(Path(folder) / f"hits-{number}.parquet")
            pq.write_table(best(hits.slice(start, stop - start), top), parts[-1])
        ranked: list[dict[str, Any]] = merge_hits(parts, top)[0].to_pylist()
        return ranked


@settings(max_examples=60)
@given(
    hits=st.lists(HIT, max_size=40),
    cuts=st.lists(st.integers(0, 40), max_size=4),
    top=st.integers(1, 12),
)
def test_merging_batches_equals_ranking_all_at_once(
    hits: list[dict[str, Any]], cuts: list[int], top: int
) -> None:
    table = table_of(hits)
    assert merged(table, cuts, top) == merged(table, [], top)


@settings(max_examples=60)
@given(hits=st.lists(HIT, max_size=30), top=st.integers(1, 40))
def test_the_ranking_is_the_one_plain_sorting_gives(hits: list[dict[str, Any]], top: int) -> None:
    table = table_of(hits)
    rows = sorted(
        table.to_pylist(),
        key=lambda hit: (not hit["in_domain"], -hit["merit"], hit["distance"], hit["formula"], hit["id"]),
    )
    first_of_each = [row for i, row in enumerate(rows) if row["key"] not in {r["key"] for r in rows[:i]}]
    ranked = merged(table, [], top)
    assert [hit["id"] for hit in ranked] == [row["id"] for row in first_of_each[:top]]
    assert [hit["rank"] for hit in ranked] == list(range(1, len(ranked) + 1))


def test_inside_the_domain_comes_before_outside_however_good() -> None:
    hits = [
        {"number": 1, "merit": 1.0, "in_domain": False, "distance": 1.0, "id": "a"},
        {"number": 2, "merit": 0.25, "in_domain": True, "distance": 1.0, "id": "b"},
    ]
    assert [hit["id"] for hit in merged(table_of(hits), [], 5)] == ["b", "a"]


def test_no_batches_and_no_hits(tmp_path: Path) -> None:
    nothing, _ = merge_hits([], 10)
    write_hits(nothing, tmp_path)
    assert pd.read_parquet(tmp_path / "hits.parquet").columns.tolist() == [
        "rank", "id", "formula", "prediction", "lower", "upper", "spread", "probability",
        "in_domain", "distance", "domain", "known", "nearest", "nearest_value", "why",
    ]  # fmt: skip
    assert (tmp_path / "hits.csv").read_text().count("\n") == 1


def test_both_files_say_the_same(tmp_path: Path) -> None:
    pq.write_table(
        table_of(
            [{"number": n, "merit": 0.5, "in_domain": True, "distance": 1.0, "id": f"c{n}"} for n in range(3)]
        ),
        tmp_path / "hits-0.parquet",
    )
    write_hits(merge_hits([tmp_path / "hits-0.parquet"], 10)[0], tmp_path)
    people = pd.read_csv(tmp_path / "hits.csv")
    machines = pd.read_parquet(tmp_path / "hits.parquet")
    for name in ("domain", "nearest", "nearest_value", "why"):
        machines[name] = machines[name].astype(object).where(machines[name].notna(), np.nan)
    pd.testing.assert_frame_equal(people, machines, check_dtype=False)


@pytest.mark.parametrize("label", ["=1+1", "+cmd|' /C calc'!A0", "@SUM(1)", "-x", "\t=1"])
def test_no_label_is_a_formula_to_a_spreadsheet(tmp_path: Path, label: str) -> None:
    hits = table_of([{"number": 1, "merit": 0.5, "in_domain": True, "distance": 1.0, "id": label}])
    write_hits(hits.drop_columns(["key", "merit"]), tmp_path)
    assert pd.read_csv(tmp_path / "hits.csv")["id"].tolist() == [f"'{label}"]
    assert pd.read_parquet(tmp_path / "hits.parquet")["id"].tolist() == [label]


@pytest.mark.parametrize(
    ("y", "low", "high"), [([0.0, 3.0, 6.0], 0.0, 6.0), ([2.0, 2.0], 2.0, 3.0)], ids=["range", "one value"]
)
def test_edges_of_the_histogram(y: list[float], low: float, high: float) -> None:
    edges = np.array(histogram_edges(np.array(y), bins=4))
    assert edges == pytest.approx(np.linspace(low, high, 5))
