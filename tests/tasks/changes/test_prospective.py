"""An earlier model on rows that came after it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import joblib
import numpy as np
import pytest

from matsluice.infra.workspace.atomic_files import read_json
from matsluice.models.class_sets import ClassSets
from matsluice.models.residual_distribution import ResidualDistribution
from matsluice.models.uncertainty.conformal_intervals import ConformalIntervals
from matsluice.models.uncertainty.learned_from import LearnedFrom
from matsluice.tasks.changes.prospective import ProspectiveCall, mean_interval, predict_new_rows
from matsluice.tasks.predict.material_model import MaterialModel
from matsluice.tasks.train import training_rows
from matsluice.tasks.train.training_rows import TrainingRows


@dataclass
class Plus:
    """A model that adds a number to the first feature."""

    number: float

    def predict(self, X: np.ndarray) -> np.ndarray:
        return X[:, 0] + self.number

    def __getitem__(self, place: int) -> Plus:
        return self  # as a pipeline gives its last step


def call_for(folder: Path, new: np.ndarray) -> ProspectiveCall:
    chance = np.random.default_rng(2)
    X = chance.normal(size=(30, 2))
    material = np.repeat(np.arange(30), 2)
    rows = TrainingRows(np.arange(60).astype(str), np.repeat("NaCl", 60), material, X[material, 0])
    np.save(folder / "matrix.npy", X)
    np.save(folder / "new.npy", new)
    training_rows.save(rows, folder / "rows")
    intervals = ConformalIntervals(ResidualDistribution.of(np.zeros(100), np.linspace(0, 1, 100)))
    learned_from = LearnedFrom.rows(X, X[:, 0], None)
    model = MaterialModel(Plus(0.5), {}, "gap", "eV", learned_from, intervals, confidence=0.9)
    joblib.dump(model, folder / "model.joblib")
    paths = ("model.joblib", "matrix.npy", "rows", "new.npy", "out.json")
    return ProspectiveCall(*(str(folder / name) for name in paths))


def test_only_rows_of_new_materials_are_predicted(tmp_path: Path) -> None:
    found = read_json(Path(predict_new_rows(call_for(tmp_path, np.arange(30) >= 20))))
    assert found["rows"] == 20
    assert (found["metric"], found["error"]) == ("mae", pytest.approx(0.5))
    assert (found["low"], found["high"]) == (pytest.approx(0.5), pytest.approx(0.5))
    assert (found["coverage"], found["asked"]) == (1.0, 0.9)


@dataclass
class Certain:
    """A model that gives one of its classes, told by the sign of the first feature, a fixed probability."""

    share: float
    classes_ = np.array([0, 1])

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        positive = np.where(X[:, 0] > 0, self.share, 1 - self.share)
        return np.column_stack([1 - positive, positive])


def test_classes_are_told_by_name_and_judged_by_log_loss(tmp_path: Path) -> None:
    """Rows of a class that the earlier model has not seen cost what an impossible class costs, and are in no set."""
    call = call_for(tmp_path, np.arange(30) >= 20)
    X, rows = np.load(call.matrix), training_rows.load(Path(call.rows))
    positive = X[rows.material, 0] > 0
    classes = np.array(["alloy", "gap", "metal"])  # the earlier model knows the last two
    y = np.where(positive, 2, 1)
    training_rows.save(replace(rows, y=y, classes=classes), tmp_path / "rows")
    sets = ClassSets.of(np.zeros(50, dtype=np.int64), np.tile([0.7, 0.3], (50, 1)))
    model = MaterialModel(
        Certain(0.8),
        {},
        "gap",
        "",
        LearnedFrom.rows(X, None, None),
        None,
        0.9,
        classes=("gap", "metal"),
        sets=sets,
    )
    joblib.dump(model, call.model)
    found = read_json(Path(predict_new_rows(call)))
    assert (found["rows"], found["metric"], found["coverage"]) == (20, "log_loss", 1.0)
    assert found["error"] == pytest.approx(-np.log(0.8))

    y[rows.material == 25] = 0
    training_rows.save(replace(rows, y=y, classes=classes), tmp_path / "rows")
    again = read_json(Path(predict_new_rows(replace(call, output=str(tmp_path / "again.json")))))
    assert again["coverage"] == pytest.approx(0.9)
    impossible = -np.log(np.finfo(np.float64).eps)
    assert again["error"] == pytest.approx(0.9 * -np.log(0.8) + 0.1 * impossible)


def test_too_few_rows_say_nothing(tmp_path: Path) -> None:
    assert read_json(Path(predict_new_rows(call_for(tmp_path, np.arange(30) >= 28)))) == {"rows": 4}


def test_the_interval_of_the_mean_holds_it_as_often_as_it_says() -> None:
    chance, held = np.random.default_rng(4), 0
    for _ in range(200):
        errors = np.abs(chance.normal(size=60))
        low, high = mean_interval(errors, np.arange(60))
        held += low <= np.sqrt(2 / np.pi) <= high
    assert 0.89 * 200 <= held <= 0.99 * 200


def test_rows_of_one_material_are_no_independent_evidence() -> None:
    errors = np.random.default_rng(5).exponential(size=40)
    single, doubled = (
        mean_interval(errors, np.arange(40)),
        mean_interval(np.repeat(errors, 4), np.repeat(np.arange(40), 4)),
    )
    assert doubled[1] - doubled[0] == pytest.approx(single[1] - single[0], rel=0.15)


def test_many_materials_need_no_resampling() -> None:
    errors = np.random.default_rng(6).exponential(size=6000)
    low, high = mean_interval(errors, np.arange(6000))
    expected = 2 * 1.96 * errors.std() / np.sqrt(6000)
    assert high - low == pytest.approx(expected, rel=1e-3)
