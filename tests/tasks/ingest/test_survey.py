"""Whether there is enough to learn from, before anything is written."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.ingest.examine import ExaminedRows, examine
from matsluice.tasks.ingest.source_batch import SourceBatch
from matsluice.tasks.ingest.survey import survey

RowsOf = Callable[..., ExaminedRows]


def test_counts_over_batches(rows_of: RowsOf) -> None:
    batches = [
        rows_of(("NaCl", "8.5"), ("ClNa", "8.4"), ("Xx", "1")),
        rows_of(("GaAs", "1.4"), ("NaCl", ""), ("Yy", "1"), first=3),
    ]
    seen = survey(batches)
    assert seen.rows == 6
    assert seen.materials == 2
    assert seen.refused == {"unknown element": 2, "missing target": 1}
    assert seen.labelled == {"gap": 3}


def test_two_rows_of_one_id_are_named_with_their_places(rows_of: RowsOf) -> None:
    first, second = rows_of(("NaCl", "1"), ids=["mp-1"]), rows_of(("GaAs", "2"), first=7, ids=["mp-1"])
    with pytest.raises(
        InvalidInput, match=r'the id "mp-1" stands at t\.csv:2 and at t\.csv:9: ids must differ'
    ):
        survey([first, second])


@pytest.mark.parametrize("again", range(6))
def test_an_id_is_met_again_however_far_back_it_stands(rows_of: RowsOf, again: int) -> None:
    batches = [
        rows_of(("NaCl", "1"), ("GaAs", "2"), first=2 * i, ids=[f"é{2 * i}", f"é{2 * i + 1}"])
        for i in range(3)
    ]
    twice = rows_of(("Si", "1"), ("Si", "2"), first=6, ids=["new", f"é{again}"])
    with pytest.raises(
        InvalidInput, match=rf'the id "é{again}" stands at t\.csv:{again + 2} and at t\.csv:9: '
    ):
        survey([*batches, twice])
    within = rows_of(("Si", "1"), ("Si", "2"), first=6, ids=["new", "new"])
    with pytest.raises(InvalidInput, match=r'the id "new" stands at t\.csv:8 and at t\.csv:9: '):
        survey([*batches[:again], within])


def test_enough_is_enough(rows_of: RowsOf) -> None:
    survey([rows_of(("NaCl", "8.5"), ("GaAs", "1.4"), ("Si", "1.1"))]).check_learnable(["gap"], folds=2)


@pytest.mark.parametrize(
    ("pairs", "sentence"),
    [
        ([("NaCl", ""), ("GaAs", "x")], r"target gap: no usable row \(2 rows read, refused: "),
        ([("Xx", "1"), ("Yy", "2")], r"no usable row \(2 rows read, refused: 2 × unknown element\)"),
        (
            [("NaCl", "1"), ("GaAs", "2")],
            r"2 usable rows of 2 materials are too few for validation\.folds = 2",
        ),
        (
            [("NaCl", "1"), ("NaCl", "2"), ("NaCl", "3"), ("GaAs", "2")],
            r"4 usable rows of 2 materials are too few",
        ),
        (
            [("NaCl", "2"), ("GaAs", "2"), ("Si", "2.0")],
            r"target gap is 2 in all rows: there is nothing to learn",
        ),
    ],
)
def test_too_little_to_learn_from(rows_of: RowsOf, pairs: list[tuple[str, str]], sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        survey([rows_of(*pairs)]).check_learnable(["gap"], folds=2)


def test_values_of_refused_rows_do_not_make_a_target_vary(rows_of: RowsOf) -> None:
    seen = survey([rows_of(("NaCl", "2"), ("GaAs", "2"), ("Si", "2"), ("Xx", "9"))])
    with pytest.raises(InvalidInput, match="is 2 in all rows"):
        seen.check_learnable(["gap"], folds=2)


def test_materials_without_a_value_of_the_target_do_not_count(rows_of: RowsOf) -> None:
    """Four materials, but only one of them has a gap: no two folds can be made of it."""
    formulas = ["NaCl", "NaCl", "NaCl", "GaAs", "Si", "ZnO"]
    gaps = ["8.5", "8.4", "8.3", "", "", ""]
    labels = {"gap": gaps, "bulk": ["1", "2", "3", "4", "5", "6"]}
    numbers = [str(i) for i in range(6)]
    seen = survey([examine(SourceBatch(numbers, numbers, formulas, labels), ["gap", "bulk"])])
    with pytest.raises(InvalidInput, match=r"target gap: .*too few"):
        seen.check_learnable(["gap", "bulk"], folds=2)
