"""Charge-balanced formulas, made one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache, reduce
from itertools import combinations, islice, product
from math import gcd
from typing import TYPE_CHECKING

from matsluice.tasks.ingest.source_batch import BATCH_ROWS, SourceBatch
from matsluice.tasks.material.elements import ATOMIC_NUMBERS
from matsluice.tasks.material.usual_charges import is_ionic, usual_charges

if TYPE_CHECKING:
    from matsluice.tasks.ingest.enumerate_options import EnumerateOptions

# Numbers of atoms that may be kept for elements of the same states, for each of some thousand such combinations.
MOST_KEPT = 1000


def read(options: EnumerateOptions, targets: Sequence[str] = ()) -> Iterator[SourceBatch]:  # noqa: ARG001 - a source's shape
    """Give every formula the options allow, in batches, in an order that depends on the options alone."""
    formulas: Iterator[str] = charge_balanced_formulas(options)
    if options.limit is not None:
        formulas = islice(formulas, options.limit)
    while some := list(islice(formulas, BATCH_ROWS)):
        yield SourceBatch(ids=some, places=[f"enumerated {formula}" for formula in some], formulas=some)


def charge_balanced_formulas(options: EnumerateOptions) -> Iterator[str]:
    """Give the formulas Σ nᵢqᵢ = 0, with qᵢ a common oxidation state (pymatgen) and 1 ≤ nᵢ ≤ max_coefficient.

    A formula is in lowest terms and comes once, however many assignments of oxidation states balance it. Every
    cation must be less electronegative (Pauling) than every anion, as in the screening of Davies et al.
    2016, doi:10.1016/j.chempr.2016.09.010. Elements stand from the least to the most electronegative.
    """
    elements = _elements(options.elements, options.oxidation_states)
    for size in sorted(set(options.sizes)):
        for chosen in combinations(elements, size):
            largest = options.max_coefficient
            # Long lists are made anew each time, or they would fill the memory.
            counts_of = _counts if largest ** (size - 1) <= MOST_KEPT else _counts.__wrapped__
            for counts in counts_of(tuple(states for _, states in chosen), largest):
                yield "".join(
                    symbol + (str(n) if n > 1 else "") for (symbol, _), n in zip(chosen, counts, strict=True)
                )


@lru_cache(maxsize=1 << 12)  # many elements have the same states
def _counts(states_of_each: tuple[tuple[int, ...], ...], largest: int) -> list[tuple[int, ...]]:
    """Return the numbers of atoms with which some states of elements balance, increasing."""
    seen: set[tuple[int, ...]] = set()
    for states in product(*states_of_each):
        if is_ionic(states):
            seen.update(_balanced(states, largest))
    return sorted(seen)


def _elements(
    symbols: Sequence[str], states: Mapping[str, tuple[int, ...]]
) -> list[tuple[str, tuple[int, ...]]]:
    """Return (symbol, oxidation states), from the least to the most electronegative."""
    charges = usual_charges(states)
    # Never in the order of the campaign file.
    ordered = sorted(symbols, key=lambda symbol: int(charges.rank[ATOMIC_NUMBERS[symbol]]))
    return [(symbol, charges.of(ATOMIC_NUMBERS[symbol])) for symbol in ordered]


def _balanced(states: tuple[int, ...], largest: int) -> Iterator[tuple[int, ...]]:
    for first in product(range(1, largest + 1), repeat=len(states) - 1):
        charge = sum(n * q for n, q in zip(first, states, strict=False))
        last, left_over = divmod(-charge, states[-1])
        if left_over == 0 and 1 <= last <= largest and reduce(gcd, first, last) == 1:
            yield (*first, last)
