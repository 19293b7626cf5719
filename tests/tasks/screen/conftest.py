"""Candidates on disk, and a model that is right by rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import joblib
import numpy as np
import pytest
from numpy.typing import NDArray

from matsluice.infra.feature_store import KEY_DTYPE
from matsluice.models.residual_distribution import ResidualDistribution
from matsluice.models.uncertainty.conformal_intervals import ConformalIntervals
from matsluice.models.uncertainty.row_signs import RowSigns
from matsluice.tasks.features.known_blocks import find_block
from matsluice.tasks.features.made_by import MadeBy
from matsluice.tasks.features.plugins import PluginFile
from matsluice.tasks.ingest.examine import ExaminedRows, examine
from matsluice.tasks.ingest.source_batch import SourceBatch
from matsluice.tasks.material import CompositionBatch, material_keys, parse_formulas
from matsluice.tasks.predict.material_model import Glance
from matsluice.tasks.predict.predictions import Predictions
from matsluice.tasks.screen.candidates import write_batches
from matsluice.tasks.screen.objective import Objective
from matsluice.tasks.screen.screen_batch import ScreenCall

CallOf = Callable[[Sequence[str], float, float], ScreenCall]


@dataclass(frozen=True)
class LightestElement:
    """Predicts a tenth of the least atomic number; oxides are outside its domain."""

    intervals: ConformalIntervals
    blocks: Mapping[str, int] = field(default_factory=lambda: {"composition.fractions": 1})
    plugins: tuple[PluginFile, ...] = ()
    classes: tuple[str, ...] = ()

    def check_versions(self) -> None:
        """Nothing can be wrong."""

    @property
    def learned_from(self) -> LightestElement:
        return self

    def nearest(self, X: NDArray[np.float64]) -> tuple[list[str], list[float]]:
        """One known material, lithium hydride, of value 4.9."""
        return ["LiH"] * len(X), [4.9] * len(X)

    def glance(self, X: NDArray[np.float64], materials: CompositionBatch | None, place: int) -> Glance:
        assert place == -1
        said = self.predict_features(X, materials)
        return Glance(said.value, said.value, said.in_domain)

    def predict_features(
        self,
        X: NDArray[np.float64],
        materials: CompositionBatch | None,
        said: NDArray[np.float64] | None = None,
    ) -> Predictions:
        assert materials is None or len(materials) == len(X)
        present = X > 0 if len(X) else np.zeros((0, 118), dtype=bool)
        lightest = (present.argmax(axis=1) + 1) / 10.0
        assert said is None or (said == lightest).all()
        signs = RowSigns.nothing_known(lightest)
        signs = replace(signs, in_domain=~present[:, 7], distance=lightest)
        domain = np.where(signs.in_domain, "inside", "an oxide").astype(object)
        return Predictions(signs, domain, lightest - 0.5, lightest + 0.5)

    def signs(
        self, X: NDArray[np.float64], materials: CompositionBatch | None, said: NDArray[np.float64]
    ) -> RowSigns:
        return self.predict_features(X, materials, said).signs

    def why(self, X: NDArray[np.float64], place: int) -> list[str]:
        assert place == -1
        return [f"lightest {row}" for row in (X > 0).argmax(axis=1) + 1]

    def probability_between(self, signs: RowSigns, low: float, high: float) -> NDArray[np.float64]:
        return self.intervals.probability_between(signs, low, high)


@pytest.fixture
def model_file(tmp_path: Path) -> Path:
    residuals = ResidualDistribution.of(np.array([-0.15, -0.05, 0.0, 0.05, 0.15]), np.zeros(5))
    joblib.dump(LightestElement(ConformalIntervals(residuals)), tmp_path / "model.joblib")
    return tmp_path / "model.joblib"


@pytest.fixture
def write_candidates(tmp_path: Path) -> Callable[..., list[Path]]:
    """A function: write lists of formulas as batches of candidates."""

    def write(*batches: Sequence[str]) -> list[Path]:
        return list(write_batches(map(examined, batches), tmp_path / "candidates", columns=118))

    return write


@pytest.fixture
def first_call(write_candidates: Callable[..., list[Path]], model_file: Path, tmp_path: Path) -> CallOf:
    """A function: the call that screens a batch of formulas for gaps in a window; NaCl and GaAs are known."""

    def make(formulas: Sequence[str], low: float, high: float) -> ScreenCall:
        (candidates,) = write_candidates(formulas)
        known = np.array(sorted(material_keys(parse_formulas(["NaCl", "GaAs"]).batch)), dtype=KEY_DTYPE)
        np.save(tmp_path / "known.npy", known)
        return ScreenCall(
            candidates=str(candidates),
            model=str(model_file),
            known_keys=str(tmp_path / "known.npy"),
            key="key",
            objective=Objective(low, high),
            excluded=(),
            top=10,
            bins=(0.0, 1.0, 2.0),
            made_by={"composition.fractions": MadeBy.here(find_block("composition.fractions"))},
        )

    return make


def examined(formulas: Sequence[str]) -> ExaminedRows:
    places = [f"c.csv:{i + 2}" for i in range(len(formulas))]
    return examine(SourceBatch([f"c{i}" for i in range(len(formulas))], places, list(formulas)))
