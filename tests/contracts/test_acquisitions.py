"""What every acquisition rule promises: a number for each candidate, its own, that depends on nothing else."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from matsluice.models.model_spec import TASKS
from matsluice.models.residual_distribution import ResidualDistribution
from matsluice.models.uncertainty.conformal_intervals import ConformalIntervals
from matsluice.models.uncertainty.difficulty import Difficulty
from matsluice.models.uncertainty.row_signs import RowSigns
from matsluice.tasks.screen.acquisition import ACQUISITIONS, AcquisitionSpec, Foreseen
from matsluice.tasks.screen.aims import Aim
from matsluice.tasks.screen.objective import Objective

OBJECTIVES = [
    Objective(-0.5, 0.75),
    Objective(low=0.5),
    Objective(high=-0.5),
    Objective(direction=1),
    Objective(direction=-1),
]

pytestmark = pytest.mark.parametrize("spec", ACQUISITIONS.values(), ids=lambda spec: spec.name)


def foreseen(n: int = 40) -> Foreseen:
    chance = np.random.default_rng(8)
    prediction, spread = chance.normal(size=n), chance.uniform(0.1, 2.0, size=n)
    signs = replace(RowSigns.nothing_known(prediction), spread=spread)
    intervals = ConformalIntervals(
        ResidualDistribution(np.sort(chance.normal(size=60))),
        difficulty=Difficulty.of(signs, np.abs(chance.normal(size=n)) * spread),
    )
    return Foreseen(prediction, chance.uniform(size=n), signs, intervals)


def taken(seen: Foreseen, rows: np.ndarray) -> Foreseen:
    return replace(
        seen,
        prediction=seen.prediction[rows],
        probability=seen.probability[rows],
        signs=seen.signs.take(rows),
    )


def test_specification(spec: AcquisitionSpec) -> None:
    assert re.fullmatch(r"[a-z][a-z_]*", spec.name)
    assert ACQUISITIONS[spec.name] is spec
    assert spec.summary
    assert spec.source
    assert spec.needs in {"nothing", "prediction", "errors"}
    assert set(spec.tasks) <= set(TASKS)
    assert spec.tasks
    assert spec.make().__name__ == spec.name


@pytest.mark.parametrize("objective", OBJECTIVES, ids=lambda one: one.text("y", ""))
def test_a_number_for_each(spec: AcquisitionSpec, objective: Objective) -> None:
    seen = foreseen()
    merit = spec.make()(seen, Aim("y", objective, best=0.25), np.random.default_rng(1))
    assert merit.shape == (len(seen),)
    assert np.isfinite(merit).all()


@pytest.mark.parametrize("objective", OBJECTIVES, ids=lambda one: one.text("y", ""))
def test_it_is_the_candidates_own(spec: AcquisitionSpec, objective: Objective) -> None:
    seen, aim = foreseen(), Aim("y", objective, best=0.25)
    if spec.needs == "nothing":
        pytest.skip("it is drawn")
    rule, chance = spec.make(), np.random.default_rng(1)
    rows = np.random.default_rng(2).permutation(len(seen))[:7]
    assert rule(taken(seen, rows), aim, chance).tolist() == rule(seen, aim, chance)[rows].tolist()


def test_a_class_has_no_more_than_its_probability(spec: AcquisitionSpec) -> None:
    if "classification" not in spec.tasks:
        assert spec.needs == "errors"
        return
    probability = np.array([0.1, 0.9, 0.4])
    aim = Aim("y", Objective(direction=1, wanted_class="a", place=0))
    merit = spec.make()(
        Foreseen(probability, probability, RowSigns.nothing_known(probability)), aim, np.random.default_rng(1)
    )
    assert merit.shape == (3,)
    if spec.needs != "nothing":
        assert np.argsort(-merit).tolist() == [1, 2, 0]
