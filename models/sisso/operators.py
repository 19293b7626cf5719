"""The operators that build features: what they compute, where they are defined, and what they do to units."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from fractions import Fraction
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from matsluice.models.sisso.units import DIMENSIONLESS, Unit

if TYPE_CHECKING:
    from numpy.typing import NDArray

# The compiled kernels know binary operators by these numbers.
ADD, SUBTRACT, DISTANCE, MULTIPLY, DIVIDE = 1, 2, 3, 4, 5
# A denominator this small beside its own root mean square is a difference that cancelled, not a number.
NO_DENOMINATOR: Final = 1e-12


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator.

    Attributes
    ----------
    name
        The word in `operators=`.
    code
        Its number in arrays and kernels.
    arity
        1 or 2.
    aliases
        Other words for it: signs, and those of SISSO and SISSO++.
    compute
        Values (..., n) of the operands to values; of one operand for arity 1.
    unit
        Units of the operands to the unit of the result, or None where the operator must not be applied.
    defined
        Values (m, n) of the last operand (a denominator for "/") to (m,): whether every row has a result.
    symbolic
        The same on sympy expressions.
    """

    name: str
    code: int
    arity: int
    aliases: tuple[str, ...]
    compute: Callable[..., NDArray[np.float64]]
    unit: Callable[..., Unit | None]
    defined: Callable[[NDArray[np.float64]], NDArray[np.bool_]]
    symbolic: Callable[..., Any]


def _same(left: Unit, right: Unit) -> Unit | None:
    return left if left == right else None


def _only_numbers(unit: Unit) -> Unit | None:
    return DIMENSIONLESS if unit.dimensionless else None


def _to_the(power: Fraction) -> Callable[[Unit], Unit]:
    return lambda unit: unit**power


def _anywhere(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.ones(len(values), dtype=np.bool_)


def _positive(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.asarray((values > 0.0).all(axis=1))


def _not_negative(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.asarray((values >= 0.0).all(axis=1))


def not_zero(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return for each feature (m, n) whether it can be divided by in every row.

    >>> not_zero(np.array([[1.0, -2.0], [0.0, 2.0], [1e-14, 1.0]])).tolist()
    [True, False, False]
    """
    size = np.abs(values)
    return np.asarray(size.min(axis=1) > NO_DENOMINATOR * size.max(axis=1))


def _not_too_large(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    # Beyond, squares of the exponential overflow; a physical exponent of this size is a mistake of units anyway.
    return np.asarray((np.abs(values) <= 150.0).all(axis=1))


def _real_cube_root(x: Any) -> Any:
    import sympy

    # sympy's own cube root of a negative number is complex.
    return sympy.sign(x) * sympy.Abs(x) ** sympy.Rational(1, 3)


def _sympy(name: str) -> Callable[[Any], Any]:
    def apply(x: Any) -> Any:
        import sympy

        return getattr(sympy, name)(x)

    return apply


OPERATORS: Final[Mapping[str, Operator]] = MappingProxyType(
    {
        operator.name: operator
        for operator in (
            Operator("+", ADD, 2, ("add", "sum", "plus"), np.add, _same, _anywhere, lambda a, b: a + b),
            Operator("-", SUBTRACT, 2, ("−", "sub", "minus"), np.subtract, _same, _anywhere, lambda a, b: a - b),
            Operator("|-|", DISTANCE, 2, ("|−|", "abs_diff", "absdiff"),
                     lambda a, b: np.abs(a - b), _same, _anywhere, lambda a, b: _sympy("Abs")(a - b)),
            Operator("*", MULTIPLY, 2, ("×", "·", "mult", "mul", "times"), np.multiply,
                     lambda a, b: a * b, _anywhere, lambda a, b: a * b),
            Operator("/", DIVIDE, 2, ("÷", "div", "divide"), np.divide,
                     lambda a, b: a / b, not_zero, lambda a, b: a / b),
            Operator("^-1", 6, 1, ("⁻¹", "inv", "inverse", "reciprocal", "1/x", "**-1"),
                     lambda a: 1.0 / a, _to_the(Fraction(-1)), not_zero, lambda a: 1 / a),
            Operator("^2", 7, 1, ("²", "sq", "square", "**2"), np.square,
                     _to_the(Fraction(2)), _anywhere, lambda a: a**2),
            Operator("^3", 8, 1, ("³", "cb", "cube", "**3"), lambda a: a * a * a,
                     _to_the(Fraction(3)), _anywhere, lambda a: a**3),
            Operator("sqrt", 9, 1, ("√", "root"), np.sqrt, _to_the(Fraction(1, 2)), _not_negative, _sympy("sqrt")),
            Operator("cbrt", 10, 1, ("∛", "cuberoot"), np.cbrt,
                     _to_the(Fraction(1, 3)), _anywhere, _real_cube_root),
            Operator("exp", 11, 1, (), np.exp, _only_numbers, _not_too_large, _sympy("exp")),
            Operator("exp-", 12, 1, ("neg_exp", "exp(-x)", "expneg", "exp−"),
                     lambda a: np.exp(-a), _only_numbers, _not_too_large, lambda a: _sympy("exp")(-a)),
            Operator("log", 13, 1, ("ln",), np.log, _only_numbers, _positive, _sympy("log")),
        )
    }
)  # fmt: skip
BY_CODE: Final[Mapping[int, Operator]] = MappingProxyType({one.code: one for one in OPERATORS.values()})
_SPELLINGS: Final = {word: one.name for one in OPERATORS.values() for word in (one.name, *one.aliases)}


def chosen_operators(words: Sequence[str] | str | None) -> tuple[Operator, ...]:
    """Return the operators a person named, in the order of the table.

    Parameters
    ----------
    words
        Names or aliases; also one text in brackets as SISSO's input files have it; None for all.

    Raises
    ------
    ValueError
        A word is no operator.

    Examples
    --------
    >>> [one.name for one in chosen_operators(["÷", "add", "ln"])]
    ['+', '/', 'log']
    >>> [one.name for one in chosen_operators("(+)(^-1)(exp-)")]
    ['+', '^-1', 'exp-']
    >>> chosen_operators(["sqroot"])
    Traceback (most recent call last):
        ...
    ValueError: unknown operator "sqroot": did you mean "sqrt"? Allowed: + - |-| * / ^-1 ^2 ^3 sqrt cbrt exp exp- log
    """
    if words is None:
        return tuple(OPERATORS.values())
    if isinstance(words, str):
        words = re.findall(r"\(([^()]+)\)", words) or [words]
    names = set()
    for word in words:
        if word not in _SPELLINGS:
            like = get_close_matches(str(word).lower(), _SPELLINGS, n=1, cutoff=0.6)
            hint = f': did you mean "{like[0]}"? Allowed' if like else "; allowed"
            raise ValueError(f'unknown operator "{word}"{hint}: {" ".join(OPERATORS)}')
        names.add(_SPELLINGS[word])
    return tuple(one for one in OPERATORS.values() if one.name in names)
