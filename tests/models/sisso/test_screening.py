"""What is streamed by matrix products is what every candidate's own values say."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import pytest

from matsluice.models.sisso.budget import Budget, candidates
from matsluice.models.sisso.correlation import CorrelationScores
from matsluice.models.sisso.feature_space import Features, next_rung, primary_features
from matsluice.models.sisso.operators import OPERATORS, chosen_operators
from matsluice.models.sisso.overlap import OverlapScores
from matsluice.models.sisso.residuals import residuals_of
from matsluice.models.sisso.screening import Screened, nothing_screened, screened
from matsluice.models.sisso.subsets import best_models
from matsluice.models.sisso.targets import Rows, Targets, targets_of
from matsluice.models.sisso.units import DIMENSIONLESS, parse_unit

BUDGET = Budget(memory_gb=1.0, max_candidates=1e9, rows=40)


def every_candidate(features: Features) -> Iterator[np.ndarray]:
    """Give the values of each feature of one rung more, written down one by one."""
    yield from features.values
    m = len(features)
    with np.errstate(all="ignore"):
        for operator in features.operators:
            sides = itertools.permutations(range(m), 2) if operator.arity == 2 else ((i,) for i in range(m))
            for side in sides:
                if operator.unit(*(features.units[features.unit[i]] for i in side)) is None:
                    continue
                if operator.defined(features.values[side[-1:], :])[0]:
                    yield operator.compute(*(features.values[i] for i in side))


def reference(features: Features, rows: Rows, targets: Targets) -> np.ndarray:
    """Return the scores of all distinct candidates, best first."""
    found = []
    for v in every_candidate(features):
        if not np.isfinite(v).all() or v.std() <= 1e-9 * np.sqrt((v * v).mean()):
            continue
        score = 0.0
        for t, task in enumerate(rows.tasks):
            w = rows.weights[task]
            centred = v[task] - w @ v[task]
            if w @ centred**2 < 1e-20 * (rows.total_weights() @ v**2):
                continue
            r = [(w @ (centred * line[task])) for line in targets.lines]
            left = w @ centred**2 - sum(x * x for x in r[1:])
            score += targets.parts[0, t] * r[0] ** 2 / left if left > 1e-9 * (w @ centred**2) else 0.0
        whole = v - rows.total_weights() @ v
        whole /= np.linalg.norm(whole)
        found.append((score, whole if whole[np.abs(whole).argmax()] > 0 else -whole))
    found.sort(key=lambda pair: -pair[0])
    distinct: list[tuple[float, np.ndarray]] = []
    for score, z in found:
        if all(
            abs(score - other) > 1e-8 or np.linalg.norm(z - kept) > 1e-8 for other, kept in distinct[-40:]
        ):
            distinct.append((score, z))
    return np.array([score for score, _ in distinct])


def three_tasks(n: int) -> Rows:
    starts = np.array([0, 9, 22, n])
    weights = np.random.default_rng(1).uniform(0.5, 2.0, n)
    sums = np.add.reduceat(weights, starts[:-1])
    return Rows(weights / np.repeat(sums, np.diff(starts)), starts, sums / sums.sum())


def one_task(n: int) -> Rows:
    return Rows(np.full(n, 1.0 / n), np.array([0, n]), np.ones(1))


def best(features: Features, rows: Rows, targets: Targets, count: int, tile: int) -> Screened:
    return screened(
        features, CorrelationScores(features, rows, targets), rows.total_weights(), count=count, tile=tile, pairs=True,
        taken=nothing_screened(features.values.shape[1]),
    )  # fmt: skip


@pytest.mark.parametrize("scales", [(1, 1, 1, 1), (1e12, 1e-9, 3e5, 1)], ids=["plain", "huge"])
@pytest.mark.parametrize("split", [one_task, three_tasks])
@pytest.mark.parametrize("basis", [False, True], ids=["residual", "beside a model"])
def test_the_best_are_the_best_of_all(scales: tuple[float, ...], split: object, basis: bool) -> None:
    n, chance = 40, np.random.default_rng(3)
    X = chance.normal(1.0, 1.0, (n, 4)) * np.array(scales)
    X[:, 3] += 1e4  # varies by a ten-thousandth of its size
    units = [parse_unit(text) for text in ("eV", "eV", "angstrom", "")]
    held = next_rung(primary_features(X, units, chosen_operators(["+", "|-|", "*", "/", "^2"])), BUDGET)
    rows = split(n)  # type: ignore[operator]
    y = rows.standardised(chance.normal(size=(1, n)))[0]
    if basis:
        left, own = residuals_of([(0, 1)], rows.standardised(held.values), y, rows)
        targets = targets_of(left, rows, own)
    else:
        targets = targets_of(y[None], rows)
    assert targets is not None
    expected = reference(held, rows, targets)
    for tile in (16, 64):
        found = best(held, rows, targets, 25, tile)
        assert found.score == pytest.approx(expected[:25], abs=1e-7)
    again = CorrelationScores(held, rows, targets).scores(found.values)
    assert again == pytest.approx(found.score, rel=1e-9)


def test_an_offset_of_a_million_spreads_loses_no_digit_that_matters() -> None:
    n, chance = 40, np.random.default_rng(5)
    X = chance.normal(size=(n, 3)) + np.array([1e6, 2e6, 0.0])
    held = primary_features(X, [DIMENSIONLESS] * 3, chosen_operators(["+", "-", "|-|", "*", "/"]))
    rows = one_task(n)
    targets = targets_of(rows.standardised((X[:, 0] / X[:, 1])[None]), rows)
    assert targets is not None
    found = best(held, rows, targets, 1, 16)
    assert found.score[0] == pytest.approx(1.0, abs=1e-9)
    assert str(found.expression(0, held).symbolic("abc")) == "a/b"


def test_what_was_taken_does_not_come_again() -> None:
    n, chance = 40, np.random.default_rng(6)
    held = primary_features(chance.uniform(1, 2, (n, 4)), [DIMENSIONLESS] * 4, chosen_operators(None))
    rows = one_task(n)
    targets = targets_of(rows.standardised(chance.normal(size=(1, n))), rows)
    assert targets is not None
    first = best(held, rows, targets, 10, 16)
    later = screened(
        held,
        CorrelationScores(held, rows, targets),
        rows.total_weights(),
        count=10,
        tile=16,
        pairs=True,
        taken=first,
    )
    both = best(held, rows, targets, 20, 16)
    assert [*first.score, *later.score] == pytest.approx(both.score.tolist())


def test_separation_is_the_largest_difference_of_distributions() -> None:
    n, chance = 60, np.random.default_rng(7)
    held = primary_features(chance.normal(1.0, 1.0, (n, 4)), [DIMENSIONLESS] * 4, chosen_operators(None))
    label = chance.integers(0, 2, n)
    scores = OverlapScores(held, label, np.ones((1, n)))
    every = np.array(
        [v for v in every_candidate(held) if np.isfinite(v).all() and np.ptp(v) > 1e-9 * abs(v).max()]
    )
    own = scores.scores(every)
    for v, score in zip(every[::7], own[::7], strict=True):
        widest = max(abs((v[label == 0] <= t).mean() - (v[label == 1] <= t).mean()) for t in v)
        assert 0.999 * widest <= score + 1e-12
        assert score <= 0.999 * widest + 0.001 + 1e-12
    found = screened(held, scores, np.full(n, 1 / n), count=5, tile=16, pairs=True, taken=nothing_screened(n))
    assert found.score[0] == pytest.approx(own.max(), abs=1e-9)


@pytest.mark.parametrize("size", [1, 2, 3, 4])
@pytest.mark.parametrize("split", [one_task, three_tasks])
def test_every_subset_is_tried(size: int, split: object) -> None:
    n, chance = 40, np.random.default_rng(8)
    rows = split(n)  # type: ignore[operator]
    standard = rows.standardised(chance.normal(size=(9, n)))
    standard[4] = standard[1]  # the same twice is no model of two
    y = rows.standardised(chance.normal(size=(1, n)))[0]

    def explained(subset: tuple[int, ...]) -> float:
        total = 0.0
        for share, task in zip(rows.shares, rows.tasks, strict=True):
            root = np.sqrt(rows.weights[task])
            columns = (standard[list(subset), task] * root).T
            fit = columns @ np.linalg.lstsq(columns, y[task] * root, rcond=1e-9)[0]
            total += share * float(fit @ fit)
        return total

    every = sorted(((explained(s), s) for s in itertools.combinations(range(9), size)), reverse=True)
    found = best_models(standard, y, rows, size=size, keep=6)
    assert [value for _, value in found] == pytest.approx([value for value, _ in every[:6]], abs=1e-9)
    for subset, value in found:
        assert explained(subset) == pytest.approx(value, abs=1e-9)


def test_duplicates_go_and_the_simplest_stays() -> None:
    chance = np.random.default_rng(9)
    X = chance.uniform(1.0, 2.0, (30, 3))
    X = np.column_stack([X, X[:, 0], np.full(30, 7.0), X[:, 1] * (1 + 1e-14)])
    held = primary_features(X, [DIMENSIONLESS] * 6, chosen_operators(["*", "/", "^-1", "^2", "sqrt", "log"]))
    assert held.left.tolist() == [0, 1, 2]
    held = next_rung(next_rung(held, BUDGET), BUDGET)
    standard = held.values / np.linalg.norm(held.values, axis=1, keepdims=True)
    nearest = standard @ standard.T - np.eye(len(held))
    a, b = np.unravel_index(nearest.argmax(), nearest.shape)
    assert np.linalg.norm(held.values[a] - held.values[b]) > 1e-9 * np.linalg.norm(held.values[a])
    texts = {str(held.expression(i).symbolic("abcdef")) for i in range(len(held))}
    assert len(texts) == len(held)
    assert "a" in texts


def test_the_number_of_candidates_bounds_what_is_built() -> None:
    chance = np.random.default_rng(10)
    X = chance.uniform(1.0, 2.0, (30, 4))
    units = [parse_unit(text) for text in ("eV", "eV", "K", "")]
    held = primary_features(X, units, chosen_operators(None))
    # Pairs: eV with eV 1 x 3 (+ - |-|), all 6 x 3 (* and / twice); alone: 4 x 5, exp exp- log of one.
    assert candidates(held) == 4 + 3 + 18 + 20 + 3
    assert len(next_rung(held, BUDGET)) <= candidates(held)
    assert set(OPERATORS) == {one.name for one in held.operators}


def test_features_that_cancel_explain_nothing_they_do_not() -> None:
    """What is left of 1/T beside x and x + 1/T is the rounding of their products."""
    n, chance = 200, np.random.default_rng(11)
    rows = one_task(n)
    x, small = chance.uniform(5, 60, n), 1.0 / chance.uniform(300, 1800, n)
    values = np.stack([x, x - small, np.exp(small), chance.normal(size=n), chance.normal(size=n)])
    y = rows.standardised(chance.normal(size=(1, n)))[0]
    for _, explained in best_models(rows.standardised(values), y, rows, size=3, keep=10):
        assert explained < 0.2
