"""Splits that leave something out test exactly what they say, and learn from nothing of it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.ingest.snapshot import KEPT_PREFIX
from matsluice.tasks.material.elements import SYMBOLS
from matsluice.tasks.split.assign import divide
from matsluice.tasks.split.divided_rows import Asked, DividedRows, Known
from matsluice.tasks.split.extremes import leave_extremes_out
from matsluice.tasks.split.folds import Folds
from matsluice.tasks.split.leave_out import column_of, leave_columns_out, leave_elements_out
from matsluice.tasks.split.time_order import learn_from_the_past
from matsluice.tasks.train.training_rows import TrainingRows

FORMULAS = np.array(["FeO", "Fe2O3", "NaCl", "KCl", "ZnO", "ZnS", "CdS", "LaN", "CeN", "TiO2", "MgO", "CaO"])


def rows_of(formulas: np.ndarray, y: np.ndarray | None = None, kept: list[int] | None = None) -> DividedRows:
    n = len(formulas)
    held = np.isin(np.arange(n), kept or [])
    values = np.arange(n, dtype=np.float64) if y is None else y
    ids = np.array([f"r{k}" for k in range(n)])
    return DividedRows(TrainingRows(ids, formulas, np.arange(n), values), held)


def asked(split: str, folds: int = 3, **options: Any) -> Asked:
    return Asked(split, folds, 0, SimpleNamespace(**options))


def sides(made: Folds, formulas: np.ndarray) -> list[tuple[list[str], list[str]]]:
    return [(formulas[made.tested(k)].tolist(), formulas[made.learned(k)].tolist()) for k in range(len(made))]


def test_elements_that_are_named() -> None:
    made = leave_elements_out(rows_of(FORMULAS, kept=[11]), asked("element", elements=("O", "S")))
    assert made.names == ("with O", "with S")
    (oxides, others), (sulphides, rest) = sides(made, FORMULAS)
    assert oxides == ["FeO", "Fe2O3", "ZnO", "TiO2", "MgO"]
    assert others == ["NaCl", "KCl", "ZnS", "CdS", "LaN", "CeN"]
    assert sulphides == ["ZnS", "CdS"]
    assert len(rest) == 9
    assert made.kept.tolist() == [False] * 11 + [True]


def test_the_most_frequent_elements_that_leave_two_thirds() -> None:
    made = leave_elements_out(rows_of(FORMULAS), asked("element", elements=()))
    # Oxygen is in half of the rows; of elements in two rows each those of lower atomic number come first.
    assert made.names == ("with N", "with S", "with Cl")
    assert all(len(made.learned(fold)) >= 8 for fold in range(3))


def test_columns_of_the_periodic_table() -> None:
    given = asked("periodic-table-group", groups=(17, "lanthanides"))
    made = leave_columns_out(rows_of(FORMULAS), given)
    assert made.names == ("with group 17", "with lanthanides")
    assert [side for side, _ in sides(made, FORMULAS)] == [["NaCl", "KCl"], ["LaN", "CeN"]]


def test_columns_are_those_of_pymatgen() -> None:
    from pymatgen.core import Element

    for z in range(1, 119):
        column = column_of(z)
        if column.startswith("group"):
            assert column == f"group {Element.from_Z(z).group}", SYMBOLS[z]
        else:
            assert Element.from_Z(z).is_lanthanoid or Element.from_Z(z).is_actinoid, SYMBOLS[z]


@pytest.mark.parametrize(
    ("elements", "folds", "said"),
    [
        (("Xe", "O"), 3, "validation.element.elements: no row contains Xe outside the hold-out"),
        (("O",), 3, "a single fold has no spread: name two or more"),
        ((), 14, r"has 13 to leave out \(N, Na, .*\) that stand in at most a third of the 12 rows"),
    ],
)
def test_what_cannot_be_left_out(elements: tuple[str, ...], folds: int, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        leave_elements_out(rows_of(FORMULAS), asked("element", folds, elements=elements))


def test_extremes_are_never_learned_from() -> None:
    y = np.array([3.0, 0.5, 9.0, 2.0, 2.5, 1.0, 7.0, 4.0, 0.1, 5.0, 6.0, 1.5])
    made = leave_extremes_out(rows_of(FORMULAS, y), asked("target-extreme", share=0.17))
    assert [sorted(y[made.tested(fold)].tolist()) for fold in (0, 1)] == [[0.1, 0.5], [7.0, 9.0]]
    for fold in (0, 1):
        assert sorted(y[made.learned(fold)].tolist()) == [1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0]


def test_equal_values_are_no_extreme() -> None:
    """Half of the band gaps are 0: that end has no fold."""
    y = np.array([0.0] * 6 + [1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    made = leave_extremes_out(rows_of(FORMULAS, y), asked("target-extreme", share=0.2))
    assert made.names == ("5 to 6",)
    with pytest.raises(InvalidInput, match="finds no extremes"):
        leave_extremes_out(rows_of(FORMULAS, np.repeat([0.0, 1.0], 6)), asked("target-extreme", share=0.2))


def dated_rows(folder: Path, years: list[str], kept: list[int] | None = None) -> DividedRows:
    rows = rows_of(FORMULAS[: len(years)], kept=kept)
    table = {
        "material": np.arange(len(years)),
        "reason": pa.nulls(len(years), pa.string()),
        KEPT_PREFIX + "year": years,
    }
    pq.write_table(pa.table(table), folder / "rows.parquet")
    return DividedRows(rows.rows, rows.kept, Known(rows_file=folder / "rows.parquet"))


def test_nothing_is_learned_from_the_future(tmp_path: Path) -> None:
    years = ["2001", "2003", "2003", "1999", "2010", "2003", "2004", "2007", "2007", "2008", "2001", "1990"]
    made = learn_from_the_past(dated_rows(tmp_path, years, kept=[0]), asked("time", column="year"))
    when = np.array(years, dtype=np.int64)
    for fold in range(3):
        assert when[made.learned(fold)].max() < when[made.tested(fold)].min()
        assert 0 not in made.learned(fold)
        if fold:
            before = {*made.learned(fold - 1).tolist(), *made.tested(fold - 1).tolist()}
            assert set(made.learned(fold).tolist()) == before
    tested = np.concatenate([made.tested(fold) for fold in range(3)])
    assert len(set(tested.tolist())) == len(tested)
    assert when[tested].max() == 2010
    assert made.names[-1].endswith("2010")


def test_cuts_are_scikit_learns_where_no_times_are_equal(tmp_path: Path) -> None:
    from sklearn.model_selection import TimeSeriesSplit

    years = [str(2000 + n) for n in (5, 3, 9, 0, 1, 11, 2, 4, 8, 7, 6, 10)]
    made = learn_from_the_past(dated_rows(tmp_path, years), asked("time", column="year"))
    order = np.argsort(np.array(years))
    for fold, (learned, tested) in enumerate(TimeSeriesSplit(3).split(order)):
        assert made.learned(fold).tolist() == sorted(order[learned])
        assert made.tested(fold).tolist() == sorted(order[tested])


def test_a_material_stands_at_the_last_of_its_dates(tmp_path: Path) -> None:
    rows = dated_rows(tmp_path, ["2001-01-01", "2002-01-01", "2003-01-01", "2004-01-01"])
    table = pq.read_table(tmp_path / "rows.parquet")
    # The first material was measured once more, last of all.
    again = pa.table(
        {"material": [0], "reason": pa.nulls(1, pa.string()), KEPT_PREFIX + "year": ["2004-06-01"]}
    )
    pq.write_table(pa.concat_tables([table, again]), tmp_path / "rows.parquet")
    made = learn_from_the_past(rows, asked("time", 2, column="year"))
    assert 0 in made.tested(1)
    assert 0 not in made.learned(1)


def test_one_class_to_learn_from_is_refused(tmp_path: Path) -> None:
    classes = np.array(["gap", "metal"])
    y = np.array([1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    rows = TrainingRows(np.arange(12).astype(str), FORMULAS, np.arange(12), y, classes)
    division = SimpleNamespace(holdout=0.0, folds=2, splits=("element",))
    with pytest.raises(
        InvalidInput, match=r"the split element leaves fold 0 \(with Fe\) gap only to learn from"
    ):
        divide(rows, division, 1, tmp_path, {"element": SimpleNamespace(elements=("Fe", "S"))})  # type: ignore[dict-item]
