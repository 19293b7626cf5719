"""composition.magpie: the 132 features of matminer's magpie preset, under matminer's labels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

from matsluice.tasks.features.block import Column, FeatureValues
from matsluice.tasks.features.composition.element_table import ElementTable, magpie_table

if TYPE_CHECKING:
    from matsluice.tasks.material.batch import CompositionBatch

NAME: Final = "composition.magpie"
# matminer prints this DOI with the year 2017; the article's is of 2016.
SOURCE: Final = (
    "Ward et al. 2016, doi:10.1038/npjcompumats.2016.28; "
    "tables as in matminer, doi:10.1016/j.commatsci.2018.05.018"
)
_DFT: Final = "density functional theory, OQMD, doi:10.1007/s11837-013-0755-4"

# Each table of matminer's preset, in its order: name, unit, what it is, where Magpie has it from.
_TABLES: Final = (
    ("Number", "dimensionless", "atomic number", ""),
    (
        "MendeleevNumber",
        "dimensionless",
        "Mendeleev number",
        "Villars et al. 2004, doi:10.1016/j.jallcom.2003.08.060",
    ),
    ("AtomicWeight", "u", "atomic weight", "Mathematica's element data"),
    ("MeltingT", "K", "melting temperature", "Mathematica's element data"),
    ("Column", "dimensionless", "column of the periodic table, rare earths in 3", ""),
    ("Row", "dimensionless", "row of the periodic table", ""),
    ("CovalentRadius", "pm", "covalent radius", "Mathematica's element data"),
    ("Electronegativity", "Pauling", "electronegativity on Pauling's scale", "Mathematica's element data"),
    ("NsValence", "electrons", "filled s valence states", ""),
    ("NpValence", "electrons", "filled p valence states", ""),
    ("NdValence", "electrons", "filled d valence states", ""),
    ("NfValence", "electrons", "filled f valence states", ""),
    ("NValence", "electrons", "valence electrons", ""),
    ("NsUnfilled", "electrons", "unfilled s valence states", ""),
    ("NpUnfilled", "electrons", "unfilled p valence states", ""),
    ("NdUnfilled", "electrons", "unfilled d valence states", ""),
    ("NfUnfilled", "electrons", "unfilled f valence states", ""),
    ("NUnfilled", "electrons", "unfilled valence states", ""),
    ("GSvolume_pa", "Å³/atom", "volume per atom of the element's ground state", _DFT),
    ("GSbandgap", "eV", "band gap of the element's ground state", _DFT),
    ("GSmagmom", "μB/atom", "magnetic moment of the element's ground state", _DFT),
    ("SpaceGroupNumber", "dimensionless", "space group number of the element's ground state", "ICSD"),
)
_STATISTICS: Final = (
    ("minimum", "least"),
    ("maximum", "greatest"),
    ("range", "greatest less least"),
    ("mean", "Σxᵢ Pᵢ: mean"),
    ("avg_dev", "Σxᵢ |Pᵢ - mean|: average deviation of the"),
    ("mode", "value of the most abundant element (the least one of several) for the"),
)


@dataclass(frozen=True, slots=True, eq=False)
class MagpieBlock:
    """matminer's ``ElementProperty.from_preset("magpie", impute_nan=False)``."""

    table: ElementTable

    @property
    def fingerprint(self) -> str:
        """Hexadecimal digits of the tables."""
        return self.table.fingerprint

    def columns(self) -> tuple[Column, ...]:
        """Return the 132 columns, in matminer's order."""
        return _columns()

    def compute(self, batch: CompositionBatch) -> FeatureValues:
        """Return the (n, 132) values; NaN where an element has no value in a table, never an average."""
        from matsluice.tasks.features.composition.kernel import (
            magpie_statistics,  # numba takes half a second to import
        )

        values = np.empty((len(batch), len(_TABLES), len(_STATISTICS)))
        magpie_statistics(batch.offsets, batch.atomic_numbers, batch.amounts, self.table.values, values)
        # The mean is missing wherever anything is.
        rows = np.flatnonzero(np.isnan(values[:, :, 3]).any(axis=1))
        return FeatureValues(
            values.reshape(len(batch), len(_TABLES) * len(_STATISTICS)), self.table.reasons(batch, rows)
        )


@cache  # asked for with every batch, however small
def _columns() -> tuple[Column, ...]:
    return tuple(
        Column(
            f"{NAME}.MagpieData {statistic} {name}",
            unit,
            f"{phrase} {what}",
            f"{SOURCE}; {source}" if source else SOURCE,
        )
        for name, unit, what, source in _TABLES
        for statistic, phrase in _STATISTICS
    )


@cache  # the tables are read once in a process
def make() -> MagpieBlock:
    """Return the block with the tables of the installed matminer.

    Examples
    --------
    >>> make().columns()[3].name
    'composition.magpie.MagpieData mean Number'
    """
    return MagpieBlock(magpie_table([name for name, *_ in _TABLES]))
