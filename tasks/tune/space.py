"""Which settings a search may try: the catalogue's ranges, those that a campaign narrows or widens, and their names."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, TypeAlias

from matsluice.models.search_space import Choices, Integers, LogUniform, Range, Uniform

Setting: TypeAlias = Mapping[str, Any]

# A setting is written into campaign files and read by people; no score knows a fifth digit of C.
DIGITS = 4


def as_written(values: Range) -> tuple[Any, ...]:
    """Return a range as a campaign file has it: [lowest, highest], or the values to choose from.

    Examples
    --------
    >>> as_written(LogUniform(0.1, 100.0)), as_written(Choices(("adam", "lbfgs")))
    ((0.1, 100.0), ('adam', 'lbfgs'))
    """
    return values.values if isinstance(values, Choices) else (values.low, values.high)


def in_place_of(known: Range, given: object) -> Range:
    """Return the range that a campaign gives in place of the catalogue's.

    Parameters
    ----------
    known
        The catalogue's: whether a parameter is whole, or goes by its logarithm, stays as it is there.
    given
        (lowest, highest) of a number, or two and more values to choose from.

    Raises
    ------
    ValueError
        The sentence with what is allowed.

    Examples
    --------
    >>> in_place_of(LogUniform(0.1, 1000.0), (1, 50))
    LogUniform(low=1, high=50)
    >>> in_place_of(LogUniform(0.1, 1000.0), (0, 50))
    Traceback (most recent call last):
        ...
    ValueError: got a lowest value of 0; allowed: above 0
    """
    if isinstance(known, Choices):
        return _choices(known, given)
    whole = isinstance(known, Integers)
    if not isinstance(given, tuple) or len(given) != 2 or not all(_is_number(end, whole) for end in given):
        kind = "whole numbers" if whole else "numbers"
        example = ", ".join(f"{end:g}" for end in as_written(known))
        raise ValueError(f"allowed: [lowest, highest], two {kind}, such as [{example}]")
    low, high = given
    if not low < high:
        raise ValueError(
            f"got {low:g} to {high:g}; allowed: [lowest, highest] with the first below the second"
        )
    match known:
        case LogUniform():
            if low <= 0:
                raise ValueError(f"got a lowest value of {low:g}; allowed: above 0")
            return LogUniform(low, high)
        case Integers():
            if low < (least := min(1, known.low)):
                raise ValueError(f"got a lowest value of {low}; allowed: from {least} on")
            return Integers(low, high, log=known.log and low > 0)
        case Uniform():
            if low < 0 or high > 1:
                raise ValueError(f"got {low:g} to {high:g}; allowed: a share, from 0 to 1")
            return Uniform(low, high)


def _choices(known: Choices, given: object) -> Choices:
    listed = ", ".join(str(value) for value in known.values)
    if not isinstance(given, tuple) or len(given) < 2 or len(set(given)) < len(given):
        raise ValueError(f"allowed: a list of two or more values, each once, of {listed}")
    for value in given:
        if isinstance(value, str) and value not in known.values:
            raise ValueError(f'got "{value}"; allowed: {listed}')
        if not any(_like(value, one) for one in known.values):
            raise ValueError(f"got {value}; allowed: values such as {listed}")
    return Choices(given)


def _is_number(value: object, whole: bool) -> bool:
    if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
        return False
    return math.isfinite(value)


def _like(value: object, one: object) -> bool:
    """Whether a value may stand where another does: a whole number for any number, never the other way round."""
    if isinstance(value, tuple) and isinstance(one, tuple):
        return bool(value) and all(_like(inner, one[0]) for inner in value)
    if isinstance(one, float):
        return _is_number(value, whole=False)
    return type(value) is type(one)


def rounded(values: Range, value: Any) -> Any:
    """Return a number with as many digits as a person would write, still inside its range; others as they are.

    Examples
    --------
    >>> rounded(LogUniform(0.1, 1000.0), 12.3456789), rounded(Uniform(0.12345, 1.0), 0.12346)
    (12.35, 0.1235)
    """
    if isinstance(values, Choices | Integers):
        return value
    return min(max(float(f"{value:.{DIGITS}g}"), values.low), values.high)


def size(space: Mapping[str, Range]) -> float:
    """Return how many settings there are; infinity where a number may be any.

    Examples
    --------
    >>> size({"rung": Integers(0, 1), "kernel": Choices(("matern", "rbf"))}), size({"C": LogUniform(1, 2)})
    (4, inf)
    """
    count: float = 1
    for values in space.values():
        match values:
            case Choices():
                count *= len(values.values)
            case Integers():
                count *= values.high - values.low + 1
            case _:
                return math.inf
    return count


def inside(space: Mapping[str, Range], setting: Setting) -> bool:
    """Whether every value lies in its range; a default need not."""
    return all(values.holds(setting[name]) for name, values in space.items())
