"""Every group that intervals may be made for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from matsluice.models.model_spec import TASKS
from matsluice.models.uncertainty.interval_settings import IntervalSettings
from matsluice.models.uncertainty.row_groups import GROUPS, prediction_edges
from matsluice.models.uncertainty.row_signs import RowSigns
from matsluice.tasks.evaluate.intervals import cross_conformal_intervals, cross_conformal_sets


def drawn(n: int) -> tuple[RowSigns, np.ndarray]:
    chance = np.random.default_rng(6)
    signs = replace(
        RowSigns.nothing_known(chance.normal(size=n)),
        elements=chance.integers(0, 9, n),
        in_domain=chance.uniform(size=n) < 0.5,
    )
    return signs, signs.prediction + chance.normal(size=n)


@pytest.mark.parametrize("name", GROUPS)
def test_it_says_what_it_is(name: str) -> None:
    spec = GROUPS[name]
    assert spec.name == name
    assert spec.summary
    assert set(spec.tasks) <= set(TASKS)
    assert spec.tasks


@pytest.mark.parametrize("name", GROUPS)
def test_a_rows_group_is_its_own(name: str) -> None:
    signs, _ = drawn(200)
    edges = prediction_edges(signs.prediction)
    together = GROUPS[name].group_of(signs, edges)
    alone = [int(GROUPS[name].group_of(signs.take(np.array([row])), edges)[0]) for row in range(200)]
    assert together.tolist() == alone
    assert together.dtype == np.int64


@pytest.mark.parametrize("name", GROUPS)
def test_intervals_or_sets_can_be_made_for_it(name: str) -> None:
    signs, y = drawn(300)
    fold = np.arange(300) % 5
    if "regression" in GROUPS[name].tasks:
        made = cross_conformal_intervals(y, signs, fold, 0.9, IntervalSettings(per=name))
        assert np.mean(made.level < 0.9) == pytest.approx(0.9, abs=0.06)
    if "classification" in GROUPS[name].tasks:
        probability = np.stack([1 / (1 + np.exp(y)), 1 / (1 + np.exp(-y))], axis=1)
        is_it = (np.random.default_rng(1).uniform(size=300) < probability[:, 1]).astype(np.int64)
        _, level = cross_conformal_sets(is_it, probability, fold, 0.9, signs=signs, per=name)
        assert np.mean(level < 0.9) == pytest.approx(0.9, abs=0.06)
