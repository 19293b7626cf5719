"""Whether a row is like those learned from."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matsluice.models import applicability_domain
from matsluice.models.applicability_domain import ApplicabilityDomain

CLOUD = np.random.default_rng(2).normal(size=(300, 6)) * [1, 10, 100, 1e-6, 1, 1] + [0, 5, -7, 0, 1e3, 0]


def brute_force(training: np.ndarray, X: np.ndarray) -> np.ndarray:
    """Return distances to the nearest training row in units of each column's standard deviation."""
    mean, scale = training.mean(axis=0), training.std(axis=0)
    apart = ((X - mean) / scale)[:, None, :] - ((training - mean) / scale)[None, :, :]
    return np.asarray(np.sqrt((apart**2).sum(axis=2)))


def test_distances_are_those_of_plain_arithmetic() -> None:
    new = CLOUD[:50] + np.random.default_rng(3).normal(size=(50, 6)) * CLOUD.std(axis=0)
    domain = ApplicabilityDomain.fit(CLOUD)
    assert domain.distance(new) == pytest.approx(brute_force(CLOUD, new).min(axis=1), rel=1e-4)


def test_the_threshold_is_the_95th_percentile_among_the_training_rows() -> None:
    among = brute_force(CLOUD, CLOUD)
    np.fill_diagonal(among, np.inf)
    assert ApplicabilityDomain.fit(CLOUD).threshold == pytest.approx(
        np.quantile(among.min(axis=1), 0.95), rel=1e-4
    )


def test_training_rows_are_inside_and_far_ones_are_not() -> None:
    domain = ApplicabilityDomain.fit(CLOUD)
    assert domain.contains(CLOUD).all()
    assert not domain.contains(CLOUD + 20 * CLOUD.std(axis=0)).any()


def test_blocks_of_rows_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = ApplicabilityDomain.fit(CLOUD)
    monkeypatch.setattr(applicability_domain, "BLOCK_ROWS", 7)
    parts = ApplicabilityDomain.fit(CLOUD)
    assert parts.threshold == pytest.approx(whole.threshold, rel=1e-6)
    assert parts.distance(CLOUD + 1) == pytest.approx(whole.distance(CLOUD + 1), rel=1e-6)


def test_units_do_not_matter() -> None:
    new = CLOUD[:20] * 1.3
    in_other_units = np.array([1e3, 1e-3, 7.0, 1.0, 1e2, 1e-9])
    plain = ApplicabilityDomain.fit(CLOUD)
    other = ApplicabilityDomain.fit(CLOUD * in_other_units)
    assert (plain.contains(new) == other.contains(new * in_other_units)).all()


@pytest.mark.parametrize("constant", [0.0, 2.5, 1 / 3, 1e6])
def test_another_value_where_none_ever_varied_is_outside(constant: float) -> None:
    """That is how an element that was never seen shows in the composition fractions."""
    training = np.column_stack([CLOUD, np.full(300, constant)])
    domain = ApplicabilityDomain.fit(training)
    assert domain.contains(training).all()
    moved = training.copy()
    moved[:, -1] += 1e-3 * max(constant, 1.0)
    assert not domain.contains(moved).any()


def test_undefined_counts_as_the_mean() -> None:
    with_holes = CLOUD.copy()
    with_holes[::9, 1] = np.nan
    domain = ApplicabilityDomain.fit(with_holes)
    assert domain.contains(with_holes).all()
    asked, meant = CLOUD[:1].copy(), CLOUD[:1].copy()
    asked[0, 1], meant[0, 1] = np.nan, domain.mean[1]
    assert (domain.distance(asked) == domain.distance(meant)).all()


def test_a_column_undefined_everywhere_says_nothing() -> None:
    nowhere = np.column_stack([CLOUD, np.full(300, np.nan)])
    domain = ApplicabilityDomain.fit(nowhere)
    assert domain.contains(nowhere).all()


def test_a_material_measured_many_times_does_not_narrow_the_domain() -> None:
    many_times = np.concatenate([CLOUD, np.repeat(CLOUD[:1], 500, axis=0)])
    assert len(ApplicabilityDomain.fit(many_times).rows) == 300
    assert ApplicabilityDomain.fit(many_times).threshold > 0


def test_a_row_that_lacks_what_all_training_rows_had_is_outside() -> None:
    """Filled with the mean it would look like any other."""
    lacking = CLOUD[:2].copy()
    lacking[0, 3] = np.nan
    assert ApplicabilityDomain.fit(CLOUD).contains(lacking).tolist() == [False, True]
    sometimes = np.concatenate([CLOUD, lacking])
    assert ApplicabilityDomain.fit(sometimes).contains(lacking).all()


@pytest.mark.parametrize("rows", [1, 2])
def test_very_few_rows(rows: int) -> None:
    domain = ApplicabilityDomain.fit(CLOUD[:rows])
    assert domain.contains(CLOUD[:rows]).all()
    assert not domain.contains(CLOUD[:1] + 1e6).any()


def test_no_rows_to_ask_about() -> None:
    assert ApplicabilityDomain.fit(CLOUD).contains(np.empty((0, 6))).tolist() == []


@settings(max_examples=25)
@given(st.lists(st.lists(st.floats(-1e3, 1e3), min_size=3, max_size=3), min_size=2, max_size=30))
def test_every_training_row_is_inside(rows: list[list[float]]) -> None:
    training = np.array(rows)
    domain = pickle.loads(pickle.dumps(ApplicabilityDomain.fit(training)))
    assert domain.contains(training).all()
