"""Oxidation states that a composition most likely has: those that balance and are commonest in the ICSD.

The same states as pymatgen's ``Composition.add_charges_from_oxi_state_guesses(max_sites=-1)``, from the same
tables (Ong et al. 2013, doi:10.1016/j.commatsci.2012.10.028): every atom of the formula unit is in one of its
element's states in the Inorganic Crystal Structure Database, the states add up to zero, and the sum over the
atoms of how often such an ion is found is the greatest. pymatgen tries all combinations; here they are built up
atom by atom, which takes microseconds instead of up to minutes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import blake2b
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np

from matsluice.tasks.material.batch import offsets_of
from matsluice.tasks.material.elements import FORMULA_RANK, LAST_ATOMIC_NUMBER, SYMBOLS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from matsluice.tasks.material.batch import CompositionBatch

MOST_ATOMS: Final = 500  # of a formula unit: the tables grow with its square
LOWEST_STATE: Final = -4
HIGHEST_STATE: Final = 7
_ION: Final = re.compile(r"([A-Z][a-z]?)(\d*)([+-])")


@dataclass(frozen=True, slots=True, eq=False)
class OxidationStates:
    """The oxidation states of the m entries of a `CompositionBatch`.

    Attributes
    ----------
    mean : (m,) float64
        Mean over the atoms of the element: 8/3 for the iron of Fe3O4; NaN throughout a row without a guess.
    offsets : (m + 1,) int64
        Where each entry's ions begin; an entry without a guess has none.
    states : (s,) int64
        The states of an entry's atoms: 2 and 3 for the iron of Fe3O4.
    atoms : (s,) int64
        How many atoms of the formula unit are in each: 1 and 2.
    undefined : dict of int to str
        For each row without a guess the reason.
    """

    mean: NDArray[np.float64]
    offsets: NDArray[np.int64]
    states: NDArray[np.int64]
    atoms: NDArray[np.int64]
    undefined: dict[int, str]


def guessed_oxidation_states(batch: CompositionBatch) -> OxidationStates:
    """Return the likeliest oxidation states of each composition's elements.

    A row has none where nothing balances, where an element has no states (helium), and where the formula unit
    has more than 500 atoms. An element alone has the state 0. Equally likely solutions are told apart as pymatgen
    does for a formula in the order of electronegativity.

    Examples
    --------
    >>> from matsluice.tasks.material import parse_formulas
    >>> guess = guessed_oxidation_states(parse_formulas(["Fe3O4", "FeNi"]).batch)
    >>> guess.mean.round(3), guess.states, guess.atoms
    (array([-2.   ,  2.667,    nan,    nan]), array([-2,  2,  3]), array([4, 1, 2]))
    >>> guess.undefined
    {1: 'no oxidation states that balance'}
    """
    from matsluice.tasks.features.composition.oxidation_search import balanced_sums  # imports numba

    sizes = np.diff(batch.offsets)
    row = np.repeat(np.arange(len(batch)), sizes)
    totals = np.bincount(row, batch.amounts, minlength=len(batch))
    searched = ((sizes > 1) & (totals <= MOST_ATOMS))[row]
    tables, table_of = _tables(batch, searched)
    order = np.lexsort((np.array(FORMULA_RANK)[batch.atomic_numbers], row))
    starts = offsets_of(np.array([len(table.places) for table in tables], dtype=np.int64))
    found = np.empty(len(row), dtype=np.int64)
    balanced_sums(
        batch.offsets,
        table_of[order],
        starts,
        np.array([table.lowest for table in tables], dtype=np.int64),
        np.concatenate([table.likelihood for table in tables]),
        np.concatenate([table.places for table in tables]),
        found,
    )
    lines = np.empty_like(found)
    lines[order] = found
    counts = np.concatenate([table.counts for table in tables])[starts[table_of] + lines]
    counts[lines < 0] = 0
    alone = np.flatnonzero((sizes == 1)[row])
    counts[alone, -LOWEST_STATE] = batch.amounts[alone]
    return _ragged(counts, _reasons(batch, searched, lines))


def _ragged(counts: NDArray[np.int64], undefined: dict[int, str]) -> OxidationStates:
    """Return the ions of each entry; counts (m, states from the lowest) says how many atoms are in each."""
    entries, places = np.nonzero(counts)
    states, atoms = places + LOWEST_STATE, counts[entries, places]
    ions = np.bincount(entries, minlength=len(counts))
    with np.errstate(invalid="ignore"):  # 0 / 0 is NaN, for an entry without ions
        mean = counts @ np.arange(LOWEST_STATE, HIGHEST_STATE + 1) / counts.sum(axis=1)
    return OxidationStates(mean, offsets_of(ions), states, atoms, undefined)


def _reasons(
    batch: CompositionBatch,
    searched: NDArray[np.bool_],
    lines: NDArray[np.int64],
) -> dict[int, str]:
    """Say for each row of several elements that was not searched, or searched in vain, why it has no states."""
    first = batch.offsets[:-1]
    reasons = {}
    for row in np.flatnonzero((np.diff(batch.offsets) > 1) & (lines[first] < 0)).tolist():
        elements = batch.atomic_numbers[first[row] : batch.offsets[row + 1]].tolist()
        stateless = [SYMBOLS[z] for z in elements if not _frequencies()[z]]
        if stateless:
            reasons[row] = f"no oxidation states for {', '.join(stateless)}"
        elif searched[first[row]]:
            reasons[row] = "no oxidation states that balance"
        else:
            reasons[row] = (
                f"no oxidation states are sought for more than {MOST_ATOMS} atoms in a formula unit"
            )
    return reasons


@dataclass(frozen=True, slots=True, eq=False)
class _SumTable:
    """What the atoms of one element can add up to: a line a sum, from the lowest upwards by ones."""

    lowest: int
    likelihood: NDArray[np.int64]  # (lines,)
    places: NDArray[np.int64]  # (lines,) how far behind the foremost sum
    counts: NDArray[np.int64]  # (lines, 12) atoms in each state from -4 to 7


def _tables(
    batch: CompositionBatch, searched: NDArray[np.bool_]
) -> tuple[list[_SumTable], NDArray[np.int64]]:
    """Return the tables these entries need, and which one each has; -1 for none."""
    elements, atoms = (
        batch.atomic_numbers[searched].astype(np.int64),
        batch.amounts[searched].astype(np.int64),
    )
    pairs, which = np.unique(atoms * (LAST_ATOMIC_NUMBER + 1) + elements, return_inverse=True)
    tables = [_NOTHING]
    place = []
    for pair in pairs.tolist():
        atoms_of, z = divmod(pair, LAST_ATOMIC_NUMBER + 1)
        place.append(len(tables) if _frequencies()[z] else -1)
        if _frequencies()[z]:
            tables.append(_sum_table(z, atoms_of))
    table_of = np.full(len(batch.amounts), -1)
    table_of[searched] = np.array(place, dtype=np.int64)[which]
    return tables, table_of


@lru_cache(maxsize=4096)
def _sum_table(atomic_number: int, atoms: int) -> _SumTable:
    from matsluice.tasks.features.composition.oxidation_search import element_sums  # imports numba

    states = np.array([state for state, _ in _frequencies()[atomic_number]], dtype=np.int64)
    weights = np.array([weight for _, weight in _frequencies()[atomic_number]], dtype=np.int64)
    lines = atoms * int(np.ptp(states)) + 1
    likelihood = np.empty(lines, dtype=np.int64)
    likeliest, foremost = np.zeros((2, lines, len(states)), dtype=np.int64)
    element_sums(states - states.min(), weights, atoms, likelihood, likeliest, foremost)
    places = np.empty(lines, dtype=np.int64)
    places[np.lexsort(-foremost.T[::-1])] = np.arange(lines)
    counts = np.zeros((lines, HIGHEST_STATE - LOWEST_STATE + 1), dtype=np.int64)
    counts[:, states - LOWEST_STATE] = likeliest
    return _SumTable(atoms * int(states.min()), likelihood, places, counts)


# The table of what is not searched: one line that nothing adds up to.
_NOTHING: Final = _SumTable(
    0,
    np.full(1, np.iinfo(np.int64).min),
    np.zeros(1, np.int64),
    np.zeros((1, HIGHEST_STATE - LOWEST_STATE + 1), np.int64),
)


@cache
def _frequencies() -> Mapping[int, tuple[tuple[int, int], ...]]:
    """Return for each atomic number its states, in pymatgen's order, each with the number of ICSD entries."""
    import yaml  # type: ignore[import-untyped]
    from pymatgen.core import composition
    from pymatgen.core.periodic_table import Element  # these cost a tenth of a second

    # libyaml takes a fifth of the time of pymatgen's own reader.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    content = (Path(composition.__file__).parent / "icsd_bv.yaml").read_text(encoding="utf-8")
    found: dict[tuple[str, int], int] = {}
    for ion, entries in yaml.load(content, Loader=loader)["occurrence"].items():  # noqa: S506 - a safe one
        read = _ION.fullmatch(ion)
        if read is None:
            continue  # a fractional state, which no atom has; the table of today has none
        symbol, size, sign = read.groups()
        found[symbol, int(f"{sign}{size or 1}")] = entries
    table = {}
    for z, symbol in enumerate(SYMBOLS[1:], start=1):
        element = Element(symbol)
        states = element.icsd_oxidation_states or element.common_oxidation_states
        table[z] = tuple((int(state), found.get((symbol, int(state)), 0)) for state in states)
    return MappingProxyType(table)


def states_fingerprint() -> str:
    """Return 32 hexadecimal digits of the states and their frequencies."""
    return blake2b(repr(sorted(_frequencies().items())).encode(), digest_size=16).hexdigest()
