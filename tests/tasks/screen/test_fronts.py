"""Fronts: what a plain reading of the definition gives, and the same whatever the batches."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from matsluice.tasks.screen import order as module
from matsluice.tasks.screen.aims import Aim
from matsluice.tasks.screen.objective import Objective
from matsluice.tasks.screen.order import PARETO, kept, ranked
from matsluice.tasks.screen.pareto import crowding, fronts, may_lead
from matsluice.tasks.screen.ranking import merge_hits
from matsluice.tasks.screen.wanted import Wanted, hit_schema

SYSTEMS = ["NaCl", "Na2Cl", "NaCl2", "ZnO", "ZnO2", "GaAs"]
HIT = st.fixed_dictionaries(
    {
        "number": st.integers(0, 25),
        "sought": st.tuples(*[st.sampled_from([0.0, 0.2, 0.4, 0.6, 0.8, 1.0])] * 3),
        "in_domain": st.booleans(),
        "distance": st.sampled_from([0.5, 2.0]),
        "id": st.integers(0, 99).map(str),
        "formula": st.sampled_from(SYSTEMS),
    }
)


def wanted(objectives: int, at_most: int | None = None) -> Wanted:
    aims = tuple(Aim("gap", Objective(direction=1)) for _ in range(objectives))
    return Wanted(aims, {}, rank=PARETO, at_most_per_system=at_most)


def table_of(hits: list[dict[str, Any]], objectives: int) -> pa.Table:
    first: dict[int, dict[str, Any]] = {}
    rows = []
    for hit in hits:
        same = first.setdefault(hit["number"], hit)
        rows.append(
            {
                "id": hit["id"],
                "key": f"{hit['number']:032x}",
                **{name: same[name] for name in ("formula", "in_domain", "distance")},
                **{f"sought_{i}": same["sought"][i] for i in range(objectives)},
            }
        )
    return pa.Table.from_pylist(rows, schema=hit_schema(wanted=wanted(objectives)))


def dominates(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return all(a >= b for a, b in zip(one, other, strict=True)) and one != other


def plainly(table: pa.Table, objectives: int, top: int, at_most: int | None) -> list[tuple[str, str, int]]:
    """Rank all rows at once, straight from the definitions: peel fronts, sort by crowding, count systems."""
    rows = table.to_pylist()
    for row in rows:
        row["point"] = tuple(row[f"sought_{i}"] for i in range(objectives))
        row["tie"] = (row["distance"], row["formula"], row["id"], row["key"])
    unique: dict[str, dict[str, Any]] = {}
    for row in sorted(rows, key=lambda row: row["tie"]):
        unique.setdefault(row["key"], row)
    done: list[dict[str, Any]] = []
    number = 0
    for inside in (True, False):
        left = [row for row in unique.values() if row["in_domain"] is inside]
        while left:
            number += 1
            front = [row for row in left if not any(dominates(o["point"], row["point"]) for o in left)]
            alone = crowding(np.array([row["point"] for row in front]))
            for row, distance in zip(front, alone, strict=True):
                row["front"], row["alone"] = number, distance
            done += sorted(front, key=lambda row: (-row["alone"], row["tie"]))
            left = [row for row in left if row not in front]
    counts: dict[frozenset[str], int] = {}
    chosen = []
    for row in done:
        system = frozenset("".join(c if c.isalpha() else "" for c in row["formula"]).replace("l", ""))
        counts[system] = counts.get(system, 0) + 1
        if at_most is None or counts[system] <= at_most:
            chosen.append((row["key"], row["id"], row["front"]))
    return chosen[:top]


def batched(table: pa.Table, cuts: list[int], top: int, asked: Wanted) -> list[dict[str, Any]]:
    bounds = [0, *sorted(min(cut, table.num_rows) for cut in cuts), table.num_rows]
    with TemporaryDirectory() as folder:
        parts = []
        for number, (start, stop) in enumerate(pairwise(bounds)):
            parts.append(Path(folder) / f"hits-{number}.parquet")
            some, cut = kept(table.slice(start, stop - start), top, asked.order)
            assert cut == 0
            pq.write_table(some, parts[-1])
        hits, cut = merge_hits(parts, top, wanted=asked)
        assert cut == 0
        rows: list[dict[str, Any]] = hits.to_pylist()
        return rows


@settings(max_examples=150, deadline=None)
@given(
    hits=st.lists(HIT, max_size=45),
    cuts=st.lists(st.integers(0, 45), max_size=4),
    top=st.integers(1, 9),
    objectives=st.integers(2, 3),
    at_most=st.none() | st.integers(1, 3),
)
def test_batches_give_the_fronts_of_all_at_once(
    hits: list[dict[str, Any]], cuts: list[int], top: int, objectives: int, at_most: int | None
) -> None:
    table, asked = table_of(hits, objectives), wanted(objectives, at_most)
    merged = batched(table, cuts, top, asked)
    assert merged == batched(table, [], top, asked)
    alone = ranked(table, top, asked.order).to_pylist()
    said = [(row["key"], row["id"], row["front"]) for row in alone]
    assert said == plainly(table, objectives, top, at_most)
    assert [(row["id"], row["front"]) for row in merged] == [(row["id"], row["front"]) for row in alone]


@settings(max_examples=100, deadline=None)
@given(points=st.lists(st.tuples(*[st.integers(0, 6).map(float)] * 3), min_size=1, max_size=40))
def test_a_front_is_one_behind_the_last_that_dominates(points: list[tuple[float, ...]]) -> None:
    ordered = sorted(points, reverse=True)
    found = fronts(np.array(ordered))
    for place, point in enumerate(ordered):
        above = [found[i] for i, other in enumerate(ordered) if dominates(other, point)]
        assert found[place] == 1 + max(above, default=0)


def test_a_front_is_kept_though_batches_make_it_look_late() -> None:
    # In its batch x stands behind ten; a chain from another batch pushes nine of these far down.
    x, leader = (0.5, 0.0), (0.6, 0.1)
    others = [(0.1, 0.2 + 0.01 * i) for i in range(9)]
    chain = [(0.11 + 0.001 * i, 0.5 + 0.01 * i) for i in range(40)]
    hits = [
        {
            "number": i,
            "sought": (*point, 0.0),
            "in_domain": True,
            "distance": 1.0,
            "id": str(i),
            "formula": "NaCl",
        }
        for i, point in enumerate([leader, x, *others, *chain])
    ]
    table, asked = table_of(hits, 2), wanted(2)
    ranks = batched(table, [11], 6, asked)
    assert ranks == batched(table, [], 6, asked)
    assert {row["front"] for row in ranks if row["id"] == "1"} == {2}


def random_table(rows: int, objectives: int = 2) -> pa.Table:
    chance = np.random.default_rng(5)
    # On a falling line nobody dominates anybody, so that all rows may be first.
    first = chance.permutation(rows) / rows
    hits = [
        {
            "number": i,
            "sought": (float(first[i]), float(1 - first[i]), 0.0),
            "in_domain": True,
            "distance": 1.0,
            "id": f"{i:06d}",
            "formula": "NaCl",
        }
        for i in range(rows)
    ]
    return table_of(hits, objectives)


def test_what_there_is_no_room_for_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(module, "KEPT_AT_LEAST", 50)
    monkeypatch.setattr(module, "KEPT_FOR_EACH_OF_TOP", 1)
    table, asked = random_table(120), wanted(2)
    some, cut = kept(table, 10, asked.order)
    assert (some.num_rows, cut) == (50, 70)
    from matsluice.tasks.screen.screen_batch import CUT

    for number in range(2):
        pq.write_table(some.replace_schema_metadata({CUT: "70"}), tmp_path / f"hits-{number}.parquet")
    hits, told = merge_hits(sorted(tmp_path.iterdir()), 10, wanted=asked)
    assert hits.num_rows == 10
    assert told == 140


def test_twins_are_kept_as_many_as_can_be_first() -> None:
    values = np.zeros((500, 2))
    assert may_lead(values, np.zeros(500, dtype=np.int64), 7, 501).sum() == 7


@pytest.mark.parametrize("points", [np.array([[1.0, 1.0]]), np.array([[1.0, 2.0], [2.0, 1.0]])])
def test_ends_stand_alone(points: NDArray[np.float64]) -> None:
    assert np.isinf(crowding(points)).all()
