"""Bond-valence sums, and how far they are from the formal valences."""

from __future__ import annotations

from hashlib import blake2b
from itertools import product
from typing import TYPE_CHECKING, Final

import numpy as np

from matsluice.tasks.features.block import Column, FeatureValues
from matsluice.tasks.features.structure import valence_parameters
from matsluice.tasks.material.elements import SYMBOLS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.tasks.material import CrystalBatch

CUTOFF: Final = 4.0  # Å, as in matminer's GlobalInstabilityIndex; a bond so long has a valence of some 0.01
_PREFIX: Final = "structure.bonding"
_SOURCE: Final = (
    "Brown's list bvparm2020 with matminer, Brown and Altermatt 1985, doi:10.1107/S0108768185002063; neighbours "
    "within 4 Å; oxidation states guessed from the composition, doi:10.1016/j.commatsci.2012.10.028"
)
_INSTABILITY: Final = f"Salinas-Sanchez et al. 1992, doi:10.1016/0022-4596(92)90094-C; {_SOURCE}"


def columns() -> tuple[Column, ...]:
    """Return the columns."""
    return (
        Column(
            f"{_PREFIX}.bond_valence_sum_mean", "v.u.", "mean over the ions of Σ exp((R₀ - d)/b)", _SOURCE
        ),
        Column(
            f"{_PREFIX}.bond_valence_deviation_mean",
            "v.u.",
            "mean over the ions of the bond-valence sum less the formal valence: above 0 where bonds are short",
            _SOURCE,
        ),
        Column(
            f"{_PREFIX}.bond_valence_deviation_maximum",
            "v.u.",
            "greatest difference, without its sign, of a bond-valence sum and the formal valence",
            _SOURCE,
        ),
        Column(
            f"{_PREFIX}.global_instability_index",
            "v.u.",
            "root of the mean over the ions of the squared difference of bond-valence sum and formal valence",
            _INSTABILITY,
        ),
    )


def fingerprint() -> str:
    """Return hexadecimal digits of the parameters and of the oxidation states."""
    from matsluice.tasks.features.composition.oxidation_guess import states_fingerprint

    content = f"{valence_parameters.fingerprint()} {states_fingerprint()} {CUTOFF}"
    return blake2b(content.encode(), digest_size=16).hexdigest()


def values(batch: CrystalBatch) -> FeatureValues:
    """Return the (n, 4) values of ordered crystals.

    The instability index is equal to matminer's ``GlobalInstabilityIndex`` for the same oxidation states. All are
    undefined where no oxidation states balance, where an element's is no whole number (Fe3O4) or zero, and where
    a cation and an anion of the crystal have no parameters.
    """
    states, undefined = oxidation_states(batch)
    defined = np.array([row not in undefined for row in range(len(batch))], dtype=bool)
    rows = np.flatnonzero(defined)
    filled = np.full((len(batch), len(columns())), np.nan)
    some = batch.take(rows)
    of_site = np.repeat(defined, batch.site_counts)
    computed, lacking = _deviations(some, states[of_site])
    filled[rows] = computed
    undefined |= {int(rows[row]): reason for row, reason in lacking.items()}
    return FeatureValues(filled, dict(sorted(undefined.items())))


def oxidation_states(batch: CrystalBatch) -> tuple[NDArray[np.int64], dict[int, str]]:
    """Return (m,) the whole oxidation state of each site, and for each crystal that has none the reason."""
    from matsluice.tasks.features.composition.oxidation_guess import guessed_oxidation_states  # imports numba

    compositions = batch.compositions()
    guess = guessed_oxidation_states(compositions)
    undefined = dict(guess.undefined)
    table = np.zeros((len(batch), len(SYMBOLS)))
    row_of = np.repeat(np.arange(len(batch)), np.diff(compositions.offsets))
    table[row_of, compositions.atomic_numbers] = guess.mean
    split = (table != np.round(table)) & ~np.isnan(table)
    for row in np.flatnonzero(split.any(axis=1)).tolist():
        symbols = ", ".join(SYMBOLS[z] for z in np.flatnonzero(split[row]))
        undefined.setdefault(row, f"no whole oxidation state for {symbols}")
    for row in np.flatnonzero(~table.any(axis=1)).tolist():
        undefined.setdefault(row, "no ions: every oxidation state is 0")
    crystal = np.repeat(np.arange(len(batch)), batch.site_counts)
    return np.nan_to_num(table[crystal, batch.atomic_numbers]).astype(np.int64), undefined


def _deviations(batch: CrystalBatch, states: NDArray[np.int64]) -> tuple[NDArray[np.float64], dict[int, str]]:
    from matsluice.tasks.features.neighbours.within import neighbours_within
    from matsluice.tasks.features.structure.segment_statistics import statistics_of_segments
    from matsluice.tasks.features.structure.valence_kernel import bond_valence_sums  # import numba

    ions, ion = np.unique(np.column_stack([batch.atomic_numbers, states]), axis=0, return_inverse=True)
    ion = ion.reshape(-1).astype(np.int64)
    length, softness, missing = _pairs([(int(z), int(state)) for z, state in ions])
    neighbours = neighbours_within(batch, CUTOFF)
    sums = bond_valence_sums(
        neighbours.starts, neighbours.neighbour, neighbours.distance, ion, length, softness
    )
    off = sums - np.abs(states)
    parts = [np.empty((len(batch), 4)) for _ in range(4)]
    for part, column in zip(parts, (sums, off, np.abs(off), off * off), strict=True):
        statistics_of_segments(batch.offsets, column, part)
    found = np.column_stack([parts[0][:, 0], parts[1][:, 0], parts[2][:, 3], np.sqrt(parts[3][:, 0])])
    lacking = {}
    for row in range(len(batch)):
        present = np.unique(ion[batch.offsets[row] : batch.offsets[row + 1]])
        pairs = missing[np.ix_(present, present)]
        if pairs.any():
            one, other = (ions[present[place[0]]] for place in np.nonzero(pairs))
            lacking[row] = f"no bond-valence parameters for {_word(one)} and {_word(other)}"
            found[row] = np.nan
    return found, lacking


def _pairs(
    ions: list[tuple[int, int]],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Return R₀ and b between these ions, NaN between like charges; and which cations and anions have none."""
    parameters = valence_parameters.valence_parameters()
    length, softness = np.full((2, len(ions), len(ions)), np.nan)
    missing = np.zeros((len(ions), len(ions)), dtype=bool)
    for (one, cation), (other, anion) in product(enumerate(ions), repeat=2):
        if cation[1] > 0 > anion[1]:
            found = parameters.get((cation, anion))
            missing[one, other] = found is None
            if found is not None:
                length[[one, other], [other, one]], softness[[one, other], [other, one]] = found
    return length, softness, missing


def _word(ion: NDArray[np.integer]) -> str:
    return f"{SYMBOLS[ion[0]]}{abs(ion[1])}{'+' if ion[1] > 0 else '-'}"
