"""Eigenvalues of Coulomb matrices against matminer, and Ewald energies against pymatgen."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from featurization.crystals import Crystals, nomad_oxides, perovskites
from paired import Comparison

from matsluice.tasks.features.matminer_bridge.objects import structure_of
from matsluice.tasks.features.structure.coulomb_matrix import BOHR, coulomb_eigenvalues
from matsluice.tasks.features.structure.electrostatic import guessed_charges
from matsluice.tasks.features.structure.ewald import ewald_energy_per_atom

if TYPE_CHECKING:
    from numpy.typing import NDArray


def comparisons(data: Path) -> list[Comparison]:
    """Return both comparisons, each for small and for large cells."""
    small, large = perovskites(data), nomad_oxides(data)
    return [_coulomb(small, 100), _coulomb(large, 6), _ewald(small, 60), _ewald(large, 20)]


def _coulomb(crystals: Crystals, reference_rows: int) -> Comparison:
    from matminer.featurizers.structure import CoulombMatrix, matrix

    # matminer takes an X-ray wavelength standard, the "Angstrom star", for the ångström, and is 1.5e-5 off. With
    # this one number put right, and nothing else changed, the two are equal.
    matrix.ANG_TO_BOHR = 1 / BOHR
    featurizer = CoulombMatrix().fit(crystals.structures)
    width = int(crystals.batch.site_counts.max())

    def theirs(start: int, stop: int) -> NDArray[np.float64]:
        with warnings.catch_warnings():  # eig, for matrices in general, gives complex numbers now and then
            warnings.simplefilter("ignore")
            rows = [featurizer.featurize(structure) for structure in crystals.structures[start:stop]]
        sizes = crystals.batch.site_counts[start:stop]
        return _padded([np.sort(row[:size]) for row, size in zip(rows, sizes, strict=True)], width)

    def ours(start: int, stop: int) -> NDArray[np.float64]:
        return _padded(coulomb_eigenvalues(crystals.batch.slice(start, stop)), width)

    return Comparison(
        f"Coulomb matrix eigenvalues, {crystals.name}",
        bar=10,
        reference=theirs,
        ours=ours,
        materials=len(crystals.batch),
        reference_rows=reference_rows,
        our_rows=len(crystals.batch),
        checked=min(40, len(crystals.batch)),
        tolerance=1e-8,
    )


def _padded(rows: list[NDArray[np.float64]], width: int) -> NDArray[np.float64]:
    return np.array([np.pad(row, (0, width - len(row))) for row in rows])


def _ewald(crystals: Crystals, reference_rows: int) -> Comparison:
    from pymatgen.analysis.ewald import EwaldSummation

    charges, undefined = guessed_charges(crystals.batch)
    rows = [row for row in range(len(crystals.batch)) if row not in undefined]
    batch = crystals.batch.take(rows)
    charges = charges[~np.isnan(charges)]
    charged = [structure_of(batch, row, charged=True) for row in range(len(batch))]

    def theirs(start: int, stop: int) -> NDArray[np.float64]:
        every = charged[start:stop]
        return np.array([EwaldSummation(one).total_energy / len(one) for one in every])

    def ours(start: int, stop: int) -> NDArray[np.float64]:
        sites = slice(batch.offsets[start], batch.offsets[min(stop, len(batch))])
        return ewald_energy_per_atom(batch.slice(start, stop), charges[sites])

    return Comparison(
        f"Ewald energy, {crystals.name}",
        bar=10,
        reference=theirs,
        ours=ours,
        materials=len(batch),
        reference_rows=min(reference_rows, len(batch)),
        our_rows=len(batch),
        checked=min(40, len(batch)),
        tolerance=1e-6,
    )
