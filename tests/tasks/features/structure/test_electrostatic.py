"""Ewald energies against Madelung's constants and pymatgen; Coulomb matrices against matminer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pymatgen.analysis.prototypes import AFLOW_PROTOTYPE_LIBRARY
from pymatgen.core.structure import Structure

from matsluice.tasks.features.structure.coulomb_matrix import coulomb_eigenvalues, coulomb_matrices
from matsluice.tasks.features.structure.electrostatic import guessed_charges, make
from matsluice.tasks.features.structure.ewald import COULOMB, ewald_energy_per_atom
from matsluice.tasks.material import CrystalBatch, crystals_from_cells, crystals_from_structures

FACES: list[list[float]] = [[0, 0, 0], [0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]]


def crystals(*cells: Any) -> CrystalBatch:
    return crystals_from_cells(cells).batch


def rock_salt(a: float = 5.64) -> Any:
    return a * np.eye(3), [11] * 4 + [17] * 4, np.array(FACES + [[x + 0.5, y, z] for x, y, z in FACES]) % 1


def prototypes(most_sites: int) -> list[Structure]:
    structures = [entry["snl"].structure for entry in AFLOW_PROTOTYPE_LIBRARY]
    return [structure for structure in structures if len(structure) <= most_sites and structure.is_ordered]


# Madelung's constants, of the shortest distance: Sakamoto 1958, doi:10.1063/1.1744060.
@pytest.mark.parametrize(
    ("cell", "distance", "constant"),
    [
        (rock_salt(), 2.82, 1.747564594633),
        ((4.0 * np.eye(3), [55, 17], [[0, 0, 0], [0.5, 0.5, 0.5]]), 2.0 * np.sqrt(3), 1.762674773071),
        (
            (
                5.4 * np.eye(3),
                [30] * 4 + [16] * 4,
                FACES + [[x + 0.25, y + 0.25, z + 0.25] for x, y, z in FACES],
            ),
            5.4 * np.sqrt(3) / 4,
            4 * 1.638055053389,  # Zn2+ and S2-
        ),
    ],
)
def test_madelung_constants(cell: Any, distance: float, constant: float) -> None:
    energy = make().compute(crystals(cell)).values[0, 0]
    assert -2 * energy * distance / COULOMB == pytest.approx(constant, rel=1e-9)


def test_equal_to_pymatgen() -> None:
    from pymatgen.analysis.ewald import EwaldSummation

    structures = prototypes(12)[::5]
    batch = crystals_from_structures(structures)
    charges, undefined = guessed_charges(batch)
    energies = make().compute(batch).values[:, 0]
    compared = 0
    for row, structure in enumerate(structures):
        if np.isnan(energies[row]):
            continue
        charged = structure.copy()
        charged.remove_oxidation_states()
        charged.add_oxidation_state_by_site(charges[batch.offsets[row] : batch.offsets[row + 1]].tolist())
        expected = EwaldSummation(charged).total_energy / len(charged)
        assert energies[row] == pytest.approx(expected, rel=1e-6)
        compared += 1
    assert compared >= 10
    assert compared <= len(batch) - len(undefined)


@pytest.mark.parametrize("change", [[[1, 0, 0], [3, 1, 0], [-2, 1, 1]], [[2, 1, 0], [0, 1, 0], [0, 1, 2]]])
def test_any_cell_of_a_crystal_gives_the_same(change: list[list[int]]) -> None:
    structures = prototypes(8)[::4]
    others = []
    for structure in structures:
        other = structure.copy()
        other.make_supercell(change, to_unit_cell=False)
        other.translate_sites(range(len(other)), [0.13, 0.27, 0.41], to_unit_cell=False)
        others.append(other)
    first = make().compute(crystals_from_structures(structures))
    second = make().compute(crystals_from_structures(others))
    np.testing.assert_allclose(second.values, first.values, rtol=1e-6, atol=1e-6)
    assert second.undefined == first.undefined


def test_reasons() -> None:
    features = make().compute(
        crystals(
            (50 * np.eye(3), [11], [[0, 0, 0]]),
            (3 * np.eye(3), [26, 28], [[0, 0, 0], [0.5, 0.5, 0.5]]),
            (3 * np.eye(3), [26, 28], [[0, 0, 0], [0, 0, 0]], [0.5, 0.5]),
            rock_salt(),
        )
    )
    assert features.undefined == {
        0: "no charges, Na being alone",
        1: "no oxidation states that balance",
        2: "no value for a crystal with partly filled sites",
    }
    # One atom has the matrix Z^2.4 / 2 alone.
    assert features.values[0, 2:].tolist() == [0.5 * 11**2.4, 0.5 * 11**2.4, 0]


def test_two_ions_in_a_huge_cell() -> None:
    apart = 2.5
    pair = crystals((60 * np.eye(3), [11, 17], [[0, 0, 0], [apart / 60, 0, 0]]))
    energy = make().compute(pair).values[0, 0]
    assert energy == pytest.approx(-COULOMB / apart / 2, rel=1e-3)  # the images are dipoles, far away


def test_512_atoms() -> None:
    lattice, numbers, positions = rock_salt()
    images = np.array([[x, y, z] for x in range(4) for y in range(4) for z in range(4)])
    many = ((positions[:, None] + images) / 4).reshape(-1, 3)
    large = crystals((4 * lattice, np.repeat(numbers, 64).tolist(), many))
    small = crystals(rock_salt())
    assert large.site_counts[0] == 512
    np.testing.assert_allclose(
        make().compute(large).values, make().compute(small).values, rtol=1e-9, atol=1e-9
    )


def test_charges_must_balance() -> None:
    with pytest.raises(ValueError, match="add up to zero"):
        ewald_energy_per_atom(crystals(rock_salt()), np.ones(8))


def test_coulomb_matrix_is_matminer_s_with_the_angstrom_put_right() -> None:
    from matminer.featurizers.structure import CoulombMatrix
    from scipy import constants  # type: ignore[import-untyped]

    star = constants.value("Angstrom star") / 1e-10
    structures = [structure for structure in prototypes(12)[::9] if len(structure) > 1]
    ours = coulomb_matrices(crystals_from_structures(structures))
    for structure, matrix in zip(structures, ours, strict=True):
        theirs = CoulombMatrix(flatten=False).featurize(structure)[0]
        beside = ~np.eye(len(matrix), dtype=bool)
        np.testing.assert_allclose(np.diag(matrix), np.diag(theirs), rtol=1e-12)
        np.testing.assert_allclose(matrix[beside], theirs[beside] * star, rtol=1e-8)
        assert np.abs(matrix[beside] / theirs[beside] - 1).min() > 1.4e-5


def test_eigenvalues_of_a_hand_made_matrix() -> None:
    # Two hydrogen atoms one bohr apart: 1/2 on the diagonal, 1 beside it: 1/2 ± 1.
    pair = crystals((8 * np.eye(3), [1, 1], [[0, 0, 0], [0.529177210544 / 8, 0, 0]]))
    np.testing.assert_allclose(coulomb_eigenvalues(pair)[0], [-0.5, 1.5], rtol=1e-12)
