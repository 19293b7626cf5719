"""What error is expected of a row."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from matsluice.models.uncertainty import difficulty
from matsluice.models.uncertainty.difficulty import FLOOR, Difficulty, like_share
from matsluice.models.uncertainty.difficulty_kernel import mean_of_alike
from matsluice.models.uncertainty.row_signs import RowSigns


def drawn(n: int, seed: int = 0) -> tuple[RowSigns, np.ndarray]:
    chance = np.random.default_rng(seed)
    signs = replace(
        RowSigns.nothing_known(chance.normal(size=n)),
        distance=chance.exponential(size=n),
        disagreement=chance.exponential(size=n),
        spread=chance.exponential(size=n),
    )
    return signs, np.abs(chance.normal(size=n)) * signs.spread


def ranks(known: np.ndarray, values: np.ndarray) -> np.ndarray:
    below = (known[None] < values[:, None]).sum(axis=1)
    up_to = (known[None] <= values[:, None]).sum(axis=1)
    return np.asarray((below + up_to) / (2 * len(known)))


def by_hand(signs: RowSigns, errors: np.ndarray, asked: RowSigns) -> np.ndarray:
    """Return the mean error of the nearest rows in ranks, found by looking at all."""
    known, new = signs.of_difficulty(), asked.of_difficulty()
    apart = ((ranks(known, new)[:, None] - ranks(known, known)[None]) ** 2).sum(axis=2)
    count = round(like_share(len(known)) * len(known))
    nearest = np.argsort(apart, axis=1)[:, :count]
    return np.asarray(np.maximum(errors[nearest].mean(axis=1), FLOOR * errors.mean()))


def test_it_is_the_mean_over_the_most_alike() -> None:
    signs, errors = drawn(150)
    asked, _ = drawn(30, seed=1)
    assert Difficulty.of(signs, errors).expected(asked) == pytest.approx(by_hand(signs, errors, asked))


def test_it_finds_what_tells_of_errors() -> None:
    signs, errors = drawn(2000)
    asked, made = drawn(500, seed=1)
    expected = Difficulty.of(signs, errors).expected(asked)
    assert np.corrcoef(expected, asked.spread)[0, 1] > 0.8
    order = np.argsort(expected)
    assert made[order[:100]].mean() < 0.3 * made[order[-100:]].mean()


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e9])
def test_units_of_the_signs_do_not_matter(scale: float) -> None:
    signs, errors = drawn(200)
    asked, _ = drawn(20, seed=1)
    in_other_units = [
        replace(some, prediction=scale * some.prediction, distance=scale * some.distance)
        for some in (signs, asked)
    ]
    first = Difficulty.of(signs, errors).expected(asked)
    second = Difficulty.of(in_other_units[0], errors).expected(in_other_units[1])
    assert second == pytest.approx(first)


def test_a_sign_that_is_not_known_of_every_row_is_left_out() -> None:
    signs, errors = drawn(100)
    lacking = replace(signs, spread=np.where(np.arange(100) == 7, np.nan, signs.spread))
    never = replace(signs, spread=np.full(100, np.nan))
    asked, _ = drawn(10, seed=1)
    assert (
        Difficulty.of(lacking, errors).expected(asked) == Difficulty.of(never, errors).expected(asked)
    ).all()


def test_it_is_never_nothing_and_never_undefined() -> None:
    signs, _ = drawn(60)
    asked, _ = drawn(5, seed=1)
    some = np.where(np.arange(60) < 3, 1.0, 0.0)
    expected = Difficulty.of(signs, some).expected(asked)
    assert (expected >= FLOOR * some.mean()).all()
    assert (Difficulty.of(signs, np.zeros(60)).expected(asked) > 0).all()
    one = Difficulty.of(signs.take(np.array([0])), np.array([2.0]))
    assert one.expected(asked).tolist() == [2.0] * 5
    assert one.expected(asked.take(np.array([], dtype=int))).tolist() == []


def test_many_rows_are_thinned_without_a_look_at_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(difficulty, "MOST_ROWS", 80)
    signs, errors = drawn(400)
    order = np.random.default_rng(5).permutation(400)
    first, second = Difficulty.of(signs, errors), Difficulty.of(signs.take(order), errors[order])
    assert len(first.errors) == 80
    assert (first.errors == second.errors).all()
    assert (first.ranks == second.ranks).all()


def test_rows_alone_have_the_error_they_have_together() -> None:
    signs, errors = drawn(300)
    asked, _ = drawn(40, seed=1)
    made = Difficulty.of(signs, errors)
    alone = np.concatenate([made.expected(asked.take(np.array([row]))) for row in range(40)])
    assert alone.tobytes() == made.expected(asked).tobytes()


@pytest.mark.parametrize("signs", [1, 3, 4])
def test_the_mean_is_over_the_most_alike_and_of_equals_the_first(signs: int) -> None:
    chance = np.random.default_rng(signs)
    # Whole numbers: many rows are equally near.
    known = chance.integers(0, 11, (300, signs)).astype(np.float64)
    new = np.concatenate([chance.integers(0, 11, (40, signs)), 10.0 * chance.random((40, signs))])
    errors = chance.random(300)
    for count in (1, 2, 17, 299, 300):
        mean = np.empty(len(new))
        mean_of_alike(new, np.ascontiguousarray(known.T), errors, count, 10.0, mean)
        squares = sum((new[:, None, sign] - known[None, :, sign]) ** 2 for sign in range(signs))
        alike = np.argsort(squares, axis=1, kind="stable")[:, :count]
        assert mean == pytest.approx(errors[alike].mean(axis=1), rel=1e-13)
