from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from matminer.featurizers.site.bonding import AverageBondAngle
from matminer.featurizers.structure.bonding import GlobalInstabilityIndex
from pymatgen.analysis.local_env import MinimumDistanceNN
from pymatgen.analysis.prototypes import AFLOW_PROTOTYPE_LIBRARY
from pymatgen.core.lattice import Lattice
from pymatgen.core.structure import Structure

from matsluice.tasks.features.ordered import DISORDERED
from matsluice.tasks.features.structure.bonding import GROUPS, NAME, BondingBlock, make
from matsluice.tasks.features.structure.minimum_distance_bonds import columns
from matsluice.tasks.features.structure.valence_parameters import valence_parameters
from matsluice.tasks.material import crystals_from_cells, crystals_from_structures
from matsluice.tasks.material.elements import SYMBOLS

OURS = BondingBlock(
    tuple(group for group in GROUPS if group.endswith(("minimum_distance_bonds", "bond_valence")))
)
TETRAHEDRAL = np.degrees(np.arccos(-1 / 3))
FCC = 0.5 * (1 - np.eye(3))


def values(lattice: np.ndarray, symbols: str, positions: list[list[float]]) -> dict[str, float]:
    batch = crystals_from_structures([Structure(lattice, symbols.split(), positions)])
    names = [column.name.removeprefix(f"{NAME}.") for column in OURS.columns()]
    return dict(zip(names, OURS.compute(batch).values[0].tolist(), strict=True))


def perovskite(a: float = 3.9) -> Structure:
    positions = [[0.0, 0.0, 0.0], [0.5, 0.5, 0.5], [0.5, 0.5, 0.0], [0.5, 0.0, 0.5], [0.0, 0.5, 0.5]]
    return Structure(Lattice.cubic(a), ["Sr", "Ti", "O", "O", "O"], positions)


# Bond length and coordination number; all angles at an atom's neighbours, their mean and least.
GOLDEN: dict[str, tuple[Any, ...]] = {
    # Six along the axes: 12 angles of 90° and 3 of 180°, mean 108°.
    "rock salt": (5.6 * FCC, "Na Cl", [[0, 0, 0], [0.5, 0.5, 0.5]], 2.8, 6, 108.0, 90.0),
    "diamond": (
        3.56 * FCC,
        "C C",
        [[0, 0, 0], [0.25, 0.25, 0.25]],
        3.56 * 3**0.5 / 4,
        4,
        TETRAHEDRAL,
        TETRAHEDRAL,
    ),
    # Twelve: 24 angles of 60°, 12 of 90°, 24 of 120°, 6 of 180°.
    "fcc": (
        3.6 * FCC,
        "Cu",
        [[0, 0, 0]],
        3.6 / 2**0.5,
        12,
        (24 * 60 + 12 * 90 + 24 * 120 + 6 * 180) / 66,
        60.0,
    ),
    # Eight to the corners of a cube: 12 angles of arccos(1/3), 12 of arccos(-1/3), 4 of 180°.
    "bcc": (
        2.87 * np.eye(3),
        "Fe Fe",
        [[0, 0, 0], [0.5, 0.5, 0.5]],
        2.87 * 3**0.5 / 2,
        8,
        (12 * 180 + 4 * 180) / 28,
        180 - TETRAHEDRAL,
    ),
    # Ideal: c/a = √(8/3), u = 3/8, a bond of uc.
    "wurtzite": (
        Lattice.hexagonal(3.2, 3.2 * (8 / 3) ** 0.5).matrix,
        "Zn Zn S S",
        [[1 / 3, 2 / 3, 0], [2 / 3, 1 / 3, 0.5], [1 / 3, 2 / 3, 0.375], [2 / 3, 1 / 3, 0.875]],
        0.375 * 3.2 * (8 / 3) ** 0.5,
        4,
        TETRAHEDRAL,
        TETRAHEDRAL,
    ),
    "graphite": (
        Lattice.hexagonal(2.46, 6.7).matrix,
        "C C C C",
        [[0, 0, 0.25], [0, 0, 0.75], [1 / 3, 2 / 3, 0.25], [2 / 3, 1 / 3, 0.75]],
        2.46 / 3**0.5,
        3,
        120.0,
        120.0,
    ),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_golden_crystals_of_one_kind_of_bond(name: str) -> None:
    lattice, symbols, positions, length, number, angle, adjacent = GOLDEN[name]
    found = values(lattice, symbols, positions)
    for statistic in ("mean", "minimum", "maximum"):
        assert found[f"bond_length_{statistic}"] == pytest.approx(length, rel=1e-9)
        assert found[f"coordination_number_{statistic}"] == number
    assert found["bond_length_variance"] == pytest.approx(0, abs=1e-12)
    assert found["coordination_number_variance"] == 0
    assert found["bond_angle_mean"] == pytest.approx(angle, rel=1e-9)
    assert found["adjacent_bond_angle_mean"] == pytest.approx(adjacent, rel=1e-9)
    elements = set(symbols.split())
    assert found["like_neighbour_share"] == (0 if len(elements) == 2 else 1)
    assert found["unlike_coordination_number_mean"] == (number if len(elements) == 2 else 0)


def test_golden_perovskite() -> None:
    """Ti has 6 O at a/2, Sr has 12 O at a/√2, O has 2 Ti at a/2: Sr is no neighbour of O."""
    found = values(perovskite().lattice.matrix, "Sr Ti O O O", perovskite().frac_coords.tolist())
    assert found["coordination_number_mean"] == pytest.approx((12 + 6 + 3 * 2) / 5)
    assert found["coordination_number_variance"] == pytest.approx((7.2**2 + 1.2**2 + 3 * 2.8**2) / 5)
    assert found["bond_length_mean"] == pytest.approx((12 * 3.9 / 2**0.5 + 12 * 1.95) / 24)
    assert found["like_neighbour_share"] == 0
    assert found["coordination_number_least_electronegative"] == 12
    assert found["coordination_number_most_electronegative"] == 2
    # Pauling: Sr 0.95, Ti 1.54, O 3.44.
    assert found["electronegativity_difference_mean"] == pytest.approx((12 * 2.49 + 12 * 1.90) / 24)
    assert found["electronegativity_difference_maximum"] == pytest.approx(2.49)
    # Slater: Sr 2.00, Ti 1.40, O 0.60 Å.
    assert found["bond_length_to_radii_mean"] == pytest.approx((3.9 / 2**0.5 / 2.6 + 1.95 / 2.0) / 2)


def test_golden_bond_valences_of_the_perovskite() -> None:
    """Ti-O 1.815, Sr-O 2.118, b 0.37 Å; O has two Ti and four Sr; no other bond is within 4 Å."""
    found = values(perovskite().lattice.matrix, "Sr Ti O O O", perovskite().frac_coords.tolist())
    titanium = np.exp((1.815 - 1.95) / 0.37)
    strontium = np.exp((2.118 - 3.9 / 2**0.5) / 0.37)
    off = np.array([12 * strontium - 2, 6 * titanium - 4, *[2 * titanium + 4 * strontium - 2] * 3])
    assert found["bond_valence_deviation_mean"] == pytest.approx(off.mean())
    assert found["bond_valence_deviation_maximum"] == pytest.approx(np.abs(off).max())
    assert found["global_instability_index"] == pytest.approx(np.sqrt((off**2).mean()))
    assert found["bond_valence_sum_mean"] == pytest.approx((off + np.array([2, 4, 2, 2, 2])).mean())


@pytest.mark.filterwarnings("ignore:Length of header")  # matminer reads the list with pandas, which says so
@pytest.mark.parametrize("symbols", ["Na Cl", "Ga N", "Mg O", "Zn S", "Ti C", "Al As", "Cu I"])
def test_matminer_has_the_same_instability_index(symbols: str) -> None:
    """Its pairs of a soft anion are among them, which stand in the list for any state of the cation."""
    cation, anion = symbols.split()
    states = {"Na": 1, "Cl": -1, "Ga": 3, "N": -3, "Mg": 2, "O": -2, "Zn": 2, "S": -2, "Ti": 4, "C": -4}
    states |= {"Al": 3, "As": -3, "Cu": 1, "I": -1}
    salt = Structure(Lattice(5.0 * FCC), [cation, anion], [[0.0, 0.0, 0.0], [0.45, 0.52, 0.5]])
    found = values(salt.lattice.matrix, symbols, salt.frac_coords.tolist())["global_instability_index"]
    salt.add_oxidation_state_by_element({cation: states[cation], anion: states[anion]})
    featurizer = GlobalInstabilityIndex()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if not featurizer.precheck(salt):
            assert np.isnan(found)
        else:
            assert found == pytest.approx(featurizer.featurize(salt)[0], rel=1e-9)


@pytest.mark.filterwarnings("ignore:Length of header")  # matminer reads the list with pandas, which says so
def test_matminer_reads_the_same_parameters() -> None:
    from matminer.utils.data import IUCrBondValenceData

    theirs = IUCrBondValenceData()
    pairs = list(valence_parameters().items())[::97]
    assert len(pairs) > 20
    for ((cation, state), (anion, charge)), parameters in pairs:
        row = theirs.get_bv_params(SYMBOLS[cation], SYMBOLS[anion], state, charge)
        assert parameters == (row["Ro"], row["B"])


def test_pymatgen_and_matminer_have_the_same_lengths_numbers_and_angles() -> None:
    structures = [entry["snl"].structure for entry in AFLOW_PROTOTYPE_LIBRARY]
    structures = [one for one in structures if len(one) <= 12][::12]
    found = OURS.compute(crystals_from_structures(structures)).values
    rule = MinimumDistanceNN(tol=0.1)
    for row, structure in enumerate(structures):
        bonds = [rule.get_nn_info(structure, site) for site in range(len(structure))]
        lengths = [one["site"].nn_distance for site in bonds for one in site]
        numbers = [len(site) for site in bonds]
        expected = [f(of) for of in (lengths, numbers) for f in (np.mean, np.var, np.min, np.max)]
        assert found[row, :8] == pytest.approx(expected, rel=1e-9, abs=1e-12)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            angles = [AverageBondAngle(rule).featurize(structure, site)[0] for site in range(len(structure))]
            expected_angle = np.degrees(np.nanmean(angles))
        assert found[row, 12] == pytest.approx(expected_angle, rel=1e-7, nan_ok=True)


def test_another_cell_of_the_crystal_has_the_same_values() -> None:
    structures = [entry["snl"].structure for entry in AFLOW_PROTOTYPE_LIBRARY]
    structures = [one for one in structures if len(one) <= 8][::5]
    plain = crystals_from_structures(structures)
    change = np.array([[1, 1, 0], [0, 1, 1], [1, 0, 2]])
    other = crystals_from_structures(
        [one.copy().make_supercell(change, in_place=False) for one in structures]
    )
    before, after = OURS.compute(plain), OURS.compute(other)
    assert after.values == pytest.approx(before.values, rel=1e-6, abs=1e-6, nan_ok=True)
    assert after.undefined == before.undefined


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        (([29, 79], [[0, 0, 0], [0, 0, 0]], [0.5, 0.5]), DISORDERED),
        (([29], [[0, 0, 0]]), "no ions: every oxidation state is 0"),
        (([26, 28], [[0, 0, 0], [0.5, 0.5, 0.5]]), "no oxidation states that balance"),
        (([26] * 3 + [8] * 4, [[0, 0, i / 7] for i in range(7)]), "no whole oxidation state for Fe"),
        (([89, 7], [[0, 0, 0], [0.5, 0.5, 0.5]]), "no bond-valence parameters for Ac3+ and N3-"),
        (
            ([2], [[0, 0, 0]]),
            "no electronegativity, atomic_radius for He; no ions: every oxidation state is 0",
        ),
    ],
)
def test_what_is_undefined_says_why(cell: tuple[list[float], ...], reason: str) -> None:
    features = OURS.compute(crystals_from_cells([(8 * np.eye(3), *cell)]).batch)
    assert features.undefined == {0: reason}
    assert np.isnan(features.values[0]).any()


def test_an_atom_with_one_neighbour_has_no_angle() -> None:
    pair = (20 * np.eye(3), [1, 1], [[0, 0, 0], [0.037, 0, 0]])
    features = OURS.compute(crystals_from_cells([pair]).batch)
    assert features.values[0, :8].tolist() == pytest.approx([0.74, 0, 0.74, 0.74, 1, 0, 1, 1])
    assert np.isnan(features.values[0, 8:13]).all()
    assert features.undefined[0].startswith("no bond angle where every atom has one neighbour")


def test_500_atoms() -> None:
    grid = np.array(list(np.ndindex(10, 10, 5))) / [10, 10, 5]
    numbers = np.where(np.rint(grid * [10, 10, 5]).sum(axis=1) % 2 == 0, 12, 8)
    even = crystals_from_cells([(np.diag([21.0, 21.0, 10.5]), numbers, grid)]).batch
    found = OURS.compute(even).values[0]
    assert found[:5] == pytest.approx([2.1, 0, 2.1, 2.1, 6], abs=1e-9)


def test_columns_are_named_once_and_a_fingerprint_depends_on_the_groups() -> None:
    names = [column.name for column in make().columns()]
    assert len(set(names)) == len(names)
    assert names[: len(columns())] == [column.name for column in columns()]
    assert BondingBlock(GROUPS[:1]).fingerprint != BondingBlock(GROUPS[:2]).fingerprint


def test_no_crystals() -> None:
    empty = crystals_from_cells([]).batch
    assert OURS.compute(empty).values.shape == (0, len(OURS.columns()))
