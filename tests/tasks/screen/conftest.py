"""Candidates on disk, and a model that is right by rule."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import joblib
import numpy as np
import pytest

from matsluice.models.residual_distribution import ResidualDistribution
from matsluice.tasks.ingest.examine import ExaminedRows, examine
from matsluice.tasks.ingest.source_batch import SourceBatch
from matsluice.tasks.material.materials import Materials
from matsluice.tasks.predict.material_model import Predictions
from matsluice.tasks.screen.candidates import write_batches


@dataclass(frozen=True)
class LightestElement:
    """Predicts a tenth of the least atomic number; oxides are outside its domain."""

    residuals: ResidualDistribution

    def predict_batch(self, materials: Materials | None) -> Predictions:
        batch = None if materials is None else materials.compositions
        if batch is None:
            none = np.empty(0)
            return Predictions(none, none, none, none, np.empty(0, dtype=bool), none)
        lightest = batch.atomic_numbers[batch.offsets[:-1]] / 10.0
        with_oxygen = np.logical_or.reduceat(batch.atomic_numbers == 8, batch.offsets[:-1])
        spread = np.full(len(batch), np.nan)
        return Predictions(lightest, lightest - 0.5, lightest + 0.5, spread, ~with_oxygen, lightest)


@pytest.fixture
def model_file(tmp_path: Path) -> Path:
    residuals = ResidualDistribution.of(np.array([-0.15, -0.05, 0.0, 0.05, 0.15]), np.zeros(5))
    joblib.dump(LightestElement(residuals), tmp_path / "model.joblib")
    return tmp_path / "model.joblib"


@pytest.fixture
def write_candidates(tmp_path: Path) -> Callable[..., list[Path]]:
    """A function: write lists of formulas as batches of candidates."""

    def write(*batches: Sequence[str]) -> list[Path]:
        return list(write_batches(map(examined, batches), tmp_path / "candidates"))

    return write


def examined(formulas: Sequence[str]) -> ExaminedRows:
    places = [f"c.csv:{i + 2}" for i in range(len(formulas))]
    return examine(SourceBatch([f"c{i}" for i in range(len(formulas))], places, list(formulas)))
