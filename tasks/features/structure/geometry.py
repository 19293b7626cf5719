"""structure.geometry: how densely the atoms stand, and the shape of the lattice."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

import numpy as np

from matsluice.tasks.features.block import Column, FeatureValues
from matsluice.tasks.features.composition.element_table import ElementTable, pymatgen_table
from matsluice.tasks.features.structure import lattice_shape
from matsluice.tasks.features.structure.joined import joined

if TYPE_CHECKING:
    from matsluice.tasks.material import CrystalBatch

NAME: Final = "structure.geometry"
# g/cm³ in u/Å³ (CODATA 2022, doi:10.1103/m8y2-4m7m), which pymatgen takes from scipy.
GRAMS_PER_CM3: Final = 1.66053906892
# Slater gives noble gases no radius; pymatgen's 0.71 Å for argon is a calculated one.
_ARGON: Final = 18
_TABLE: Final = "pymatgen's periodic table, doi:10.1016/j.commatsci.2012.10.028"
_SLATER: Final = f"{_TABLE}; radii of Slater 1964, doi:10.1063/1.1725697"

_DENSITY_COLUMNS: Final = (
    Column(f"{NAME}.density", "g/cm³", "Σ NᵢMᵢ / V: atomic masses over the cell's volume", _TABLE),
    Column(
        f"{NAME}.packing_fraction",
        "dimensionless",
        "Σ Nᵢ 4π/3 rᵢ³ / V: share of the volume in spheres of Slater's atomic radii",
        _SLATER,
    ),
    Column(f"{NAME}.volume_per_atom", "Å³/atom", "cell volume over its number of atoms", "the cell itself"),
)


def densities(batch: CrystalBatch, table: ElementTable) -> FeatureValues:
    """Return (n, 3) density, packing fraction and volume per atom; a partly filled site counts by its share.

    Equal to matminer's ``DensityFeatures``, which raises for disorder and for an element without a radius.

    Parameters
    ----------
    batch
        n crystals.
    table
        Of the properties atomic_mass in u and atomic_radius in Å.
    """
    from matsluice.tasks.features.structure.site_sums import occupied_sums  # imports numba

    spheres = table.values * 1.0
    spheres[:, 1] = 4 * np.pi / 3 * table.values[:, 1] ** 3
    sums = np.empty((len(batch), 3))
    occupied_sums(batch.offsets, batch.atomic_numbers, batch.occupancies, spheres, sums)
    volumes = batch.volumes
    values = np.column_stack(
        [GRAMS_PER_CM3 * sums[:, 1] / volumes, sums[:, 2] / volumes, volumes / sums[:, 0]]
    )
    rows = np.flatnonzero(np.isnan(values).any(axis=1))
    compositions = batch.take(rows).compositions()
    reasons = table.reasons(compositions, np.arange(len(rows)))
    return FeatureValues(values, {int(rows[row]): why for row, why in reasons.items()})


@dataclass(frozen=True, slots=True, eq=False)
class GeometryBlock:
    """Densities, and the shape of the lattice of the primitive cell; takes partly filled sites."""

    table: ElementTable

    @property
    def fingerprint(self) -> str:
        """Hexadecimal digits of the table and of the tolerance of the reduction."""
        content = f"{self.table.fingerprint} {lattice_shape.SYMPREC}"
        return blake2b(content.encode(), digest_size=16).hexdigest()

    def columns(self) -> tuple[Column, ...]:
        """Return the columns."""
        return (*_DENSITY_COLUMNS, *lattice_shape.columns())

    def compute(self, batch: CrystalBatch) -> FeatureValues:
        """Return the (n, c) values."""
        return joined([densities(batch, self.table), lattice_shape.values(batch)])


@cache  # the table is read once in a process
def mass_and_radius() -> ElementTable:
    """Return pymatgen's atomic masses (u) and Slater's radii (Å)."""
    table = pymatgen_table([("atomic_mass", "Atomic mass"), ("atomic_radius", "Atomic radius")])
    table.values[_ARGON, 1] = np.nan
    return table


@cache
def make() -> GeometryBlock:
    """Return the block with pymatgen's table.

    Examples
    --------
    >>> from matsluice.tasks.material import crystals_from_cells
    >>> polonium = crystals_from_cells([(3.359 * np.eye(3), [84], [[0, 0, 0]])]).batch
    >>> make().compute(polonium).values[0, :3].round(3)
    array([ 9.201,  0.758, 37.899])
    """
    return GeometryBlock(mass_and_radius())
