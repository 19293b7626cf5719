"""What moved since the last run, on the page and in sentences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.changes.record import (
    FeatureDrift,
    HitChanges,
    InputDrift,
    MovedHit,
    Prospective,
    Relabelled,
    RowChanges,
    RunChanges,
)
from matsluice.tasks.compare.contest_pairs import ScoreComparison
from matsluice.tasks.compare.paired import Difference
from matsluice.tasks.report import write_report
from matsluice.tasks.report.changes_data import change_sentences, read_changes

UNMOVED = RunChanges(
    since="20261127T010003-112",
    since_started="2026-11-27T01:00:03+00:00",
    rows=RowChanges(9, 9, 8, 8, 0, 0, 0),
    hits=HitChanges(before=5, now=5, kept=5, rank_correlation=1.0),
    scores=(),
    inputs=InputDrift(new_materials=0, earlier_materials=8),
    fits=6,
    fits_reused=6,
    screen_reused=True,
    champion_before="ridge",
    champion_now="ridge",
)
MOVED = replace(
    UNMOVED,
    rows=RowChanges(
        9,
        12,
        8,
        10,
        3,
        1,
        1,
        ("KBr",),
        ("Si",),
        (Relabelled("GaAs", "gap", (1.4, 1.5), (1.42,)),),
        ("K", "Br"),
    ),
    hits=HitChanges(
        before=5,
        now=5,
        kept=4,
        new=(MovedHit(id="<i>", formula="CuGaTe2", rank_now=4, prediction_now=1.36),),
        lost=(MovedHit(id="x", formula="CdTe", rank_before=2, prediction_before=1.5),),
        new_count=1,
        lost_count=1,
        moved_count=2,
    ),
    scores=(
        ScoreComparison(
            model="ridge",
            model_before="ridge",
            target="gap",
            split="random",
            metric="mae",
            before=0.5,
            now=0.7,
            difference=Difference(0.2, 0.1, 0.3, 0.004, "folds", 5),
            p=0.004,
            verdict="worse",
        ),
    ),
    inputs=InputDrift(
        new_materials=30,
        earlier_materials=90,
        tested=40,
        drifted=1,
        features=(
            FeatureDrift(column="block.column", shift=1.2, distance=0.6, adjusted_p=1e-5, drifted=True),
        ),
    ),
    prospective=Prospective("ridge", "gap", 19, 0.88, 0.71, 1.08, 0.63, 0.74, 0.9),
    fits_reused=2,
    champion_now="xgboost",
    target_unit="eV",
    units={"gap": "eV"},
    schedule="gaps",
    due="2026-11-28T02:00:00+01:00",
    missed=("2026-11-27T02:00:00+01:00",),
)


def test_what_is_written_is_what_is_read(tmp_path: Path) -> None:
    assert read_changes(tmp_path) is None
    for each in (UNMOVED, MOVED):
        each.write(tmp_path)
        assert read_changes(tmp_path) == each


def test_a_damaged_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "changes.json").write_text('{"since": 3}')
    with pytest.raises(InvalidInput, match=r"changes.json of this run"):
        read_changes(tmp_path)


def test_nothing_has_moved() -> None:
    first, second = change_sentences(UNMOVED)
    assert first.startswith("Nothing has moved")
    assert second.startswith("Nothing was trained")


def test_what_has_moved_is_said() -> None:
    said = " ".join(change_sentences(MOVED))
    for part in (
        "3 materials came, with elements new to the data: K, Br; 1 went; 1 has another label than before.",
        "2 of 6 fits are taken over",
        "Ridge is worse on the random split: its mean absolute error of gap is 0.20 eV higher (95 %: 0.10 to 0.30",
        "Both runs have the same rows in the same folds, and errors are paired fold by fold.",
        "The champion is now XGBoost; it was Ridge.",
        "1 new hit, 1 lost, 4 kept, of these 2 with another rank.",
        "On 19 rows that came after it",
        "against 0.630 eV in cross-validation",
        "1 of 40 features",
        "1 scheduled time was missed before this run",
    ):
        assert part in said, part


def test_an_error_that_agrees_is_not_held_against_the_model() -> None:
    assert MOVED.prospective is not None
    agreeing = replace(MOVED, prospective=replace(MOVED.prospective, expected=0.9))
    assert "which agrees with 0.900 eV" in " ".join(change_sentences(agreeing))


def test_the_section_stands_on_the_page(write_run: Callable[..., Path]) -> None:
    run = write_run()
    assert 'id="changes"' not in write_report(run).read_text()
    MOVED.write(run)
    page = write_report(run).read_text()
    for part in (
        'href="#changes"',
        "CuGa",
        "block.column",
        "GaAs",
        '<span class="tag warm">worse</span>',
        "Missed: 27 November",
    ):
        assert part in page, part
    assert "<i>" not in page


@pytest.mark.parametrize("parts", [{"hits": None}, {"prospective": None}, {"scores": ()}, {"missed": ()}])
def test_every_part_may_be_missing(write_run: Callable[..., Path], parts: dict[str, Any]) -> None:
    run = write_run()
    replace(MOVED, **parts).write(run)
    assert "Since the last run" in write_report(run).read_text()
