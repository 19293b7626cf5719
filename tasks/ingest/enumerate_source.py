"""Charge-balanced formulas, made one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain, combinations, islice, product
from typing import TYPE_CHECKING

from matsluice.tasks.ingest.formula_prototypes import PROTOTYPES, FormulaPrototype, is_ionic_beside_neutral
from matsluice.tasks.ingest.source_batch import BATCH_ROWS, SourceBatch
from matsluice.tasks.material.usual_charges import (
    ElementStates,
    balanced_counts,
    elements_with_states,
    is_ionic,
)

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
    With prototypes, counts and states are theirs: `PROTOTYPES`.
    """
    elements = elements_with_states(options.elements, options.oxidation_states)
    prototypes = [PROTOTYPES[name] for name in options.prototypes]
    written = {element.symbol: _Written(element.symbol) for element in elements}
    for size in options.numbers_of_elements:
        of_size = [(some, _counts_by_states(some)) for some in prototypes if len(some.counts) == size]
        for chosen in combinations(elements, size):
            if prototypes:
                seen = (_counts_of_prototype(chosen, some, by_states) for some, by_states in of_size)
                found = sorted(set(chain.from_iterable(seen)))
            else:
                found = _counts(tuple(element.states for element in chosen), options.max_coefficient)
            # Element by element, which takes half as long as formula by formula.
            parts = [
                map(written[element.symbol].__getitem__, atoms)
                for element, atoms in zip(chosen, zip(*found, strict=True), strict=False)
            ]
            yield from map("".join, zip(*parts, strict=True))


class _Written(dict[int, str]):
    """Number of atoms → symbol and number, as they stand in a formula."""

    def __init__(self, symbol: str) -> None:
        super().__init__({1: symbol})
        self.symbol = symbol

    def __missing__(self, n: int) -> str:
        self[n] = f"{self.symbol}{n}"
        return self[n]


def _counts(states_of_each: tuple[tuple[int, ...], ...], largest: int) -> list[tuple[int, ...]]:
    """Return the numbers of atoms with which some states of elements balance, increasing."""
    if largest ** (len(states_of_each) - 1) <= MOST_KEPT:
        return _kept_counts(states_of_each, largest)
    # Long lists are made anew each time, or they would fill the memory.
    return _made_counts(states_of_each, largest, balanced_counts)


def _made_counts(
    states_of_each: tuple[tuple[int, ...], ...],
    largest: int,
    balanced: Callable[[tuple[int, ...], int], Iterable[tuple[int, ...]]],
) -> list[tuple[int, ...]]:
    ionic = filter(is_ionic, product(*states_of_each))
    return sorted(set(chain.from_iterable(balanced(states, largest) for states in ionic)))


@lru_cache(maxsize=1 << 12)  # many elements have the same states
def _kept_counts(states_of_each: tuple[tuple[int, ...], ...], largest: int) -> list[tuple[int, ...]]:
    return _made_counts(states_of_each, largest, _kept_balanced)


@lru_cache(maxsize=1 << 12)  # and more have some in common
def _kept_balanced(states: tuple[int, ...], largest: int) -> list[tuple[int, ...]]:
    return list(balanced_counts(states, largest))


def _counts_by_states(prototype: FormulaPrototype) -> dict[tuple[int, ...], set[tuple[int, ...]]]:
    found: dict[tuple[int, ...], set[tuple[int, ...]]] = {}
    for states, counts in prototype.assignments():
        if is_ionic_beside_neutral(states):
            found.setdefault(states, set()).add(counts)
    return found


def _counts_of_prototype(
    chosen: Sequence[ElementStates],
    prototype: FormulaPrototype,
    by_states: Mapping[tuple[int, ...], set[tuple[int, ...]]],
) -> Iterator[tuple[int, ...]]:
    """Give the counts of elements, from the least to the most electronegative, that take the prototype's sites."""
    own = prototype.own_states
    for states in product(*({*element.states, *own.get(element.symbol, ())} for element in chosen)):
        yield from by_states.get(states, ())
