"""The smallest whole numbers in a composition's ratio: what makes two spellings one material."""

from __future__ import annotations

from fractions import Fraction
from math import gcd, lcm
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

# The largest whole number up to which float64 holds every whole number exactly.
LARGEST_AMOUNT: Final = 2**53
# Where exact whole numbers would be larger, atomic fractions are rounded to this many decimal places.
FRACTION_DECIMALS: Final = 15


class TooFine(Exception):  # noqa: N818 - it names what the composition is
    """An element's share is too small beside the others to be held: below 5e-16 of all atoms."""

    def __init__(self, atomic_number: int) -> None:
        super().__init__(atomic_number)
        self.atomic_number = atomic_number


def canonical_amounts(amounts: Mapping[int, Fraction]) -> dict[int, int]:
    """Return the canonical whole-number amounts, by increasing atomic number.

    The ratio is kept exactly wherever its smallest whole numbers are at most 2**53. Where they are not
    (amounts written with more than about 15 significant digits), every atomic fraction is rounded to 15
    decimal places, half to even, and those are the amounts: compositions that differ by less are one
    material. The rule depends on the exact ratio alone, never on how the formula is written.

    Parameters
    ----------
    amounts : mapping of int to Fraction
        Positive amount of each atomic number, in any common unit; at least one.

    Raises
    ------
    TooFine
        When rounding would make an element vanish.

    Examples
    --------
    >>> canonical_amounts({26: Fraction(2, 5), 8: Fraction(3, 5)})
    {8: 3, 26: 2}
    """
    scale = lcm(*(amount.denominator for amount in amounts.values()))
    whole = {z: int(amounts[z] * scale) for z in sorted(amounts)}
    divisor = gcd(*whole.values())
    if max(whole.values()) // divisor > LARGEST_AMOUNT:
        total = sum(whole.values())
        whole = {z: round(Fraction(amount * 10**FRACTION_DECIMALS, total)) for z, amount in whole.items()}
        vanished = next((z for z, amount in whole.items() if amount == 0), None)
        if vanished is not None:
            raise TooFine(vanished)
        divisor = gcd(*whole.values())
    return {z: amount // divisor for z, amount in whole.items()}
