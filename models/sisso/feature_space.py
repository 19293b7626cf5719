"""The features that others are built from, rung by rung, each held once with its values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from matsluice.models.sisso.budget import Budget
from matsluice.models.sisso.duplicates import Seen, directions, marks
from matsluice.models.sisso.expressions import Expression
from matsluice.models.sisso.operators import ADD, BY_CODE, DISTANCE, DIVIDE, SUBTRACT, Operator, not_zero
from matsluice.models.sisso.units import Unit

if TYPE_CHECKING:
    from numpy.typing import NDArray

# A feature that varies by less than this share of its size (for a sum: of its summands') is rounding, not physics.
DEGENERATE: Final = 1e-9
LARGEST: Final = 1e100
SMALLEST: Final = 1e-100
BLOCK_VALUES: Final = 1 << 21  # numbers in a block of features that are looked at together: 16 MiB


@dataclass(frozen=True, slots=True)
class Features:
    """Features with values, in the order they were built.

    Attributes
    ----------
    values
        (m, n).
    operator, left, right
        (m,): code of the operator, 0 for a primary feature; operands as indices into these arrays, -1 for none. Of a
        primary feature `left` is its column.
    rung
        (m,): operators on the longest way to a primary feature.
    complexity
        (m,): primary features and operators in it.
    unit
        (m,): index into `units`.
    units
        Every unit there is.
    operators
        What later rungs are built with.
    """

    values: NDArray[np.float64]
    operator: NDArray[np.int8]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    rung: NDArray[np.int8]
    complexity: NDArray[np.int64]
    unit: NDArray[np.int64]
    units: tuple[Unit, ...]
    operators: tuple[Operator, ...]

    def __len__(self) -> int:
        return len(self.values)

    @property
    def newest(self) -> int:
        """Index of the first feature of the highest rung."""
        return int(np.searchsorted(self.rung, self.rung.max(initial=0)))

    def expression(self, index: int) -> Expression:
        """Return the feature as a tree."""
        code = int(self.operator[index])
        values = self.values[index]
        operands = (int(self.left[index]), int(self.right[index]))
        return Expression(
            operator=BY_CODE[code].name if code else "",
            operands=tuple(self.expression(one) for one in operands if one >= 0) if code else (),
            column=-1 if code else operands[0],
            unit=self.units[int(self.unit[index])],
            lowest=float(values.min()),
            highest=float(values.max()),
            mean=float(values.mean()),
        )


@dataclass(frozen=True, slots=True)
class Block:
    """Candidates that are built but not yet kept: as in `Features`, with the unit itself."""

    values: NDArray[np.float64]
    operator: NDArray[np.int8]
    left: NDArray[np.int64]
    right: NDArray[np.int64]


def primary_features(
    X: NDArray[np.float64], units: Sequence[Unit], operators: tuple[Operator, ...]
) -> Features:
    """Return the columns of X (n, p) that vary, equal ones once, as features of rung 0."""
    values = np.ascontiguousarray(X.T)
    varies = _sound(values, np.sqrt((values * values).mean(axis=1)))
    distinct = tuple(dict.fromkeys(units))
    unit = np.array([distinct.index(one) for one in units], dtype=np.int64)
    column = np.flatnonzero(varies)
    column = column[_distinct(values[column], unit[column], Seen())]
    m = len(column)
    return Features(
        values=values[column],
        operator=np.zeros(m, dtype=np.int8),
        left=column.astype(np.int64),
        right=np.full(m, -1, dtype=np.int64),
        rung=np.zeros(m, dtype=np.int8),
        complexity=np.ones(m, dtype=np.int64),
        unit=unit[column],
        units=distinct,
        operators=operators,
    )


def next_rung(features: Features, budget: Budget) -> Features:
    """Return the features with those of one more rung, duplicates and degenerate ones left out.

    Raises
    ------
    ValueError
        They do not fit into the memory that may be used.
    """
    seen = Seen()
    _distinct(features.values, features.unit, seen)
    units = list(features.units)
    kept: list[Features] = []
    count = len(features)
    for block in _gathered(_everything_new(features), features.values.shape[1]):
        unit = _units_of(block, features, units)
        good = _distinct(block.values, unit, seen)
        kept.append(_as_features(block, unit, good, features))
        count += len(kept[-1])
        budget.check_features(count, rung=int(features.rung.max(initial=0)) + 1)
    return _joined([features, *kept], tuple(units))


def _everything_new(features: Features) -> Iterator[Block]:
    """Give every candidate that has an operand of the newest rung, those that are defined in every row."""
    for operator in features.operators:
        if operator.arity == 1:
            yield from unary_blocks(features, operator)
    for j in range(features.newest, len(features)):
        for operator in features.operators:
            if operator.arity == 2:
                yield from _pairs_with(features, operator, j)


def unary_blocks(features: Features, operator: Operator) -> Iterator[Block]:
    """Give the operator on every feature of the newest rung that it may be applied to."""
    fitting = np.array([operator.unit(unit) is not None for unit in features.units])
    every = np.arange(features.newest, len(features))
    every = every[fitting[features.unit[every]]] if len(every) else every
    rows = max(1, BLOCK_VALUES // max(1, features.values.shape[1]))
    for start in range(0, len(every), rows):
        some = every[start : start + rows]
        some = some[operator.defined(features.values[some])]
        with np.errstate(all="ignore"):
            values = operator.compute(features.values[some])
            size = np.sqrt((values * values).mean(axis=1))
        good = _sound(values, size)
        codes = np.full(int(good.sum()), operator.code, dtype=np.int8)
        yield Block(values[good], codes, some[good], np.full(len(codes), -1, dtype=np.int64))


def _pairs_with(features: Features, operator: Operator, j: int) -> Iterator[Block]:
    """Give the operator on feature j and each one before it; for a quotient both ways round."""
    before = np.arange(j)
    fitting = np.array(
        [operator.unit(unit, features.units[int(features.unit[j])]) is not None for unit in features.units]
    )
    before = before[fitting[features.unit[before]]]
    yield pair_block(features, operator, before, np.full(len(before), j))
    if operator.code == DIVIDE:
        yield pair_block(features, operator, np.full(len(before), j), before)


def pair_block(
    features: Features, operator: Operator, left: NDArray[np.int64], right: NDArray[np.int64]
) -> Block:
    """Return the operator on pairs of features (c,), those left out that are undefined or degenerate."""
    a, b = features.values[left], features.values[right]
    with np.errstate(all="ignore"):
        values = operator.compute(a, b)
        if operator.code in {ADD, SUBTRACT, DISTANCE}:
            size = np.sqrt((a * a).mean(axis=1)) + np.sqrt((b * b).mean(axis=1))
        else:
            size = np.sqrt((values * values).mean(axis=1))
    good = _sound(values, size)
    if operator.code == DIVIDE:
        good &= not_zero(b)
    if operator.code == SUBTRACT:
        # b − a where that is positive in every row: it has roots and logarithms.
        turned = (values <= 0.0).all(axis=1)
        values[turned] *= -1.0
        left, right = np.where(turned, right, left), np.where(turned, left, right)
    codes = np.full(int(good.sum()), operator.code, dtype=np.int8)
    return Block(values[good], codes, left[good], right[good])


def _sound(values: NDArray[np.float64], size: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which features (m, n) are finite and vary by more than the rounding of numbers of this size (m,)."""
    with np.errstate(all="ignore"):
        spread = values.std(axis=1)
        largest = np.abs(values).max(axis=1)
        return np.asarray(
            np.isfinite(values).all(axis=1)
            & (largest < LARGEST)
            & (largest > SMALLEST)
            & (spread > DEGENERATE * size)
        )


def _distinct(values: NDArray[np.float64], unit: NDArray[np.int64], seen: Seen) -> NDArray[np.bool_]:
    """Return which features have not been seen: the same values, sign and size, and the same unit.

    A feature that changes sign stands for its negative too; 2 a and a + 1 are other operands than a.
    """
    if not len(values):
        return np.zeros(0, dtype=np.bool_)
    n = values.shape[1]
    size = np.sqrt((values * values).mean(axis=1))
    one_signed = (values.min(axis=1) >= 0.0) | (values.max(axis=1) <= 0.0)
    found = marks(values / size[:, None], directions(np.full(n, 1.0 / n)), signed=one_signed)
    found[:, 1] += np.log(size)
    found[:, 2] += 8.0 * unit
    return seen.new(found)


def _gathered(blocks: Iterator[Block], n: int) -> Iterator[Block]:
    """Give the blocks, small ones put together."""
    waiting: list[Block] = []
    for block in blocks:
        waiting.append(block)
        if sum(len(one.values) for one in waiting) * n >= BLOCK_VALUES:
            yield _one_block(waiting)
            waiting = []
    if waiting:
        yield _one_block(waiting)


def _one_block(blocks: list[Block]) -> Block:
    return Block(
        *(
            np.concatenate([getattr(one, name) for one in blocks])
            for name in ("values", "operator", "left", "right")
        )
    )


def _units_of(block: Block, features: Features, units: list[Unit]) -> NDArray[np.int64]:
    """Return the index (m,) of each candidate's unit, new units added to the list."""
    known = {unit: index for index, unit in enumerate(units)}
    right = np.where(block.right >= 0, features.unit[block.right], -1)
    keys = np.stack([block.operator.astype(np.int64), features.unit[block.left], right], axis=1)
    distinct, inverse = np.unique(keys, axis=0, return_inverse=True)
    found = np.empty(len(distinct), dtype=np.int64)
    for row, (code, first, second) in enumerate(distinct.tolist()):
        operands = (units[first],) if second < 0 else (units[first], units[second])
        unit = BY_CODE[code].unit(*operands)
        assert unit is not None
        if unit not in known:
            known[unit] = len(units)
            units.append(unit)
        found[row] = known[unit]
    return found[np.ravel(inverse)]


def _as_features(
    block: Block, unit: NDArray[np.int64], good: NDArray[np.bool_], features: Features
) -> Features:
    right = block.right[good]
    second = np.where(right >= 0, features.complexity[right], 0)
    return replace(
        features,
        values=block.values[good],
        operator=block.operator[good],
        left=block.left[good],
        right=right,
        rung=np.full(len(right), features.rung.max(initial=0) + 1, dtype=np.int8),
        complexity=1 + features.complexity[block.left[good]] + second,
        unit=unit[good],
    )


def _joined(parts: list[Features], units: tuple[Unit, ...]) -> Features:
    fields = ("values", "operator", "left", "right", "rung", "complexity", "unit")
    return Features(
        **{name: np.concatenate([getattr(one, name) for one in parts]) for name in fields},
        units=units,
        operators=parts[0].operators,
    )
