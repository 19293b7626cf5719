"""Constants that stand near a plain number, and are it if nothing is lost by that."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from matsluice.models.kolmogorov_arnold.formulas.composed import Composed, fitted_together

if TYPE_CHECKING:
    from numpy.typing import NDArray

# How near, relative to itself or to 1; what may be lost; and the misfit below which a formula is taken for exact.
_NEAR: Final = 2e-3
_LOST: Final = 1.02
_EXACT: Final = 1e-7
_DIGITS: Final = 6
_DENOMINATORS: Final = (1, 2, 3, 4, 5, 6, 8, 10)


def plain_number(value: float) -> float | None:
    """Return the plain number near a value: a small fraction, a small multiple of π, or None.

    Examples
    --------
    >>> plain_number(0.50001), plain_number(3.1415), plain_number(0.4321)
    (0.5, 3.141592653589793, None)
    """
    for denominator in _DENOMINATORS:
        for unit in (1.0, np.pi):
            near = round(value / unit * denominator)
            allowed = _NEAR / denominator * (max(abs(value), 0.1) if near else 1.0)
            if (
                abs(near) <= 60
                and abs(near * unit / denominator - value) <= allowed
                and (near or unit == 1.0)
            ):
                return near * unit / denominator
    return None


def as_sympy(value: float, digits: int = _DIGITS, near: float = 1e-12) -> Any:
    """Return a sympy number: exact for a plain number, else with some digits.

    Parameters
    ----------
    near
        How near a plain number is one.

    Examples
    --------
    >>> as_sympy(1.5), as_sympy(2 * np.pi), as_sympy(0.123456789), as_sympy(0.999999, near=1e-5)
    (3/2, 2*pi, 0.123457, 1)
    """
    import sympy

    for unit, symbol in ((1.0, sympy.Integer(1)), (np.pi, sympy.pi)):
        plain = Fraction(value / unit).limit_denominator(10)
        if abs(float(plain) * unit - value) <= near * max(abs(value), 1e-3):
            return sympy.Rational(plain.numerator, plain.denominator) * symbol
    return sympy.Float(f"{value:.{digits}g}", digits)


def with_plain_numbers(
    composed: Composed, X: NDArray[np.float64], wanted: NDArray[np.float64], weights: NDArray[np.float64]
) -> Composed:
    """Return the composition with each constant at the plain number near it, where the fit stays as good.

    One after the other, the nearest first, and the others fitted again each time.
    """
    bar = max(composed.misfit(X, wanted) * _LOST, _EXACT)
    refused: set[tuple[int, int, str]] = set()
    while True:
        near = [one for one in _places(composed) if one[1:4] not in refused]
        if not near:
            return composed
        _, depth, place, name, plain = min(near)
        tried = composed.copied()
        if name == "shift":
            tried.shifts[depth][place], tried.shifts_held[depth][place] = plain, True
        else:
            edge = tried.layers[depth][place]
            setattr(edge, name, plain)
            edge.held.add(name)
        tried = fitted_together(tried, X, wanted, weights)
        if tried.misfit(X, wanted) <= bar:
            composed = tried
        else:
            refused.add((depth, place, name))


def _places(composed: Composed) -> list[tuple[float, int, int, str, float]]:
    """Return (distance, layer, edge or node, constant, plain number) of each constant that is near one."""
    found = []
    for depth, edges in enumerate(composed.layers):
        every = [
            (place, name, getattr(edge, name))
            for place, edge in enumerate(edges)
            for name in ("a", "b", "c")
            if name not in edge.held
        ]
        every += [
            (place, "shift", float(value))
            for place, value in enumerate(composed.shifts[depth])
            if not composed.shifts_held[depth][place]
        ]
        for place, name, value in every:
            plain = plain_number(value)
            if plain is not None:
                found.append((abs(plain - value), depth, place, name, plain))
    return found
