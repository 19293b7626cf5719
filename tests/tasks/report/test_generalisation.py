"""The section that says how far the scores carry."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from matsluice.tasks.report.error_groups import error_by_distance
from matsluice.tasks.report.generalisation import generalisation
from matsluice.tasks.report.learning_words import learning_sentences
from matsluice.tasks.report.page import render
from matsluice.tasks.report.report_data import ReportData
from matsluice.tasks.report.run_tables import Predictions
from matsluice.tasks.train.learning_curve import CurvePoint, LearningCurve

WriteRun = Callable[..., Path]


def curve(*errors: float, refused: tuple[str, ...] = ()) -> LearningCurve:
    points = tuple(
        CurvePoint(2.0 ** (i + 1 - len(errors)), 100.0 * 2**i, (error - 0.01, error + 0.01, error))
        for i, error in enumerate(errors)
    )
    return LearningCurve("random_forest", "band_gap", "composition", "mae", points, refused)


def test_every_model_under_every_split(write_run: WriteRun) -> None:
    section = generalisation(ReportData.from_run_directory(write_run()))
    assert section is not None
    (table,) = section.tables
    assert [heading.text for heading in table.columns] == ["random", "composition"]
    (forest, of_forest), (dummy, of_dummy) = table.rows
    assert (forest.text, forest.champion, dummy.text) == ("Random forest", True, "Training mean")
    assert [cell.growth for cell in of_forest] == ["", "+43 %"]
    assert [cell.larger for cell in of_dummy] == [False, False]
    assert table.sentence == (
        "Random forest has a mean absolute error of 0.280 eV on rows drawn at random, and 0.400 eV on new compositions "
        "(+43 %)."
    )


def test_more_splits_than_models_stand_below_each_other(write_run: WriteRun) -> None:
    run = write_run()
    told = json.loads((run / "summary.json").read_text())
    score = {"mae": {"mean": 0.6, "std": 0.01, "folds": [0.59, 0.61]}}
    told["models"] += [
        {**row, "split": "cluster", "metrics": score}
        for row in told["models"]
        if row["split"] == "composition"
    ]
    (run / "summary.json").write_text(json.dumps(told))
    data = ReportData.from_run_directory(run)
    section = generalisation(data)
    assert section is not None
    (table,) = section.tables
    assert [heading.text for heading in table.columns] == ["Random forest", "Training mean"]
    assert [heading.text for heading, _ in table.rows] == ["random", "composition", "cluster"]
    assert table.sentence.endswith("It is largest with 0.600 eV on new kinds of material (+114 %).")
    assert '<th scope="row">cluster</th>' in render(data)


def test_the_lead_over_other_models_is_paired(write_run: WriteRun) -> None:
    section = generalisation(ReportData.from_run_directory(write_run()))
    assert section is not None
    (rival,) = section.rivals
    assert (rival.model, rival.verdict, rival.difference) == ("Training mean", "champion better", "+0.70")
    assert section.lead == (
        "Random forest leads beyond noise: its advantage over every other model is more than its folds scatter."
    )


def test_the_page_has_the_curve(write_run: WriteRun) -> None:
    run = write_run()
    before = render(ReportData.from_run_directory(run))
    assert "Does more data help" not in before
    curve(0.8, 0.6, 0.5).write(run)
    page = render(ReportData.from_run_directory(run))
    assert "Does more data help" in page
    assert "from 200 to 400 rows" in page.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("learned", "said"),
    [
        (curve(0.8, 0.6, 0.5), "More data helps: from 200 to 400 rows"),
        (curve(0.8, 0.6, 0.6), "More data of the same kind is not seen to help"),
        (curve(0.5, 0.5, 0.9), "More data made it worse"),
        (curve(0.5, refused=("from 0.125 of the rows: too few",)), "From 0.125 of the rows: too few."),
    ],
)
def test_what_a_curve_says(learned: LearningCurve, said: str) -> None:
    assert next(learning_sentences(learned, "eV")).startswith(said)


def test_a_fold_without_an_error_is_not_judged() -> None:
    points = (*curve(0.8, 0.6).points, CurvePoint(1.0, 400.0, (None, 0.5, 0.5)))
    assert list(learning_sentences(replace(curve(0.8), points=points), "eV")) == []


def test_error_by_distance_has_parts_of_equal_size() -> None:
    rng = np.random.default_rng(0)
    distance = np.concatenate([np.zeros(30), rng.uniform(1.0, 6.0, 100)])
    predictions = Predictions(
        ids=[str(i) for i in range(130)],
        formulas=[],
        y_true=np.zeros(130),
        y_pred=distance,
        lower=np.zeros(130),
        upper=np.zeros(130),
        in_domain=None,
        distance=distance,
    )
    found = error_by_distance(predictions)
    assert found.groups[0] == "0"
    assert found.counts == (30, 20, 20, 20, 20, 20)
    assert list(found.errors) == sorted(found.errors)
    assert not error_by_distance(replace(predictions, distance=np.full(130, np.nan)))
    assert error_by_distance(replace(predictions, distance=np.full(130, 2.0))).counts == (130,)
