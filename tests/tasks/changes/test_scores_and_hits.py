"""Scores against the folds' spread, and lists of hits side by side."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from matsluice.tasks.changes.hits import hit_changes
from matsluice.tasks.changes.scores import score_changes
from matsluice.tasks.compare.contest_pairs import Side
from matsluice.tasks.compare.paired import over_nothing
from matsluice.tasks.compare.run_comparison import score_sentences


def side(
    folder: Path, errors: np.ndarray, fold: np.ndarray, ids: list[str], reused: int = 0, metric: str = "mae"
) -> Side:
    """Return a cross-validation of a model "ridge" whose rows have these absolute errors; its file is in the folder."""
    folder.mkdir()
    pd.DataFrame(
        {
            "id": ids,
            "formula": ids,
            "target": "gap",
            "model": "ridge",
            "split": "random",
            "fold": fold,
            "y_true": 1.0,
            "y_pred": 1.0 + errors,
        }
    ).to_parquet(folder / "cv_predictions.parquet")
    folds = [float(errors[fold == number].mean()) for number in np.unique(fold)]
    scores = {metric: {"mean": float(np.mean(folds)), "std": 0.0, "folds": folds}}
    entry = {"model": "ridge", "target": "gap", "split": "random", "metrics": scores, "reused_folds": reused}
    return Side(folder, entry)


IDS = [f"Fe{i + 1}O" for i in range(100)]
FOLD = np.arange(100) % 5
# Folds differ far more among themselves than the two runs do.
ERRORS = 0.5 + 0.4 * FOLD + 0.1 * np.random.default_rng(5).uniform(size=100)


def test_a_small_gain_in_every_fold_is_seen_where_runs_can_be_paired(tmp_path: Path) -> None:
    before = side(tmp_path / "before", ERRORS, FOLD, IDS)
    now = side(tmp_path / "now", 0.97 * ERRORS, FOLD, IDS)
    (found,) = score_changes([before], [now])
    assert found.difference is not None
    assert (found.verdict, found.difference.by, found.difference.count) == ("better", "folds", 5)
    assert found.difference.mean == pytest.approx(-0.03 * ERRORS.mean())
    assert [one.verdict for one in score_changes([now], [before])] == ["worse"]
    # Unpaired, the same numbers say nothing.
    apart = over_nothing(now.scores["folds"], before.scores["folds"])
    assert apart is not None
    assert apart.p is not None
    assert apart.p > 0.5
    first, second = score_sentences([found], {"gap": "eV"})
    assert first.startswith("Ridge is better on the random split: its mean absolute error of gap is 0.0")
    assert "eV lower" in first
    assert second == "Both runs have the same rows in the same folds, and errors are paired fold by fold."


def test_where_materials_came_errors_are_paired_over_those_of_both(tmp_path: Path) -> None:
    before = side(tmp_path / "before", ERRORS[:80], FOLD[:80], IDS[:80])
    now = side(tmp_path / "now", 0.9 * ERRORS, (np.arange(100) * 7) % 5, IDS)
    (found,) = score_changes([before], [now])
    assert found.difference is not None
    assert (found.verdict, found.difference.by, found.difference.count) == ("better", "materials", 80)
    assert found.difference.mean == pytest.approx(-0.1 * ERRORS[:80].mean())
    assert "paired over the materials" in list(score_sentences([found], {}))[-1]


def test_where_no_rows_are_common_it_is_said(tmp_path: Path) -> None:
    before = side(tmp_path / "before", ERRORS, FOLD, IDS)
    now = side(tmp_path / "now", ERRORS, FOLD, [f"Cu{i + 1}O" for i in range(100)])
    (found,) = score_changes([before], [now])
    assert found.difference is not None
    assert (found.verdict, found.difference.by) == ("no difference beyond noise", "nothing")
    assert "too few rows in common to be paired" in list(score_sentences([found], {}))[-1]


def test_what_is_taken_over_is_not_compared(tmp_path: Path) -> None:
    before = side(tmp_path / "before", ERRORS, FOLD, IDS)
    now = side(tmp_path / "now", ERRORS, FOLD, IDS, reused=5)
    for one in (before, now):
        (one.folder / "cv_predictions.parquet").unlink()
    (found,) = score_changes([before], [now])
    assert (found.verdict, found.difference, found.now) == ("taken over", None, found.before)


def test_what_cannot_be_compared_is_left_out(tmp_path: Path) -> None:
    before = side(tmp_path / "before", ERRORS, FOLD, IDS)
    # A column of numbers that has become one of classes has no earlier score.
    assert score_changes([side(tmp_path / "classes", ERRORS, FOLD, IDS, metric="log_loss")], [before]) == ()
    undefined = {"mae": {"mean": None, "std": None, "folds": [None] * 5}}
    assert score_changes([Side(before.folder, {**before.entry, "metrics": undefined})], [before]) == ()


def test_a_chance_difference_is_rarely_called_one() -> None:
    random = np.random.default_rng(3)
    called = 0
    for _ in range(400):
        # Half of a fold's deviation is common to the folds of a run, as they share training rows.
        before, now = (random.normal(0.5, 0.05, 5) + random.normal(0, 0.025) for _ in range(2))
        found = over_nothing(list(now), list(before))
        assert found is not None
        assert found.p is not None
        called += found.p < 0.05
    assert called < 0.08 * 400


def hits(*formulas: str, ids: list[str] | None = None) -> pa.Table:
    return pa.table(
        {
            "rank": pa.array(range(1, len(formulas) + 1), pa.int64()),
            "id": ids or list(formulas),
            "formula": list(formulas),
            "prediction": pa.array(np.linspace(1, 2, len(formulas)), pa.float64()),
        }
    )


def test_hits_that_came_went_and_moved() -> None:
    found = hit_changes(hits("A", "B", "C", "D"), hits("E", "B", "A", "C"))
    assert [hit.formula for hit in found.new] == ["E"]
    assert [(hit.formula, hit.rank_before, hit.rank_now) for hit in found.lost] == [("D", 4, None)]
    assert [(hit.formula, hit.rank_before, hit.rank_now) for hit in found.moved] == [("A", 1, 3), ("C", 3, 4)]
    assert (found.kept, found.moved_count) == (3, 2)
    assert found.rank_correlation == pytest.approx(0.5)


def test_other_ids_of_the_same_formulas_are_the_same_hits() -> None:
    found = hit_changes(hits("A", "B", ids=["1", "2"]), hits("A", "B", ids=["7", "8"]))
    assert (found.new_count, found.lost_count, found.kept, found.rank_correlation) == (0, 0, 2, None)


def test_hits_of_a_class_show_its_probability() -> None:
    def metals(*formulas: str) -> pa.Table:
        table = hits(*formulas).drop_columns(["prediction"])
        shares = np.linspace(0.9, 0.6, len(formulas))
        return table.append_column(
            "prediction", pa.array(["metal"] * len(formulas), pa.string())
        ).append_column("probability", pa.array(shares, pa.float64()))

    found = hit_changes(metals("A", "B"), metals("C", "A"))
    assert found.shows == "probability"
    assert [(hit.formula, hit.prediction_now) for hit in found.new] == [("C", 0.9)]
    assert [(hit.formula, hit.prediction_before) for hit in found.lost] == [("B", 0.6)]


def test_polymorphs_are_told_by_their_ids() -> None:
    found = hit_changes(
        hits("C", "C", ids=["diamond", "graphite"]), hits("C", "C", ids=["graphite", "lonsdaleite"])
    )
    assert [hit.id for hit in found.new] == ["lonsdaleite"]
    assert [hit.id for hit in found.lost] == ["diamond"]


def test_no_hits_at_all() -> None:
    found = hit_changes(hits(), hits())
    assert (found.before, found.now, found.kept, found.new) == (0, 0, 0, ())
