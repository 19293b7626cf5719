"""Scores against the folds' spread, and lists of hits side by side."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from matsluice.tasks.changes.hits import hit_changes
from matsluice.tasks.changes.scores import difference_error, score_changes


def entry(model: str, folds: list[float | None], reused: int = 0, split: str = "random") -> dict[str, Any]:
    values = [value for value in folds if value is not None]
    mean = float(np.mean(values)) if values else None
    return {
        "model": model,
        "target": "gap",
        "split": split,
        "metrics": {"mae": {"mean": mean, "std": 0.0, "folds": folds}},
        "reused_folds": reused,
    }


def test_error_of_a_difference_is_that_of_correlated_folds() -> None:
    folds = [0.4, 0.45, 0.5, 0.42, 0.48]
    variance = np.var(folds, ddof=1) * (1 / 5 + 1 / 4)
    assert difference_error(folds, folds) == pytest.approx(np.sqrt(2 * variance))
    assert difference_error([0.4], folds) is None


def test_a_chance_difference_is_rarely_called_one() -> None:
    random = np.random.default_rng(3)
    called = 0
    for _ in range(400):
        # Half of a fold's deviation is common to the folds of a run, as they share training rows.
        before, now = (random.normal(0.5, 0.05, 5) + random.normal(0, 0.025) for _ in range(2))
        (one,) = score_changes([entry("ridge", list(before))], [entry("ridge", list(now))])
        called += one.verdict != "within the spread of folds"
    assert called < 0.12 * 400


def test_verdicts() -> None:
    before = [entry("ridge", [0.5, 0.51, 0.49]), entry("svm", [0.5, 0.6]), entry("old", [0.1, 0.1])]
    now = [
        entry("ridge", [0.8, 0.81, 0.79]),
        entry("svm", [0.5, 0.6], reused=2),
        entry("new", [0.3, 0.3]),
        entry("svm", [0.5, 0.6], split="composition"),
    ]
    found = score_changes(before, now)
    assert [(one.model, one.split, one.verdict) for one in found] == [
        ("ridge", "random", "worse"),
        ("svm", "random", "taken over"),
    ]
    assert found[0].difference == pytest.approx(0.3)
    assert [one.verdict for one in score_changes(now, before) if one.model == "ridge"] == ["better"]


def test_classes_are_compared_by_log_loss() -> None:
    before, now = entry("svm", [0.5, 0.51, 0.49]), entry("svm", [0.2, 0.21, 0.19])
    for one in (before, now):
        one["metrics"] = {"accuracy": {"mean": 0.9, "folds": [0.9] * 3}, "log_loss": one["metrics"]["mae"]}
    (found,) = score_changes([before], [now])
    assert (found.metric, found.verdict) == ("log_loss", "better")
    assert found.now == pytest.approx(0.2)
    # A column of numbers that has become one of classes has no earlier score.
    assert score_changes([entry("svm", [0.5, 0.5])], [now]) == ()


def test_a_score_that_is_not_defined_is_left_out() -> None:
    assert score_changes([entry("ridge", [None, None])], [entry("ridge", [0.3, 0.4])]) == ()


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
