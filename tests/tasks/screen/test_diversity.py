"""No more than so many hits of a chemical system, whatever the batches."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from matsluice.tasks.screen.diversity import systems_of, within_quota
from matsluice.tasks.screen.order import Order, kept, ranked
from matsluice.tasks.screen.wanted import hit_schema

FORMULAS = ["NaCl", "ClNa2", "Na3Cl", "ZnO", "OZn2", "GaAs", "GaN"]


def table_of(numbers: list[tuple[int, int, bool]]) -> pa.Table:
    rows = [
        {
            "id": f"{place:03d}",
            "key": f"{place:032x}",
            "formula": FORMULAS[formula],
            "merit": merit / 3,
            "in_domain": inside,
            "distance": 1.0,
        }
        for place, (formula, merit, inside) in enumerate(numbers)
    ]
    return pa.Table.from_pylist(rows, schema=hit_schema())


@settings(max_examples=100, deadline=None)
@given(
    numbers=st.lists(st.tuples(st.integers(0, 6), st.integers(0, 5), st.booleans()), max_size=40),
    cut=st.integers(0, 40),
    top=st.integers(1, 10),
    at_most=st.integers(1, 3),
)
def test_batches_give_the_quota_of_all_at_once(
    numbers: list[tuple[int, int, bool]], cut: int, top: int, at_most: int
) -> None:
    table, order = table_of(numbers), Order(at_most_per_system=at_most)
    parts = [kept(table.slice(0, cut), top, order)[0], kept(table.slice(cut), top, order)[0]]
    found = ranked(pa.concat_tables(parts), top, order).to_pylist()
    counts: dict[frozenset[str], int] = {}
    expected: list[dict[str, Any]] = []
    rows = sorted(
        table.to_pylist(), key=lambda row: (not row["in_domain"], -row["merit"], row["formula"], row["id"])
    )
    for row in rows:
        system = frozenset(FORMULAS_BY_ELEMENTS[row["formula"]])
        counts[system] = counts.get(system, 0) + 1
        if counts[system] <= at_most:
            expected.append(row)
    assert found == expected[:top]


FORMULAS_BY_ELEMENTS = {
    "NaCl": ("Na", "Cl"),
    "ClNa2": ("Na", "Cl"),
    "Na3Cl": ("Na", "Cl"),
    "ZnO": ("Zn", "O"),
    "OZn2": ("Zn", "O"),
    "GaAs": ("Ga", "As"),
    "GaN": ("Ga", "N"),
}


def test_elements_make_the_system_and_nothing_else() -> None:
    same = systems_of(["NaCl", "Na3Cl", "Na0.5Cl1.5", "ClNa", "NaClO", "NOCl"])
    assert len(set(same[:4].tolist())) == 1
    assert len(set(same.tolist())) == 3


def test_nothing_has_no_systems() -> None:
    assert within_quota(systems_of([]), 2).tolist() == []
