"""Eigenvalues of Coulomb matrices against matminer, and Ewald energies against pymatgen."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
from featurization.crystals import Crystals, oxides, perovskites
from matminer.featurizers.structure import CoulombMatrix, matrix
from numpy.typing import NDArray
from paired import Comparison, Side
from pymatgen.analysis.ewald import EwaldSummation
from pymatgen.core.structure import Structure

from matsluice.tasks.features.matminer_bridge.objects import structure_of
from matsluice.tasks.features.structure.coulomb_matrix import BOHR, coulomb_eigenvalues
from matsluice.tasks.features.structure.electrostatic import guessed_charges
from matsluice.tasks.features.structure.ewald import ewald_energy_per_atom
from matsluice.tasks.material import CrystalBatch


def comparisons(data: Path) -> list[Comparison]:
    """Return both comparisons, each for small and for large cells."""
    small, large = perovskites(data), oxides(data)
    return [
        _coulomb(small, rows=100, again=40),
        _coulomb(large, rows=6, again=40),
        _ewald(small, rows=60, again=20),
        _ewald(large, rows=20, again=3),
    ]


def _coulomb(crystals: Crystals, rows: int, again: int) -> Comparison:
    # matminer takes an X-ray wavelength standard, the "Angstrom star", for the ångström, and is 1.5e-5 off. With
    # this one number put right, and nothing else changed, the two are equal.
    matrix.ANG_TO_BOHR = 1 / BOHR
    featurizer = CoulombMatrix().fit(crystals.structures)

    def theirs(structure: Structure) -> NDArray[np.float64]:
        with warnings.catch_warnings():  # eig, for matrices in general, gives complex numbers now and then
            warnings.simplefilter("ignore")
            return np.sort(np.real(featurizer.featurize(structure))[: len(structure)])

    return Comparison(
        f"Coulomb matrix eigenvalues, {crystals.name}",
        bar=10,
        today=crystals.today(theirs),
        ours=Side(crystals.batch.take, coulomb_eigenvalues, np.array),
        materials=len(crystals),
        rows=rows,
        again=again,
        checked=40,
        tolerance=1e-8,
    )


def _ewald(crystals: Crystals, rows: int, again: int) -> Comparison:
    charges, undefined = guessed_charges(crystals.batch)
    some = crystals.take(np.array([row for row in range(len(crystals)) if row not in undefined]))
    # All have as many sites, so the charges can stand in a table.
    table = charges[~np.isnan(charges)].reshape(len(some), -1)
    charged = [structure_of(some.batch, row, charged=True) for row in range(len(some))]

    def theirs(structures: list[Structure]) -> NDArray[np.float64]:
        return np.array([[EwaldSummation(one).total_energy / len(one)] for one in structures])

    def given(rows: NDArray[np.int64]) -> tuple[CrystalBatch, NDArray[np.float64]]:
        return some.batch.take(rows), table[rows].ravel()

    return Comparison(
        f"Ewald energy, {crystals.name}",
        bar=None,
        today=Side(lambda rows: [charged[row] for row in rows], theirs),
        ours=Side(given, lambda both: ewald_energy_per_atom(*both)[:, None]),
        materials=len(some),
        rows=rows,
        again=again,
        checked=40,
        tolerance=1e-6,
    )
