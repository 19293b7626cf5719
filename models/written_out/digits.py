"""Numbers with as few digits as serve."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

FEWEST: Final = 3
# So many tell any two numbers of double precision apart.
MOST: Final = 17
# Whole numbers below are written out.
PLAIN: Final = 1e7
# Share of the allowed distance that rounding may use up; the rest is for the sum itself.
USED: Final = 0.9


def shortest_sum(
    terms: NDArray[np.float64],
    coefficients: NDArray[np.float64],
    wanted: NDArray[np.float64],
    tolerance: float,
) -> list[str]:
    """Return coefficients as texts, so short that their sum of terms stays within the tolerance of what is wanted.

    Parameters
    ----------
    terms
        What each coefficient is multiplied by, (n, k).
    coefficients
        (k,).
    wanted
        The sums, (n,).
    tolerance
        Largest distance that is allowed. Where no number of digits keeps it, all digits are given.

    Examples
    --------
    >>> shortest_sum(np.array([[1.0, 2.0], [1.0, 3.0]]), np.array([1 / 3, 2 / 3]), np.array([5 / 3, 7 / 3]), 0.005)
    ['0.333', '0.667']
    """
    for digits in range(FEWEST, MOST + 1):
        texts = [written(value, digits) for value in coefficients.tolist()]
        rounded = np.array([float(text) for text in texts])
        if np.abs(terms @ rounded - wanted).max(initial=0.0) <= USED * tolerance:
            return texts
    return [written(value, MOST) for value in coefficients.tolist()]


def shortest(value: float, tolerance: float, fewest: int = FEWEST) -> str:
    """Return the value with as few digits as stay within the tolerance.

    Examples
    --------
    >>> shortest(2 / 3, 0.01), shortest(12345.678, 0.01), shortest(0.0, 0.1)
    ('0.667', '12345.68', '0')
    """
    for digits in range(fewest, MOST):
        text = written(value, digits)
        if abs(float(text) - value) <= tolerance:
            return text
    return written(value, MOST)


def written(value: float, digits: int) -> str:
    """Return a value with so many significant digits, without an exponent where it has few digits before the point.

    Examples
    --------
    >>> written(20471.2, 3), written(-0.1234567, 3), written(3e-7, 3), written(2e9, 3)
    ('20500', '-0.123', '3e-07', '2e+09')
    """
    text = f"{value:.{digits}g}"
    return f"{float(text):.0f}" if "e+" in text and abs(value) < PLAIN else text


def summed(texts: Sequence[str], factors: Sequence[str]) -> str:
    """Return Σ text × factor as sympy writes it; the factor of a constant is "".

    Examples
    --------
    >>> summed(["0.5", "-1.2", "3"], ["", "mass", "(a + b)"])
    '0.5 - 1.2*mass + 3*(a + b)'
    """
    written = ""
    for text, factor in zip(texts, factors, strict=True):
        sign, size = ("-", text[1:]) if text.startswith("-") else ("+", text)
        product = f"{size}*{factor}" if factor else size
        if written:
            written += f" {sign} {product}"
        else:
            written = f"-{product}" if sign == "-" else product
    return written or "0"
