"""Data made from a formula that is drawn at random, and whether a search finds it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matsluice.models.sisso.budget import Budget
from matsluice.models.sisso.expressions import Expression
from matsluice.models.sisso.feature_space import Features, next_rung, primary_features
from matsluice.models.sisso.formula import LinearModel
from matsluice.models.sisso.operators import BY_CODE, chosen_operators
from matsluice.models.sisso.units import DIMENSIONLESS

COLUMNS = 20
NOISE = 0.05


@dataclass(frozen=True)
class Planted:
    """y = a f + b g + noise, f and g of rung 2 with equal spread, among 20 columns of which they use a few."""

    X: NDArray[np.float64]
    y: NDArray[np.float64]
    features: tuple[Expression, Expression]


def planted(seed: int, rows: int) -> Planted:
    """Return data of one trial: columns uniform between 0.5 and 3, noise of 5 % of the spread of y."""
    chance = np.random.default_rng(seed)
    X = chance.uniform(0.5, 3.0, (rows, COLUMNS))
    held = next_rung(
        primary_features(X, [DIMENSIONLESS] * COLUMNS, chosen_operators(None)), Budget(4.0, 1e9, rows)
    )
    first, second = _drawn(held, chance), _drawn(held, chance)
    while abs(np.corrcoef(first.values(X), second.values(X))[0, 1]) > 0.3:
        second = _drawn(held, chance)
    y = 3.0 + sum(one.values(X) / one.values(X).std() * size for one, size in ((first, 1.5), (second, -1.0)))
    return Planted(X, y + NOISE * y.std() * chance.normal(size=rows), (first, second))


def _drawn(held: Features, chance: np.random.Generator) -> Expression:
    """Return a random feature of rung 2 that is neither constant nor a few outliers."""
    while True:
        operator = held.operators[chance.integers(len(held.operators))]
        operands = [held.expression(int(i)) for i in chance.integers(held.newest, len(held), operator.arity)]
        if len(operands) == 2 and operands[0] == operands[1]:
            continue
        values = np.stack([held_values(held, one) for one in operands])
        if not operator.defined(values[-1:]).all():
            continue
        with np.errstate(all="ignore"):
            found = operator.compute(*values)
        # Outliers would make the formula easy: a handful of rows would tell it.
        centred = (found - found.mean()) / (found.std() or 1.0)
        if not np.isfinite(found).all() or found.std() < 1e-3 * abs(found.mean()) or abs(centred).max() > 8.0:
            continue
        return Expression(
            operator.name, tuple(operands), -1, DIMENSIONLESS, found.min(), found.max(), float(found.mean())
        )


def held_values(held: Features, one: Expression) -> NDArray[np.float64]:
    """Return the values of an expression over the rows the features are held for."""
    if not one.operands:
        return np.asarray(
            held.values[int(np.flatnonzero((held.operator == 0) & (held.left == one.column))[0])]
        )
    operator = next(operator for operator in BY_CODE.values() if operator.name == one.operator)
    return np.asarray(operator.compute(*(held_values(held, part) for part in one.operands)))


def recovered(data: Planted, model: LinearModel) -> bool:
    """Return whether the model's features are the planted ones, up to scale and shift, by their values."""
    return all(
        max(_alike(one.values(data.X), other.values(data.X)) for other in model.features) > 1.0 - 1e-9
        for one in data.features
    )


def _alike(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    return float(abs(np.corrcoef(a, b)[0, 1]))


def names(count: int = COLUMNS) -> Sequence[str]:
    """Return the columns' names: x0, x1 and so on."""
    return [f"x{i}" for i in range(count)]
