"""composition.charge_balance: do the electrons come out even, and do the charges of usual ions add up to none."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

from matsluice.tasks.features.block import Column, FeatureValues
from matsluice.tasks.features.composition.ion_table import IonTable, ion_table

if TYPE_CHECKING:
    from matsluice.tasks.material.batch import CompositionBatch

NAME: Final = "composition.charge_balance"
_TABLES: Final = "pymatgen's periodic table, doi:10.1016/j.commatsci.2012.10.028"
_BALANCE: Final = f"Davies et al. 2016, doi:10.1016/j.chempr.2016.09.010; {_TABLES}"
_COUNT: Final = "Zintl's rule as in Pearson 1964, doi:10.1107/S0365110X64000019; " + _TABLES
_ANIONS: Final = (
    "anions: within 0.5 Pauling of the most electronegative element, and over 2.0 those of groups 14 to 17"
)
_COLUMNS: Final = tuple(
    Column(f"{NAME}.{name}", unit, definition, source)
    for name, unit, definition, source in (
        ("log_atoms", "dimensionless", "natural logarithm of the atoms in the smallest whole formula", "definition"),
        (
            "odd_electrons",
            "dimensionless",
            "1 where the smallest whole formula has an odd number of electrons, so that a band is half full, else 0",
            "Wilson 1931, doi:10.1098/rspa.1931.0162",
        ),
        ("valence_electrons", "electrons/atom", "Σxᵢ Nᵢ of the valence electrons, full d shells left out", _TABLES),
        ("valence_electrons_per_anion", "electrons/anion", f"valence electrons per anion; {_ANIONS}", _COUNT),
        (
            "spare_electrons",
            "electrons/atom",
            "valence electrons of all but the anions, less those the anions lack for a full shell",
            _COUNT,
        ),
        (
            "share_given",
            "dimensionless",
            "valence electrons of all but the anions, divided by these and those the anions lack; 0 where both are 0",
            _COUNT,
        ),
        ("least_charge", "e/atom", "Σxᵢ qᵢ of the lowest known oxidation states", _BALANCE),
        ("greatest_charge", "e/atom", "Σxᵢ qᵢ of the highest known oxidation states", _BALANCE),
        ("least_common_charge", "e/atom", "Σxᵢ qᵢ of the lowest common oxidation states", _BALANCE),
        ("greatest_common_charge", "e/atom", "Σxᵢ qᵢ of the highest common oxidation states", _BALANCE),
        ("share_anions", "dimensionless", f"share of the atoms that are anions; {_ANIONS}", _TABLES),
        (
            "nearest_charge",
            "e/atom",
            "charge nearest to 0 with full-shell anions and the others each in one common oxidation state",
            _BALANCE,
        ),
        ("balances", "dimensionless", "number of such combinations of states whose charge is below 0.001", _BALANCE),
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class ChargeBalanceBlock:
    """Counting electrons: what tells a salt from a metal before any property of its elements does."""

    table: IonTable

    @property
    def fingerprint(self) -> str:
        """Hexadecimal digits of the tables."""
        return self.table.fingerprint

    def columns(self) -> tuple[Column, ...]:
        """Return the 13 columns."""
        return _COLUMNS

    def compute(self, batch: CompositionBatch) -> FeatureValues:
        """Return the (n, 13) values; the last two are undefined where there are too many combinations of states."""
        from matsluice.tasks.features.composition.charge_balance_kernel import (  # imports numba
            MOST_COMBINATIONS,
            charge_sums,
            nearest_balance,
        )

        values = np.empty((len(batch), len(_COLUMNS)))
        anion = np.zeros(len(batch.atomic_numbers), dtype=np.bool_)
        entries = (batch.offsets, batch.atomic_numbers, batch.amounts)
        charge_sums(*entries, self.table.values, values, anion)
        nearest_balance(*entries, anion, self.table.values, self.table.first, self.table.states, values)
        reason = f"more than {MOST_COMBINATIONS} combinations of common oxidation states"
        return FeatureValues(
            values, dict.fromkeys(np.flatnonzero(np.isnan(values).any(axis=1)).tolist(), reason)
        )


@cache  # the tables are read once in a process
def make() -> ChargeBalanceBlock:
    """Return the block with the tables of the installed pymatgen.

    Examples
    --------
    >>> make().columns()[1].name
    'composition.charge_balance.odd_electrons'
    """
    return ChargeBalanceBlock(ion_table())
