"""Sure-independence screening: of all candidates of a rung, the best distinct ones, streamed tile by tile."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from matsluice.models.sisso.correlation import Found
from matsluice.models.sisso.duplicates import directions, groups_of_equals, marks, standardised
from matsluice.models.sisso.expressions import Expression
from matsluice.models.sisso.feature_space import Block, Features, pair_block, unary_blocks
from matsluice.models.sisso.operators import BY_CODE
from matsluice.models.sisso.threads import on_all_threads

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Code of a feature that is held, in place of an operator.
HELD: Final = 0
# Scores that differ by less are equal, and the simpler feature comes first.
TIE: Final = 1e-10
# Candidates whose values are computed at once.
BLOCK: Final = 2048


class Scores(Protocol):
    """What a screening asks of its measure."""

    margin: float

    def scores(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the score (c,) of features (c, n), up to 1."""
        ...

    def pairs(self, first: slice, second: slice, threshold: float) -> list[Found]:
        """Return every pair of a tile that may reach the threshold; those of unknown score above 1."""
        ...


@dataclass(frozen=True, slots=True)
class Screened:
    """Distinct features, the best first.

    Attributes
    ----------
    operator, left, right
        (m,): code of the operator and indices of its operands; code 0 is the held feature `left` itself.
    score, complexity
        (m,).
    values
        (m, n).
    mark
        (m, 3): equal for features that are equal to a linear model; see `duplicates`.
    """

    operator: NDArray[np.int8]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    score: NDArray[np.float64]
    complexity: NDArray[np.int64]
    values: NDArray[np.float64]
    mark: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.operator)

    def take(self, index: NDArray[np.int64]) -> Screened:
        """Return some of them, in the order given."""
        return Screened(*(getattr(self, name)[index] for name in _FIELDS))

    def and_then(self, other: Screened) -> Screened:
        """Return these, and behind them the others."""
        return Screened(*(np.concatenate([getattr(self, name), getattr(other, name)]) for name in _FIELDS))

    def expression(self, index: int, features: Features) -> Expression:
        """Return one of them as a tree."""
        code, left, right = int(self.operator[index]), int(self.left[index]), int(self.right[index])
        if code == HELD:
            return features.expression(left)
        operands = tuple(features.expression(one) for one in (left, right) if one >= 0)
        values = self.values[index]
        unit = BY_CODE[code].unit(*(one.unit for one in operands))
        assert unit is not None
        return Expression(
            BY_CODE[code].name,
            operands,
            -1,
            unit,
            float(values.min()),
            float(values.max()),
            float(values.mean()),
        )


_FIELDS = ("operator", "left", "right", "score", "complexity", "values", "mark")


def nothing_screened(n: int) -> Screened:
    """Return no features of n rows."""
    none = np.empty(0, dtype=np.int64)
    return Screened(none.astype(np.int8), none, none, np.empty(0), none, np.empty((0, n)), np.empty((0, 3)))


def screened(
    features: Features, scores: Scores, weights: NDArray[np.float64], *, count: int, tile: int, pairs: bool,
    taken: Screened,
) -> Screened:  # fmt: skip
    """Return the best distinct features of one rung more than is held.

    Parameters
    ----------
    features
        What is held.
    scores
        The measure.
    weights
        (n,), summing to 1.
    count
        How many are wanted; the first of equal ones is the simplest.
    tile
        Features on each side of a tile.
    pairs
        Whether operators are applied; else only what is held is screened.
    taken
        Features that are wanted no more.
    """
    best = _Best(features, scores, weights, count, taken)
    for start in range(0, len(features), BLOCK):
        best.add_block(_held(features, start))
    if pairs:
        for operator in features.operators:
            if operator.arity == 1:
                for block in unary_blocks(features, operator):
                    best.add_block(block)
        best.settle()
        work = list(_tiles(features, tile))
        for found in on_all_threads(lambda sides: scores.pairs(*sides, best.threshold), work):
            for one in found:
                best.add_found(one)
    return best.finish()


def _held(features: Features, start: int) -> Block:
    index = np.arange(start, min(start + BLOCK, len(features)))
    none = np.full(len(index), -1, dtype=np.int64)
    return Block(features.values[index], np.zeros(len(index), dtype=np.int8), index, none)


def _tiles(features: Features, side: int) -> Iterator[tuple[slice, slice]]:
    """Give every ordered pair of groups of which at least one has features of the newest rung."""
    m = len(features)
    groups = [slice(start, min(start + side, m)) for start in range(0, m, side)]
    for first in groups:
        for second in groups:
            if max(first.stop, second.stop) > features.newest:
                yield first, second


class _Best:
    """The best distinct candidates so far; the threshold rises as better ones come."""

    def __init__(
        self, features: Features, scores: Scores, weights: NDArray[np.float64], count: int, taken: Screened
    ) -> None:
        self._features, self._scores, self._count, self._taken = features, scores, count, taken
        self._weights = weights
        self._along = directions(weights)
        self._best = nothing_screened(len(weights))
        self._waiting: list[Found] = []
        self._blocks: list[Screened] = []
        self.threshold = 0.0

    def add_block(self, block: Block) -> None:
        """Take candidates with values."""
        if not len(block.values):
            return
        score = self._scores.scores(block.values)
        good = score >= self.threshold
        if good.any():
            self._blocks.append(self._described(block, score, good))
            if sum(len(one) for one in self._blocks) > 2 * self._count + BLOCK:
                self._merge()

    def add_found(self, found: Found) -> None:
        """Take candidates that were scored without values."""
        if len(found.score):
            self._waiting.append(found)
            if sum(len(one.score) for one in self._waiting) > 2 * self._count + BLOCK:
                self.settle()

    def settle(self) -> None:
        """Compute the values of what is waiting, the highest scores first, and raise the threshold."""
        waiting, self._waiting = self._waiting, []
        if waiting:
            code, left, right, score = (
                np.concatenate([getattr(one, name) for one in waiting])
                for name in ("operator", "left", "right", "score")
            )
            order = np.lexsort((right, left, code, -score))
            for start in range(0, len(order), BLOCK):
                some = order[start : start + BLOCK]
                some = some[score[some] >= self.threshold - self._scores.margin]
                if not len(some):
                    break
                for operator in {int(one) for one in code[some]}:
                    of_it = some[code[some] == operator]
                    self.add_block(pair_block(self._features, BY_CODE[operator], left[of_it], right[of_it]))
                self._merge()
        self._merge()

    def finish(self) -> Screened:
        """Return the best, in order of score, then of simplicity."""
        self.settle()
        return self._best

    def _described(self, block: Block, score: NDArray[np.float64], good: NDArray[np.bool_]) -> Screened:
        held = self._features.complexity
        left, right, code = block.left[good], block.right[good], block.operator[good]
        complexity = held[left] + np.where(code == HELD, 0, 1) + np.where(right >= 0, held[right], 0)
        values = block.values[good]
        mark = marks(standardised(values, self._weights), self._along)
        return Screened(code, left, right, score[good], complexity, values, mark)

    def _merge(self) -> None:
        """Keep the best distinct ones of what there is, and set the threshold to the last of them."""
        if not self._blocks:
            return
        every = self._best
        for block in self._blocks:
            every = every.and_then(block)
        self._blocks = []
        # Equal features stand together, the simplest first, so that it is the one that is kept.
        order = np.lexsort((every.right, every.left, every.operator, every.complexity))
        every = every.take(order)
        known = len(self._taken)
        first = groups_of_equals(np.concatenate([self._taken.mark, every.mark]))[known:]
        every = every.take(np.flatnonzero(first == np.arange(known, known + len(every))))
        steps = np.round(every.score / TIE)
        order = np.lexsort((every.right, every.left, every.operator, every.complexity, -steps))
        self._best = every.take(order[: self._count])
        if len(self._best) == self._count:
            self.threshold = float(self._best.score[-1]) - TIE
