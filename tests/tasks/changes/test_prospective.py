"""An earlier model on rows that came after it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import joblib
import numpy as np
import pytest

from matsluice.infra.workspace.atomic_files import read_json
from matsluice.models.residual_distribution import ResidualDistribution
from matsluice.tasks.changes.prospective import ProspectiveCall, mean_interval, predict_new_rows
from matsluice.tasks.train import training_rows
from matsluice.tasks.train.training_rows import TrainingRows


@dataclass
class Plus:
    """A model that adds a number to the first feature."""

    number: float

    def predict(self, X: np.ndarray) -> np.ndarray:
        return X[:, 0] + self.number


def call_for(folder: Path, new: np.ndarray) -> ProspectiveCall:
    chance = np.random.default_rng(2)
    X = chance.normal(size=(30, 2))
    material = np.repeat(np.arange(30), 2)
    rows = TrainingRows(np.arange(60).astype(str), np.repeat("NaCl", 60), material, X[material, 0])
    np.save(folder / "matrix.npy", X)
    np.save(folder / "new.npy", new)
    training_rows.save(rows, folder / "rows")
    residuals = ResidualDistribution.of(np.zeros(100), np.linspace(0, 1, 100))
    model = SimpleNamespace(pipeline=Plus(0.5), residuals=residuals, confidence=0.9)
    joblib.dump(model, folder / "model.joblib")
    paths = ("model.joblib", "matrix.npy", "rows", "new.npy", "out.json")
    return ProspectiveCall(*(str(folder / name) for name in paths))


def test_only_rows_of_new_materials_are_predicted(tmp_path: Path) -> None:
    found = read_json(Path(predict_new_rows(call_for(tmp_path, np.arange(30) >= 20))))
    assert found["rows"] == 20
    assert found["mae"] == pytest.approx(0.5)
    assert (found["low"], found["high"]) == (pytest.approx(0.5), pytest.approx(0.5))
    assert (found["coverage"], found["asked"]) == (1.0, 0.9)


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
