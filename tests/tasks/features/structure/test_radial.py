from __future__ import annotations

import numpy as np
import pytest
from matminer.featurizers.structure.rdf import PartialRadialDistributionFunction, RadialDistributionFunction
from pymatgen.core.lattice import Lattice
from pymatgen.core.structure import Structure

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.features.ordered import DISORDERED
from matsluice.tasks.features.structure.radial import NAME, make
from matsluice.tasks.features.structure.radial_distribution import (
    partial_radial_distribution,
    radial_distribution,
)
from matsluice.tasks.material import crystals_from_cells, crystals_from_structures


def structures() -> list[Structure]:
    return [
        Structure(
            Lattice.from_parameters(4.03, 5.11, 6.27, 81, 96, 73),
            ["Ga", "O", "In", "O"],
            np.eye(4, 3) / 2.51 + 0.01,
        ),
        Structure(Lattice(2.817 * (1 - np.eye(3))), ["Na", "Cl"], [[0.0, 0.0, 0.0], [0.5, 0.5, 0.5]]),
    ]


def test_matminer_has_the_same_distribution_times_the_sites() -> None:
    theirs = [RadialDistributionFunction(cutoff=12, bin_size=0.1).featurize(one) for one in structures()]
    found = radial_distribution(crystals_from_structures(structures()), 12, 0.1)
    expected = np.array(theirs) / [[4], [2]]
    assert found == pytest.approx(expected, rel=1e-9)


@pytest.mark.filterwarnings("ignore:to_reduced_dict")  # matminer calls what pymatgen gives up
def test_matminer_has_the_same_distribution_by_pair() -> None:
    featurizer = PartialRadialDistributionFunction(cutoff=8, bin_size=0.25)
    featurizer.elements_ = ["Ga", "In", "O"]
    theirs = np.array(featurizer.featurize(structures()[0])).reshape(6, -1)
    found = partial_radial_distribution(crystals_from_structures(structures()), [31, 49, 8], 8, 0.25)
    assert found[0] == pytest.approx(theirs[:, : found.shape[2]], rel=1e-9)
    assert not found[1].any()


def test_golden_shells_of_rock_salt() -> None:
    """Half of 2.817·2 Å is the bond: 6 unlike at 2.817, 12 like at 3.984, 8 unlike at 4.879 Å."""
    salt = crystals_from_structures(structures()[1:])
    edges = np.arange(51) * 0.1
    shells = 4 / 3 * np.pi * np.diff(edges**3)
    counts = radial_distribution(salt, 5.0, 0.1)[0] * shells * 2 / (2 * 2.817**3)
    places = np.flatnonzero(counts)
    assert places.tolist() == [28, 39, 48]
    assert counts[places] == pytest.approx([6, 12, 8])


def test_the_smeared_distribution_is_the_sum_of_its_gaussians() -> None:
    block = make(cutoff=4.0)
    found = block.compute(crystals_from_structures(structures()[1:])).values[0].reshape(4, -1)
    grid = np.arange(1.0, 4.01, 0.5)
    density = 1 / 2.817**3

    def shell(number: int, distance: float) -> np.ndarray:
        height = number / (4 * np.pi * distance**2 * density * 0.25 * np.sqrt(2 * np.pi))
        return np.asarray(height * np.exp(-0.5 * ((grid - distance) / 0.25) ** 2))

    a = 2.817
    unlike = shell(6, a) + shell(8, a * 3**0.5) + shell(24, a * 5**0.5)
    like = shell(12, a * 2**0.5) + shell(6, a * 2)
    assert found[0] == pytest.approx(like + unlike, abs=1e-8)
    assert found[1] == pytest.approx(like / 2, abs=1e-8)
    assert found[2] == pytest.approx(unlike, abs=1e-8)
    assert found[3] == pytest.approx(like / 2, abs=1e-8)


def test_far_away_it_is_that_of_a_gas() -> None:
    found = make(cutoff=20.0).compute(crystals_from_structures(structures())).values
    assert found[:, 30:39].mean(axis=1) == pytest.approx([1.0, 1.0], abs=0.05)


def test_literal_pairs() -> None:
    """The parts of all pairs add up to the whole where every element is named; an absent one has zeros."""
    block = make(cutoff=5.0, elements="Ga, In,O,Al")
    names = [column.name for column in block.columns()]
    assert names[9] == f"{NAME}.ga_ga_1_0"
    parts = block.compute(crystals_from_structures(structures()[:1])).values[0].reshape(11, 9)
    assert parts[1:].sum(axis=0) == pytest.approx(parts[0])
    assert not parts[[4, 7, 9, 10]].any()
    assert parts[3].any()


def test_another_cell_has_the_same_values() -> None:
    change = np.array([[1, 1, 0], [0, 1, 1], [1, 0, 2]])
    other = [one.copy().make_supercell(change, in_place=False) for one in structures()]
    before = make(cutoff=6.0).compute(crystals_from_structures(structures())).values
    after = make(cutoff=6.0).compute(crystals_from_structures(other)).values
    assert after == pytest.approx(before, rel=1e-6, abs=1e-6)
    histograms = [
        radial_distribution(crystals_from_structures(cells), 6, 0.1) for cells in (structures(), other)
    ]
    assert histograms[0] == pytest.approx(histograms[1], rel=1e-9)


def test_undefined() -> None:
    helium = (3 * np.eye(3), [2], [[0, 0, 0]])
    alloy = (3 * np.eye(3), [29, 79], [[0, 0, 0], [0, 0, 0]], [0.5, 0.5])
    alone = (60 * np.eye(3), [29], [[0, 0, 0]])
    batch = crystals_from_cells([helium, alone, alloy]).batch
    features = make(cutoff=5.0).compute(batch)
    assert features.undefined == {0: "no electronegativity for He", 2: DISORDERED}
    assert not np.isnan(features.values[0, :9]).any()
    assert np.isnan(features.values[0, 9:]).all()
    assert np.isnan(features.values[2]).all()
    assert not features.values[1].any()  # nobody is near
    assert make(elements="He").compute(batch.take([0])).undefined == {}


def test_500_atoms_are_the_primitive_crystal() -> None:
    polonium = Structure(Lattice.cubic(3.35), ["Po"], [[0, 0, 0]])
    batch = crystals_from_structures([polonium, polonium * (10, 10, 5)])
    found = make(cutoff=6.0).compute(batch).values
    assert found[1] == pytest.approx(found[0], rel=1e-9)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"cutoff": 1.0}, "2 to 20"),
        ({"cutoff": 21.0}, "2 to 20"),
        ({"cutoff": float("nan")}, "2 to 20"),
        ({"elements": "Al,Xx"}, '"Xx"'),
        ({"elements": "Al,O,Al"}, '"Al"'),
    ],
)
def test_parameters_out_of_range_are_refused(parameters: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        make(**parameters)


def test_bins_out_of_range_are_refused() -> None:
    with pytest.raises(InvalidInput, match="above 0"):
        radial_distribution(crystals_from_structures(structures()), 5.0, 0.0)


def test_no_crystals() -> None:
    empty = crystals_from_cells([]).batch
    assert make().compute(empty).values.shape == (0, 76)
    assert radial_distribution(empty).shape == (0, 200)


def test_a_finer_grid_is_the_same_function_at_its_own_width() -> None:
    """Columns are named by their distance; a step is a multiple of what two decimals can tell apart."""
    names = [column.name for column in make(cutoff=2.0, elements="Al", step=0.25).columns()]
    assert names[:5] == [f"{NAME}.all_{place}" for place in ("1_0", "1_25", "1_5", "1_75", "2_0")]
    assert [column.name for column in make(cutoff=2.0).columns()] == [
        column.name for column in make(cutoff=2.0, step=0.5).columns()
    ]
    for step in (0.05, 0.13, 2.0):
        with pytest.raises(InvalidInput, match=f"step is {step:g}"):
            make(step=step)
