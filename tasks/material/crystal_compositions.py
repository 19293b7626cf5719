"""What crystals are made of: whole numbers where every site is filled, exact decimals where not."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from matsluice.tasks.material.batch import CompositionBatch, concatenate, offsets_of
from matsluice.tasks.material.canonical import canonical_amounts
from matsluice.tasks.material.compositions import exact_amount
from matsluice.tasks.material.elements import LAST_ATOMIC_NUMBER
from matsluice.tasks.material.formulas import batch_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.tasks.material.crystals import CrystalBatch

_WIDTH = LAST_ATOMIC_NUMBER + 1


def compositions_of(batch: CrystalBatch) -> CompositionBatch:
    """Return the canonical composition of each crystal.

    Examples
    --------
    >>> from matsluice.tasks.material import crystals_from_cells, reduced_formulas
    >>> cell = (4.2 * np.eye(3), [55, 17], [[0, 0, 0], [0.5, 0.5, 0.5]])
    >>> reduced_formulas(compositions_of(crystals_from_cells([cell]).batch))
    ['CsCl']
    """
    ordered = batch.is_ordered
    whole, partial = np.flatnonzero(ordered), np.flatnonzero(~ordered)
    if not len(partial):
        return _whole(batch)
    exact = batch_of([_exact(batch, row) for row in partial.tolist()])
    return concatenate([_whole(batch.take(whole)), exact]).take(np.argsort(np.concatenate([whole, partial])))


def _whole(batch: CrystalBatch) -> CompositionBatch:
    """Count atoms: one sort over the whole batch."""
    crystal = np.repeat(np.arange(len(batch)), batch.site_counts)
    entries, counts = np.unique(crystal * _WIDTH + batch.atomic_numbers, return_counts=True)
    rows, atomic_numbers = entries // _WIDTH, entries % _WIDTH
    offsets = offsets_of(np.bincount(rows, minlength=len(batch)))
    divisors: NDArray[np.int64] = (
        np.gcd.reduceat(counts, offsets[:-1]) if len(batch) else np.empty(0, dtype=np.int64)
    )
    amounts = counts // np.repeat(divisors, np.diff(offsets))
    return CompositionBatch(offsets, atomic_numbers.astype(np.int16), amounts.astype(np.float64))


def _exact(batch: CrystalBatch, row: int) -> dict[int, int]:
    sites = slice(batch.offsets[row], batch.offsets[row + 1])
    amounts: dict[int, Fraction] = {}
    for z, occupancy in zip(
        batch.atomic_numbers[sites].tolist(), batch.occupancies[sites].tolist(), strict=True
    ):
        amounts[z] = amounts.get(z, Fraction(0)) + exact_amount(occupancy)
    return canonical_amounts(amounts)
