"""composition.oxidation: the likeliest oxidation states, and how unlike in electronegativity the ions are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

import numpy as np

from matsluice.tasks.features.block import Column, FeatureValues
from matsluice.tasks.features.composition.element_table import ElementTable, pymatgen_table
from matsluice.tasks.features.composition.oxidation_guess import (
    OxidationStates,
    guessed_oxidation_states,
    states_fingerprint,
)
from matsluice.tasks.material.elements import SYMBOLS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.tasks.material.batch import CompositionBatch

NAME: Final = "composition.oxidation"
_GUESS: Final = "states guessed as in pymatgen, doi:10.1016/j.commatsci.2012.10.028"
_SOURCE: Final = f"Deml et al. 2016, doi:10.1103/PhysRevB.93.085142; {_GUESS}"
_DEVIATION: Final = "standard deviation, by atoms N as weights: √(ΣN ΣN(P - mean)² / ((ΣN)² - ΣN²))"
_COLUMNS: Final = tuple(
    Column(f"{NAME}.{name}", unit, definition, source)
    for name, unit, definition, source in (
        ("minimum_state", "e", "lowest oxidation state", _SOURCE),
        ("maximum_state", "e", "highest oxidation state", _SOURCE),
        ("range_state", "e", "highest less lowest oxidation state", _SOURCE),
        ("deviation_state", "e", f"{_DEVIATION} of the oxidation states P of the ions", _SOURCE),
        ("mean_cation_state", "e", "mean over the atoms whose oxidation state is positive", _GUESS),
        ("mean_anion_state", "e", "mean over the atoms whose oxidation state is negative", _GUESS),
        *(
            (
                f"{name}_electronegativity_difference",
                "Pauling",
                f"{words} of mean electronegativity of the anions less that of a cation, over the cations",
                f"{_SOURCE}; Pauling, doi:10.1021/ja01348a011",
            )
            for name, words in (
                ("minimum", "least value"),
                ("maximum", "greatest value"),
                ("range", "greatest less least value"),
                ("mean", "mean, by atoms,"),
                ("deviation", _DEVIATION),
            )
        ),
    )
)


@dataclass(frozen=True, slots=True, eq=False)
class OxidationBlock:
    """matminer's ``OxidationStates`` and ``ElectronegativityDiff`` on ``CompositionToOxidComposition``.

    Undefined where no states balance, where matminer gives the states 0.
    """

    table: ElementTable

    @property
    def fingerprint(self) -> str:
        """Hexadecimal digits of the electronegativities and of the known oxidation states."""
        return blake2b((self.table.fingerprint + states_fingerprint()).encode(), digest_size=16).hexdigest()

    def columns(self) -> tuple[Column, ...]:
        """Return the columns."""
        return _COLUMNS

    def compute(self, batch: CompositionBatch) -> FeatureValues:
        """Return the (n, 11) values; of an element alone only those of the states are defined."""
        from matsluice.tasks.features.composition.oxidation_kernel import (
            oxidation_statistics,  # imports numba
        )

        guess = guessed_oxidation_states(batch)
        values = np.full((len(batch), len(_COLUMNS)), np.nan)
        electronegativities = np.ascontiguousarray(self.table.values[batch.atomic_numbers, 0])
        oxidation_statistics(
            batch.offsets, guess.offsets, guess.states, guess.atoms, electronegativities, values
        )
        return FeatureValues(values, self._reasons(batch, guess, values))

    def _reasons(
        self, batch: CompositionBatch, guess: OxidationStates, values: NDArray[np.float64]
    ) -> dict[int, str]:
        rows = np.flatnonzero(np.isnan(values).any(axis=1))
        missing = self.table.reasons(batch, rows)
        reasons = {}
        for row in rows.tolist():
            first, last = batch.offsets[row], batch.offsets[row + 1]
            if row in guess.undefined:
                reasons[row] = guess.undefined[row]
            elif last - first == 1:
                reasons[row] = f"no cations and anions for {SYMBOLS[batch.atomic_numbers[first]]} alone"
            else:
                reasons[row] = missing[row]
        return reasons


@cache  # the tables are read once in a process
def make() -> OxidationBlock:
    """Return the block with the tables of the installed pymatgen.

    Examples
    --------
    >>> make().columns()[0].name
    'composition.oxidation.minimum_state'
    """
    return OxidationBlock(pymatgen_table([("electronegativity", "X")]))
