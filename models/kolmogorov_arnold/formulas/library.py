"""The functions an edge may be read as, each as numbers and as a sympy expression."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class FunctionSpec:
    """One function f, fitted to an edge as c f(a x + b) + d.

    Attributes
    ----------
    name
        Its name in `symbolic(library=…)`.
    cost
        How complicated it is: of functions that fit about as well, the cheapest is taken.
    of
        The numbers: NaN where it is not defined.
    expression
        The sympy expression of a sympy argument.
    free
        Which of a and b say something c and d do not: "" for x, "b" for powers and the logarithm, "a" for exp,
        "ab" for the rest.
    power
        p where f(k x) = kᵖ f(x) for k > 0.
    is_even, is_odd
        Whether f(−x) is f(x) or −f(x): one sign of a suffices.
    """

    name: str
    cost: int
    of: Callable[[NDArray[np.float64]], NDArray[np.float64]]
    expression: Callable[[Any], Any]
    free: str = "ab"
    power: float | None = None
    is_even: bool = False
    is_odd: bool = False

    @property
    def is_defined_everywhere(self) -> bool:
        """Whether it has a value for every argument: a root has none below zero, 1/x none at it."""
        with np.errstate(all="ignore"):
            return bool(np.isfinite(self.of(np.linspace(-3.0, 3.0, 7))).all())


def _sympy(name: str) -> Callable[[Any], Any]:
    def expression(argument: Any) -> Any:
        import sympy

        return getattr(sympy, name)(argument)

    return expression


def _power(exponent: int) -> Callable[[Any], Any]:
    return lambda argument: argument**exponent


def _root(argument: Any) -> Any:
    import sympy

    return sympy.sqrt(argument)


def _inverse_root(argument: Any) -> Any:
    import sympy

    return 1 / sympy.sqrt(argument)


def _bell(argument: Any) -> Any:
    import sympy

    return sympy.exp(-(argument**2))


def _lorentzian(argument: Any) -> Any:
    return 1 / (1 + argument**2)


LIBRARY: Final[Mapping[str, FunctionSpec]] = MappingProxyType(
    {
        spec.name: spec
        for spec in (
            FunctionSpec("x", 1, lambda x: x, _power(1), free="", is_odd=True, power=1),
            FunctionSpec("x^2", 2, lambda x: x**2, _power(2), free="b", is_even=True, power=2),
            FunctionSpec("x^3", 3, lambda x: x**3, _power(3), free="b", is_odd=True, power=3),
            FunctionSpec("x^4", 3, lambda x: x**4, _power(4), free="b", is_even=True, power=4),
            FunctionSpec("1/x", 2, lambda x: 1 / x, _power(-1), free="b", is_odd=True, power=-1),
            FunctionSpec("1/x^2", 3, lambda x: 1 / x**2, _power(-2), free="b", is_even=True, power=-2),
            FunctionSpec("sqrt", 2, np.sqrt, _root, free="b", power=0.5),
            FunctionSpec("1/sqrt", 3, lambda x: 1 / np.sqrt(x), _inverse_root, free="b", power=-0.5),
            FunctionSpec("exp", 2, np.exp, _sympy("exp"), free="a"),
            FunctionSpec("log", 2, np.log, _sympy("log"), free="b"),
            FunctionSpec("sin", 3, np.sin, _sympy("sin"), is_odd=True),
            FunctionSpec("abs", 3, np.abs, _sympy("Abs"), free="b", is_even=True, power=1),
            FunctionSpec("tanh", 3, np.tanh, _sympy("tanh"), is_odd=True),
            FunctionSpec("arctan", 4, np.arctan, _sympy("atan"), is_odd=True),
            FunctionSpec("arcsin", 4, np.arcsin, _sympy("asin"), is_odd=True),
            FunctionSpec("tan", 4, np.tan, _sympy("tan"), is_odd=True),
            FunctionSpec("gaussian", 3, lambda x: np.exp(-(x**2)), _bell, is_even=True),
            FunctionSpec("lorentzian", 4, lambda x: 1 / (1 + x**2), _lorentzian, is_even=True),
        )
    }
)
