"""composition.elemental: mean, variance and extremes over a composition of the elements' properties."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

from matsluice.tasks.features.block import Column, FeatureValues
from matsluice.tasks.features.composition.element_table import ElementTable, pymatgen_table

if TYPE_CHECKING:
    from matsluice.tasks.material.batch import CompositionBatch

NAME: Final = "composition.elemental"
_PYMATGEN: Final = "pymatgen's periodic table, doi:10.1016/j.commatsci.2012.10.028"


@dataclass(frozen=True, slots=True)
class _Property:
    name: str
    key: str  # pymatgen's, see pymatgen_table
    unit: str
    definition: str
    source: str  # where pymatgen's numbers come from, as far as it says


# Nothing is imputed: where pymatgen has no value, neither has the feature.
_PROPERTIES: Final = (
    _Property("atomic_number", "Atomic no", "dimensionless", "protons in the nucleus", ""),
    _Property("atomic_mass", "Atomic mass", "u", "standard atomic weight", "IUPAC standard atomic weights"),
    _Property(
        "electronegativity",
        "X",
        "Pauling",
        "electronegativity on Pauling's scale",
        "Pauling, doi:10.1021/ja01348a011",
    ),
    _Property(
        "atomic_radius", "Atomic radius", "Å", "empirical atomic radius", "Slater 1964, doi:10.1063/1.1725697"
    ),
    # pymatgen's table of units says kJ/mol here; the numbers are eV, as in its source.
    _Property(
        "ionization_energy",
        "Ionization energies",
        "eV",
        "first ionization energy",
        "NIST, doi:10.18434/T4W30F",
    ),
    _Property(
        "electron_affinity",
        "Electron affinity",
        "eV",
        "energy set free when the atom takes up an electron",
        "",
    ),
    _Property("melting_point", "Melting point", "K", "melting temperature of the element", ""),
    _Property("boiling_point", "Boiling point", "K", "boiling temperature of the element", ""),
    _Property(
        "molar_volume", "Molar volume", "cm³/mol", "molar volume of the element as a solid or liquid", ""
    ),
    _Property(
        "thermal_conductivity", "Thermal conductivity", "W/(m K)", "thermal conductivity of the element", ""
    ),
    _Property(
        "mendeleev_number",
        "Mendeleev no",
        "dimensionless",
        "place on Pettifor's chemical scale",
        "Pettifor 1984, doi:10.1016/0038-1098(84)90765-8",
    ),
    _Property(
        "group",
        "group",
        "dimensionless",
        "group 1 to 18 of the periodic table, lanthanides and actinides in 3",
        "",
    ),
    _Property("period", "row", "dimensionless", "period 1 to 7 of the periodic table", ""),
)

_STATISTICS: Final = ("mean", "variance", "minimum", "maximum", "range")
_FORMULAS: Final = {
    "mean": "Σxᵢ Pᵢ",
    "variance": "Σxᵢ (Pᵢ - mean)²",
    "minimum": "least value",
    "maximum": "greatest value",
    "range": "greatest less least value",
}
# The extremes say who is bonded to whom, which the mean hides: of electronegativity, how ionic the bonds are.
_FEATURES: Final = tuple((statistic, place) for place in range(len(_PROPERTIES)) for statistic in _STATISTICS)

# Slater gives noble gases no radius; pymatgen's 0.71 Å for argon is a calculated one.
_ARGON: Final = 18


@dataclass(frozen=True, slots=True, eq=False)
class ElementalBlock:
    """Mean and variance of elemental properties, weighted by atomic fraction, and their extremes."""

    table: ElementTable

    @property
    def fingerprint(self) -> str:
        """Hexadecimal digits of the table."""
        return self.table.fingerprint

    def columns(self) -> tuple[Column, ...]:
        """Return the columns."""
        return _columns()

    def compute(self, batch: CompositionBatch) -> FeatureValues:
        """Return the (n, c) values."""
        from matsluice.tasks.features.composition.kernel import moments  # numba takes half a second to import

        computed = np.empty((len(batch), 4, len(_PROPERTIES)))
        moments(batch.offsets, batch.atomic_numbers, batch.amounts, self.table.values, computed)
        every = np.concatenate([computed, computed[:, 3:] - computed[:, 2:3]], axis=1)
        statistics = [_STATISTICS.index(statistic) for statistic, _ in _FEATURES]
        values = every[:, statistics, [place for _, place in _FEATURES]]
        rows = np.flatnonzero(np.isnan(values).any(axis=1))
        return FeatureValues(values, self.table.reasons(batch, rows))


@cache  # asked for with every batch, however small
def _columns() -> tuple[Column, ...]:
    return tuple(_column(statistic, _PROPERTIES[place]) for statistic, place in _FEATURES)


def _column(statistic: str, prop: _Property) -> Column:
    squared = statistic == "variance" and prop.unit != "dimensionless"
    unit = f"({prop.unit})²" if squared and " " in prop.unit else prop.unit + "²" * squared
    source = f"{_PYMATGEN}; {prop.source}" if prop.source else _PYMATGEN
    return Column(
        f"{NAME}.{statistic}_{prop.name}", unit, f"{_FORMULAS[statistic]} of the {prop.definition}", source
    )


@cache  # the tables are read once in a process
def make() -> ElementalBlock:
    """Return the block with pymatgen's table.

    Examples
    --------
    >>> make().columns()[0].name
    'composition.elemental.mean_atomic_number'
    """
    table = pymatgen_table([(prop.name, prop.key) for prop in _PROPERTIES])
    table.values[_ARGON, table.properties.index("atomic_radius")] = np.nan
    return ElementalBlock(table)
