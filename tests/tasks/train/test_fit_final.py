"""The champion: tested once, then fitted for good."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest

from matsluice.models.catalogue import make_model
from matsluice.models.uncertainty.difficulty import Difficulty, like_share
from matsluice.models.uncertainty.row_signs import RowSigns
from matsluice.tasks.evaluate.intervals import PLAIN
from matsluice.tasks.evaluate.metrics import METRICS
from matsluice.tasks.split.folds import HOLDOUT, load_folds
from matsluice.tasks.train.fit_final import FinalCall, fit_final, holdout_record, predict_holdout
from matsluice.tasks.train.fit_fold import fit_fold
from matsluice.tasks.train.model_artifacts import champion_predictions

Problem = Any  # conftest.py has it

PARAMETERS: dict[str, Any] = {"n_estimators": 20}


@pytest.fixture
def call(problem: Problem, tmp_path: Path) -> FinalCall:
    contest = problem.contest("random_forest", **PARAMETERS)
    outputs = [fit_fold(call) for call in contest.fold_calls(problem.work, 7)]
    champion_predictions(outputs, contest.rows(problem.work), tmp_path / "predictions.npz")
    return FinalCall(
        matrix=str(problem.work / "matrix.npy"),
        rows=str(contest.rows(problem.work)),
        folds=str(contest.fold_file(problem.work)),
        kind="random_forest",
        seed=11,
        output=str(tmp_path / "output"),
        parameters=PARAMETERS,
        predictions=str(tmp_path / "predictions.npz"),
        blocks={"composition.elemental": 1},
        target="gap",
        unit="eV",
        confidence=0.8,
    )


def test_the_holdout_is_predicted_by_a_model_that_has_not_seen_it(problem: Problem, call: FinalCall) -> None:
    fold = load_folds(call.folds).partition()
    train, test = np.flatnonzero(fold != HOLDOUT), np.flatnonzero(fold == HOLDOUT)
    by_hand = make_model("random_forest", PARAMETERS, 11)
    by_hand.fit(problem.X[problem.rows.material[train]], problem.rows.y[train])
    with np.load(predict_holdout(call)) as file:
        assert (file["row"] == test).all()
        assert (file["y_true"] == problem.rows.y[test]).all()
        assert (file["y_pred"] == by_hand.predict(problem.X[problem.rows.material[test]])).all()


def test_what_is_told_of_the_holdout(call: FinalCall) -> None:
    path = Path(predict_holdout(call))
    record = holdout_record(path, Path(call.predictions), 0.8, PLAIN)
    with np.load(path) as test, np.load(call.predictions) as seen:
        errors = np.sort(np.abs(seen["y_true"] - seen["prediction"]))
        half_width = errors[int(np.ceil((len(errors) + 1) * 0.8)) - 1]
        off = np.abs(test["y_true"] - test["y_pred"])
        assert record["coverage"] == np.mean(off <= half_width)
        assert record["median_width"] == pytest.approx(2 * half_width)
        for asked, share in record["coverage_at"].items():
            rank = int(np.ceil((len(errors) + 1) * float(asked)))
            assert share == np.mean(off <= errors[rank - 1])
        assert record["rows"] == len(test["row"])
        for name, metric in METRICS.items():
            assert record["metrics"][name] == metric.compute(test["y_true"], test["y_pred"])


def test_the_model_for_use_has_learned_from_every_row(problem: Problem, call: FinalCall) -> None:
    """Its intervals come from errors over the error expected of each row by the other folds."""
    model = joblib.load(fit_final(call))
    X = problem.X[problem.rows.material]
    by_hand = make_model("random_forest", PARAMETERS, 11).fit(X, problem.rows.y)
    assert (model.pipeline.predict(problem.X) == by_hand.predict(problem.X)).all()
    assert model.domain.contains(X).all()
    with np.load(call.predictions) as seen:
        signs, off = RowSigns.of(seen), seen["y_true"] - seen["prediction"]
        scores = []
        for number in range(3):
            mine = seen["fold"] == number
            others = Difficulty.of(signs.take(~mine), np.abs(off[~mine]), like_share(len(off)))
            scores.append(off[mine] / others.expected(signs.take(mine)))
        assert (model.intervals.pooled.residuals == np.sort(np.concatenate(scores))).all()
    assert (model.target, model.unit, model.confidence) == ("gap", "eV", 0.8)
    assert model.blocks == {"composition.elemental": 1}


def test_it_is_the_same_whenever_it_is_fitted(problem: Problem, call: FinalCall) -> None:
    first = joblib.load(fit_final(call))
    Path(call.output).unlink()
    second = joblib.load(fit_final(call))
    assert first.pipeline.predict(problem.X).tobytes() == second.pipeline.predict(problem.X).tobytes()
    assert first.domain.rows.tobytes() == second.domain.rows.tobytes()


@pytest.mark.parametrize("work", [predict_holdout, fit_final])
def test_a_file_that_is_there_is_left_as_it_is(call: FinalCall, work: object) -> None:
    Path(call.output).write_bytes(b"by an earlier call")
    assert work(call) == call.output  # type: ignore[operator]
    assert Path(call.output).read_bytes() == b"by an earlier call"
