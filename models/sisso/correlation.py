"""How well features explain residuals: of given values, and of every pair of features without writing them down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matsluice.models.sisso.feature_space import Features
from matsluice.models.sisso.operators import ADD, BY_CODE, DISTANCE, DIVIDE, MULTIPLY, SUBTRACT, not_zero
from matsluice.models.sisso.targets import Rows, Targets

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Room = tuple[NDArray[np.int8], NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]

# Scores from matrix products differ from those of the values by some 1e-8 at most (see `pair_kernel.TRUSTED`).
MARGIN = 1e-6


@dataclass(frozen=True, slots=True)
class Found:
    """Candidates that score high: operator codes, operands as indices of features, scores; all (c,).

    A score above 1 says that the candidate has to be computed from its values.
    """

    operator: NDArray[np.int8]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    score: NDArray[np.float64]

    @classmethod
    def first(cls, count: int, out: Room) -> Found:
        """Return the first so many of the room for them, without the rest."""
        operator, left, right, score = out
        return cls(operator[:count].copy(), left[:count].copy(), right[:count].copy(), score[:count].copy())


@dataclass(frozen=True, slots=True)
class _Side:
    """One side of a tile: its features, brought to unit size by a power of two."""

    index: NDArray[np.int64]
    values: NDArray[np.float64]  # (I, n)
    mean: NDArray[np.float64]  # (tasks, I)
    variance: NDArray[np.float64]  # (tasks, I)
    dots: NDArray[np.float64]  # (tasks, I, L)


class CorrelationScores:
    """Scores against targets by weighted correlation; see `Targets`.

    Pairs are scored by matrix products over a tile of features: Σ w t a b for all pairs of two groups of features
    is one product (A w t) Bᵀ, and so is Σ w a² b², so that no candidate's values are ever written. Sums and
    differences need the covariances alone. |a − b| has no such form and is summed pair by pair.
    """

    def __init__(self, features: Features, rows: Rows, targets: Targets) -> None:
        self.features = features
        self.rows = rows
        self.targets = targets
        self.margin = MARGIN
        self._weighted = np.concatenate([rows.weights[None], targets.lines * rows.weights])
        codes = {one.code for one in features.operators}
        self._codes = np.array([code in codes for code in range(max(BY_CODE) + 1)])
        size = np.sqrt((features.values**2).mean(axis=1)) if len(features) else np.ones(0)
        self._power = np.frexp(size)[1].astype(np.int64)
        self._divides = not_zero(features.values) if len(features) else np.zeros(0, dtype=np.bool_)
        self._everything = np.ones(len(features), dtype=np.bool_)

    def scores(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the score (c,) of features given by their values (c, n): the reference for all others."""
        targets, basis = self.targets, self.targets.basis
        standard = self.rows.standardised(values)
        total = np.zeros((targets.groups, len(values)))
        for number, task in enumerate(self.rows.tasks):
            dots = (targets.lines[:, task] * self.rows.weights[task]) @ standard[:, task].T
            own = dots[targets.groups :].reshape(targets.groups, basis, len(values))
            left = 1.0 - (own**2).sum(axis=1)
            fresh = left > 1e-9
            total += targets.parts[:, number, None] * np.where(
                fresh, dots[: targets.groups] ** 2 / np.where(fresh, left, 1.0), 0.0
            )
        return np.asarray(total.max(axis=0))

    def pairs(self, first: slice, second: slice, threshold: float) -> list[Found]:
        """Return the pairs of a tile that score at least the threshold, less the margin."""
        a, b = self._side(first), self._side(second)
        least = threshold - self.margin
        found = []
        if first.start <= second.start:
            if self._codes[[ADD, SUBTRACT]].any():
                found.append(self._sums(a, b, least))
            if self._codes[DISTANCE]:
                found.append(self._distances(a, b, least))
            if self._codes[MULTIPLY]:
                found.append(self._products(a, b, MULTIPLY, least))
        if self._codes[DIVIDE]:
            found.append(self._products(a, b, DIVIDE, least))
        return found

    def _side(self, part: slice) -> _Side:
        index = np.arange(part.start, part.stop)
        values = np.ldexp(self.features.values[part], -self._power[part, None].astype(np.int32))
        mean, spread = self.rows.spreads(values)
        dots = [
            (values[:, task] - mean[t][:, None]) @ self._weighted[1:, task].T
            for t, task in enumerate(self.rows.tasks)
        ]
        return _Side(index, values, mean, spread**2, np.array(dots))

    def _sums(self, a: _Side, b: _Side, least: float) -> Found:
        from matsluice.models.sisso.pair_kernel import pick_sums

        covariance = np.stack(
            [
                ((a.values[:, task] - a.mean[t][:, None]) * self.rows.weights[task])
                @ (b.values[:, task] - b.mean[t][:, None]).T
                for t, task in enumerate(self.rows.tasks)
            ]
        )
        out = room_for(2 * len(a.index) * len(b.index))
        count = pick_sums(
            a.index, b.index, self._power, a.variance, b.variance, a.dots, b.dots, covariance,
            self.targets.parts, self.targets.basis, self._codes, self.features.unit, self.features.newest, least, *out,
        )  # fmt: skip
        return Found.first(count, out)

    def _distances(self, a: _Side, b: _Side, least: float) -> Found:
        from matsluice.models.sisso.pair_kernel import pick_distances, write_distances

        features, out, count = self.features, room_for(len(a.index) * len(b.index)), 0
        values, columns = np.empty_like(b.values), np.empty(len(b.index), dtype=np.int64)
        lines = np.ascontiguousarray(self._weighted.T)
        for x, i in enumerate(a.index.tolist()):
            apart = np.clip(self._power[b.index] - self._power[i], -1000, 1000)
            wanted = (b.index > max(i, features.newest - 1)) & (features.unit[b.index] == features.unit[i])
            if not wanted.any():
                continue
            own, other = np.exp2(np.minimum(-apart, 0)), np.exp2(np.minimum(apart, 0))
            c = write_distances(
                a.values[x], b.values, own, other, wanted, self._codes[SUBTRACT], values, columns
            )
            sums = np.stack([values[:c, task] @ lines[task] for task in self.rows.tasks])
            np.square(values[:c], out=values[:c])
            squares = np.stack([values[:c, task] @ self.rows.weights[task] for task in self.rows.tasks])
            count = pick_distances(
                i,
                b.index[columns[:c]],
                sums,
                squares,
                self.targets.parts,
                self.targets.basis,
                least,
                *out,
                count,
            )
        return Found.first(count, out)

    def _products(self, a: _Side, b: _Side, code: int, least: float) -> Found:
        from matsluice.models.sisso.pair_kernel import pick_products

        n_lines, (i, j) = len(self._weighted), (len(a.index), len(b.index))
        right = b.values
        if code == DIVIDE:
            right = 1.0 / np.where(self._divides[b.index, None], b.values, 1.0)
        products = np.empty((len(self.rows.tasks), n_lines, i, j))
        squares = np.empty((len(self.rows.tasks), i, j))
        for t, task in enumerate(self.rows.tasks):
            stacked = (a.values[None, :, task] * self._weighted[:, None, task]).reshape(n_lines * i, -1)
            products[t] = (stacked @ right[:, task].T).reshape(n_lines, i, j)
            squares[t] = (a.values[:, task] ** 2 * self.rows.weights[task]) @ (right[:, task] ** 2).T
        out = room_for(i * j)
        allowed = self._divides if code == DIVIDE else self._everything
        count = pick_products(
            a.index, b.index, code, allowed, self.features.newest, products, squares, a.variance, b.variance,
            self.targets.parts, self.targets.basis, least, *out,
        )  # fmt: skip
        return Found.first(count, out)


def room_for(count: int) -> Room:
    """Return arrays for so many candidates: operators, operands, scores."""
    return (
        np.empty(count, dtype=np.int8),
        np.empty(count, dtype=np.int64),
        np.empty(count, dtype=np.int64),
        np.empty(count),
    )
