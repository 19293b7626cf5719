"""Whether intervals hold what they say, whatever the errors look like."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matsluice.models.residual_distribution import ResidualDistribution
from matsluice.models.uncertainty.interval_settings import USUAL, IntervalSettings
from matsluice.models.uncertainty.row_signs import RowSigns
from matsluice.tasks.evaluate.coverage_record import (
    LEVELS,
    coverage_curve,
    coverage_interval,
    coverage_record,
)
from matsluice.tasks.evaluate.intervals import (
    PLAIN,
    CrossIntervals,
    Validated,
    cross_conformal_intervals,
    cross_conformal_sets,
    intervals_elsewhere,
)

WAYS = {
    "plain": PLAIN,
    "normalised": USUAL,
    "per prediction": IntervalSettings(per="prediction"),
    "per domain, one width": IntervalSettings(normalised=False, per="domain"),
    "per element count": IntervalSettings(per="element-count"),
}


def rows(n: int, seed: int, scale: str = "grows") -> tuple[np.ndarray, RowSigns, np.ndarray]:
    """Return values, signs and folds of rows whose errors are skewed and grow with what the signs tell."""
    chance = np.random.default_rng(seed)
    prediction = chance.uniform(0.0, 4.0, n)
    size = {
        "grows": 0.1 + prediction,
        "even": np.ones(n),
        # Half of the values are met exactly, as the gaps of metals are.
        "half zero": np.where(prediction < 2.0, 0.0, 1.0),
        "wild": np.exp(2.0 * chance.normal(size=n)),
    }[scale]
    y = prediction + size * (chance.gamma(2.0, 0.3, n) - 0.5)
    signs = replace(
        RowSigns.nothing_known(prediction),
        spread=size * chance.uniform(0.5, 2.0, n),
        distance=chance.exponential(size=n),
        disagreement=chance.exponential(size=n),
        in_domain=chance.uniform(size=n) < 0.8,
        elements=chance.integers(1, 5, n),
    )
    return y, signs, chance.permutation(n) % 5


def share_inside(y: np.ndarray, made: CrossIntervals) -> float:
    return float(np.mean((made.lower <= y) & (y <= made.upper)))


@pytest.mark.parametrize("scale", ["grows", "even", "half zero", "wild"])
@pytest.mark.parametrize("way", WAYS)
def test_coverage_on_exchangeable_rows(way: str, scale: str) -> None:
    """Forty draws of 300 rows: at every level the share inside is at least the level, give or take the draws."""
    reached: dict[float, list[float]] = {level: [] for level in LEVELS}
    for seed in range(40):
        y, signs, fold = rows(300, seed, scale)
        made = cross_conformal_intervals(y, signs, fold, 0.9, WAYS[way])
        assert share_inside(y, made) == np.mean(made.level < 0.9)
        for level in LEVELS:
            reached[level].append(float(np.mean(made.level < level)))
    for level, shares in reached.items():
        error = np.std(shares) / np.sqrt(len(shares))
        assert np.mean(shares) > level - 0.004 - 3 * error
        if scale != "half zero":  # errors that are equal are held or missed together
            assert np.mean(shares) < level + 0.015 + 3 * error


def test_each_group_is_covered_by_itself_where_it_is_asked_for() -> None:
    """Errors outside the domain are five times as large, and nothing else tells them apart."""
    inside: dict[str, list[float]] = {"none": [], "domain": []}
    for seed in range(30):
        y, signs, fold = rows(400, seed, "even")
        y = signs.prediction + np.where(signs.in_domain, 1.0, 5.0) * (y - signs.prediction)
        for per, shares in inside.items():
            made = cross_conformal_intervals(
                y, signs, fold, 0.8, IntervalSettings(normalised=False, per=per, at_least=-np.inf)
            )
            held = (made.lower <= y) & (y <= made.upper)
            shares.append(float(held[~signs.in_domain].mean()))
    assert np.mean(inside["none"]) < 0.55
    assert np.mean(inside["domain"]) == pytest.approx(0.8, abs=0.03)


def test_normalised_intervals_are_narrower_where_the_signs_tell_anything() -> None:
    y, signs, fold = rows(1000, 3)
    plain, normalised = (cross_conformal_intervals(y, signs, fold, 0.9, way) for way in (PLAIN, USUAL))
    assert np.mean(normalised.upper - normalised.lower) < 0.95 * np.mean(plain.upper - plain.lower)
    order = np.argsort(normalised.expected_error)
    errors = np.abs(y - signs.prediction)[order]
    assert errors[:200].mean() < 0.4 * errors[-200:].mean()


@settings(max_examples=25)
@given(
    seed=st.integers(0, 10**6),
    way=st.sampled_from(sorted(WAYS)),
    scale=st.sampled_from(["grows", "even", "half zero", "wild"]),
    n=st.integers(12, 150),
)
def test_a_rows_own_error_never_moves_its_interval(seed: int, way: str, scale: str, n: int) -> None:
    """Nor does that of any row of its fold."""
    y, signs, fold = rows(n, seed, scale)
    before = cross_conformal_intervals(y, signs, fold, 0.9, WAYS[way])
    spoilt = np.where(fold == 1, y + 1e3, y)
    after = cross_conformal_intervals(spoilt, signs, fold, 0.9, WAYS[way])
    for name in ("lower", "upper", "expected_error"):
        assert (getattr(after, name)[fold == 1] == getattr(before, name)[fold == 1]).all()
    assert not np.isnan(before.lower).any()
    assert not np.isnan(before.upper).any()
    assert not np.isnan(before.level).any()
    assert (before.lower <= signs.prediction).all()
    assert (before.upper >= signs.prediction).all()


@settings(max_examples=20)
@given(
    seed=st.integers(0, 10**6),
    way=st.sampled_from(sorted(WAYS)),
    scale=st.sampled_from(["grows", "half zero"]),
)
def test_the_order_of_rows_and_the_numbers_of_folds_do_not_matter(seed: int, way: str, scale: str) -> None:
    y, signs, fold = rows(120, seed, scale)
    before = cross_conformal_intervals(y, signs, fold, 0.8, WAYS[way])
    order = np.random.default_rng(seed).permutation(120)
    after = cross_conformal_intervals(y[order], signs.take(order), 7 - fold[order], 0.8, WAYS[way])
    for name in ("lower", "upper", "level", "expected_error"):
        assert (getattr(before, name)[order] == getattr(after, name)).all()


@pytest.mark.parametrize("way", WAYS)
def test_a_row_that_several_folds_test_never_enters_its_own_interval(way: str) -> None:
    """As where an element is left out: row 0 is tested in the folds 0 and 1."""
    row, fold = np.array([0, *range(1, 60), 0, *range(60, 119)]), np.repeat([0, 1], 60)
    y, signs, _ = rows(120, 2)
    before = cross_conformal_intervals(y, signs, fold, 0.9, WAYS[way], row)
    after = cross_conformal_intervals(np.where(row == 0, 1e6, y), signs, fold, 0.9, WAYS[way], row)
    assert (after.lower == before.lower).all()
    assert (after.upper == before.upper).all()
    # Without knowing which row each is of, it would.
    unaware = [
        cross_conformal_intervals(said, signs, fold, 0.9, WAYS[way])
        for said in (y, np.where(row == 0, 1e6, y))
    ]
    assert (unaware[0].level != unaware[1].level).any()


def test_alike_within_a_fold_where_all_are_of_one_width() -> None:
    y, signs, fold = rows(40, 5)
    made = cross_conformal_intervals(
        y, signs, fold, 0.8, IntervalSettings(normalised=False, at_least=-np.inf)
    )
    for number in range(5):
        others = ResidualDistribution.of(y[fold != number], signs.prediction[fold != number])
        width = (made.upper - made.lower)[fold == number]
        assert width == pytest.approx(2 * others.half_width(0.8))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("n", [4, 8, 13])
def test_too_few_rows_for_the_level_give_no_bound(way: str, n: int) -> None:
    y, signs, _ = rows(n, 1)
    made = cross_conformal_intervals(y - 10.0, signs, np.arange(n) % 2, 0.99, WAYS[way])
    assert np.isinf(made.lower).all()
    assert np.isinf(made.upper).all()
    assert (made.level < 0.99).all()


def test_intervals_end_where_no_value_can_be() -> None:
    y, signs, fold = rows(200, 4, "half zero")
    y = np.maximum(y, 0.0)
    free = cross_conformal_intervals(y, signs, fold, 0.95, IntervalSettings(at_least=-np.inf))
    usual = cross_conformal_intervals(y, signs, fold, 0.95, USUAL)
    bounded = cross_conformal_intervals(y, signs, fold, 0.95, IntervalSettings(at_least=0.0, at_most=y.max()))
    assert free.lower.min() < 0.0
    assert usual.lower.min() == 0.0
    assert bounded.upper.max() <= y.max()
    # Nothing is lost by it.
    assert share_inside(y, free) == share_inside(y, usual) == share_inside(y, bounded)
    # Where one value is negative there is no such bound.
    y[fold == 0] -= 3.0
    assert cross_conformal_intervals(y, signs, fold, 0.95, USUAL).lower.min() < 0.0


@pytest.mark.parametrize("per", ["none", "class"])
def test_sets_hold_what_they_say_and_rare_classes_where_they_are_asked_for(per: str) -> None:
    """One row in ten is of a class that the model takes for the other one."""
    held: dict[str, list[float]] = {"all": [], "rare": []}
    for seed in range(40):
        chance = np.random.default_rng(seed)
        y = (chance.uniform(size=500) < 0.1).astype(np.int64)
        odds = chance.normal(np.where(y == 1, -0.5, -2.0), 1.0)
        probability = np.stack([1 / (1 + np.exp(odds)), 1 / (1 + np.exp(-odds))], axis=1)
        inside, level = cross_conformal_sets(y, probability, np.arange(500) % 5, 0.9, per=per)
        own = inside[np.arange(500), y]
        assert (own == (level < 0.9)).all()
        held["all"].append(own.mean())
        held["rare"].append(own[y == 1].mean())
    assert np.mean(held["all"]) >= 0.895
    if per == "class":
        assert np.mean(held["rare"]) == pytest.approx(0.9, abs=0.025)
    else:
        assert np.mean(held["rare"]) < 0.7


def test_what_a_summary_keeps() -> None:
    level = np.array([0.1, 0.68, 0.9, 0.97])
    assert coverage_record(level) == {"0.68": 0.25, "0.9": 0.5, "0.95": 0.75}
    # The curve says the same: both count levels that lie below.
    curve = coverage_curve(level)
    assert [curve[68], curve[90], curve[95]] == [0.25, 0.5, 0.75]


@pytest.mark.parametrize(("held", "n"), [(0, 10), (10, 10), (56, 62), (900, 1000)])
def test_the_interval_of_a_coverage_is_wilsons(held: int, n: int) -> None:
    share, z = held / n, 1.959963984540054
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    assert coverage_interval(held, n) == pytest.approx((middle - half, middle + half), abs=1e-12)


def test_intervals_taken_to_rows_that_are_harder_hold_less_and_none_holds_by_its_own_error() -> None:
    y, signs, fold = rows(400, 9, "even")
    none = np.empty((400, 0))
    made_from = Validated(y, signs, fold, np.arange(400), none)
    same, width = intervals_elsewhere(made_from, made_from, 0.9, PLAIN)
    crossed = cross_conformal_intervals(y, signs, fold, 0.9, PLAIN)
    assert (same == crossed.level).all()
    assert (width == crossed.upper - crossed.lower).all()
    harder = Validated(
        signs.prediction + 3.0 * (y - signs.prediction), signs, (fold + 1) % 5, np.arange(400), none
    )
    level, _ = intervals_elsewhere(made_from, harder, 0.9, USUAL)
    assert np.mean(level < 0.9) < 0.7
    # What the rows of a fold were off by under the first split does not move their intervals under the second.
    spoilt = Validated(np.where(harder.fold == 2, 1e6, y), signs, fold, np.arange(400), none)
    again, _ = intervals_elsewhere(spoilt, harder, 0.9, USUAL)
    assert (again[harder.fold == 2] == level[harder.fold == 2]).all()
    assert (again[harder.fold != 2] != level[harder.fold != 2]).any()
