"""pymatgen compositions, whose amounts are binary floats, as exact canonical compositions."""

from __future__ import annotations

from fractions import Fraction
from math import isfinite
from typing import TYPE_CHECKING, Final

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.material.canonical import TooFine, canonical_amounts
from matsluice.tasks.material.elements import ATOMIC_NUMBERS, SYMBOLS
from matsluice.tasks.material.formulas import batch_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pymatgen.core.composition import Composition

    from matsluice.tasks.material.batch import CompositionBatch

# A float written with at most this many digits is taken as that decimal; its neighbours are 1e-16 away.
_DIGITS: Final = 12
_LARGEST_DENOMINATOR: Final = 10**6
_FLOAT_ERROR: Final = 4e-15  # relative; what sums and products of a few dozen floats lose


def batch_from_compositions(compositions: Sequence[Composition]) -> CompositionBatch:
    """Return pymatgen compositions as a batch; oxidation states are left out.

    An amount is taken for the exact number it stands for: the decimal, where at most 12 digits write it;
    else the ratio of whole numbers (denominator at most 10**6) that float arithmetic can have missed by its
    rounding, as 0.30000000000000004 or 0.6666666666666666; else the nearest decimal of 12 digits.

    Raises
    ------
    InvalidInput
        For a composition that is empty, has a negative amount, or has a species that is no element.

    Examples
    --------
    >>> from pymatgen.core import Composition
    >>> batch_from_compositions([Composition("Fe2O3").fractional_composition]).amounts
    array([3., 2.])
    """
    rows: list[dict[int, int]] = []
    for row, composition in enumerate(compositions):
        exact: dict[int, Fraction] = {}
        for species, amount in composition.items():
            z = _atomic_number(species, row)
            if not isfinite(amount) or amount < 0:
                raise InvalidInput(f"composition {row} ({composition}): the amount {amount} is not positive")
            exact[z] = exact.get(z, Fraction(0)) + exact_amount(float(amount))
        present = {z: amount for z, amount in exact.items() if amount > 0}
        if not present:
            raise InvalidInput(
                f"composition {row}: it has no atoms; give every material at least one element"
            )
        try:
            rows.append(canonical_amounts(present))
        except TooFine as fine:
            symbol = SYMBOLS[fine.atomic_number]
            raise InvalidInput(
                f"composition {row}: the amount of {symbol} is too small beside the others; leave it out"
            ) from None
    return batch_of(rows)


def _atomic_number(species: object, row: int) -> int:
    symbol = str(getattr(species, "symbol", species))
    name = str(getattr(species, "name", symbol))  # pymatgen's deuterium is an element named D of symbol H
    if symbol not in ATOMIC_NUMBERS or name in ("D", "T"):
        remedy = (
            "write H, a composition has no isotopes" if name in ("D", "T") else "every species is an element"
        )
        raise InvalidInput(f'composition {row}: "{name}" is not an element; {remedy}')
    return ATOMIC_NUMBERS[symbol]


def exact_amount(amount: float) -> Fraction:
    """Return the exact number that a float stands for, as `batch_from_compositions` says.

    Examples
    --------
    >>> exact_amount(0.1 + 0.2), exact_amount(2 / 3)
    (Fraction(3, 10), Fraction(2, 3))
    """
    decimal = Fraction(f"{amount:.{_DIGITS}g}")
    if float(decimal) == amount:
        return decimal
    ratio = Fraction(amount).limit_denominator(_LARGEST_DENOMINATOR)
    return ratio if abs(float(ratio) - amount) <= _FLOAT_ERROR * amount else decimal
