"""Charge-balanced formulas, made one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, islice, product
from typing import TYPE_CHECKING

from matsluice.tasks.ingest.charge_balance import balanced_counts, elements_with_states, is_ionic
from matsluice.tasks.ingest.source_batch import BATCH_ROWS, SourceBatch

if TYPE_CHECKING:
    from matsluice.tasks.ingest.enumerate_options import EnumerateOptions


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
    elements = elements_with_states(options.elements, options.oxidation_states)
    for size in sorted(set(options.sizes)):
        for chosen in combinations(elements, size):
            seen: set[tuple[int, ...]] = set()
            for states in product(*(element.states for element in chosen)):
                if is_ionic(states):
                    seen.update(balanced_counts(states, options.max_coefficient))
            for counts in sorted(seen):
                yield "".join(
                    symbol + (str(n) if n > 1 else "")
                    for (symbol, _, _), n in zip(chosen, counts, strict=True)
                )
