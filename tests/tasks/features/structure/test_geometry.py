from __future__ import annotations

import numpy as np
import pytest
from matminer.featurizers.structure.order import DensityFeatures
from pymatgen.core.lattice import Lattice
from pymatgen.core.structure import Structure

from matsluice.tasks.features.structure.geometry import NAME, make
from matsluice.tasks.material import CrystalBatch, crystals_from_cells, crystals_from_structures

SKEW = np.array([[1, 2, 0], [0, 1, 0], [-1, 0, 1]])


def value(batch: CrystalBatch, name: str, row: int = 0) -> float:
    names = [column.name for column in make().columns()]
    return float(make().compute(batch).values[row, names.index(f"{NAME}.{name}")])


def rock_salt(a: float = 5.6) -> CrystalBatch:
    return crystals_from_cells([(a / 2 * (1 - np.eye(3)), [11, 17], [[0, 0, 0], [0.5, 0.5, 0.5]])]).batch


def test_golden_rock_salt() -> None:
    """Masses 22.98976928 and 35.453 u, radii 1.80 and 1.00 Å, in a³/4 = 43.904 Å³."""
    volume = 5.6**3 / 4
    assert value(rock_salt(), "density") == pytest.approx(1.66053906892 * 58.44276928 / volume, rel=1e-9)
    packing = 4 * np.pi / 3 * (1.8**3 + 1.0**3) / volume
    assert value(rock_salt(), "packing_fraction") == pytest.approx(packing, rel=1e-12)
    assert value(rock_salt(), "volume_per_atom") == pytest.approx(volume / 2, rel=1e-12)


@pytest.mark.parametrize(
    ("lattice", "lengths", "skewness"),
    [
        (3 * np.eye(3), (3, 3, 3), 1.0),
        # Face-centred: three vectors of a/√2, volume a³/4: (1/√2)³ · 4 = √2.
        (2 * (1 - np.eye(3)), (8**0.5, 8**0.5, 8**0.5), 2**0.5),
        # Body-centred: three of a√3/2, volume a³/2: (√3/2)³ · 2 = 1.299.
        (2 * (0.5 - np.eye(3)), (3**0.5, 3**0.5, 3**0.5), 2 * (3**0.5 / 2) ** 3),
        (np.array([[2, 0, 0], [-1, 3**0.5, 0], [0, 0, 5]]), (2, 2, 5), 2 / 3**0.5),
    ],
)
def test_golden_lattices(lattice: np.ndarray, lengths: tuple[float, ...], skewness: float) -> None:
    for written in (lattice, SKEW @ lattice, SKEW.T @ SKEW @ lattice):
        batch = crystals_from_cells([(written, [84], [[0.2, 0.7, 0.9]])]).batch
        names = ("shortest", "middle", "longest")
        assert [value(batch, f"lattice_length_{name}") for name in names] == pytest.approx(lengths, abs=1e-9)
        assert value(batch, "lattice_skewness") == pytest.approx(skewness, abs=1e-9)
        assert value(batch, "lattice_longest_to_shortest") == pytest.approx(lengths[2] / lengths[0])


def test_a_supercell_has_the_lattice_of_the_primitive_cell() -> None:
    salt = Structure.from_spacegroup("Fm-3m", Lattice.cubic(5.6), ["Na", "Cl"], [[0, 0, 0], [0.5, 0, 0]])
    batch = crystals_from_structures([salt, salt * (2, 1, 1)])
    assert make().compute(batch).values == pytest.approx(
        np.repeat(make().compute(rock_salt()).values, 2, axis=0), rel=1e-9
    )
    assert value(batch, "lattice_atoms", 1) == 2


def test_matminer_has_the_same_densities() -> None:
    cells = [
        Structure(Lattice.from_parameters(4, 5, 6, 80, 95, 70), ["Ga", "O", "In"], np.eye(3) / 2.5),
        Structure(
            Lattice.cubic(3.9),
            ["Sr", "Ti", "O", "O", "O"],
            0.5 * np.vstack([np.zeros(3), np.ones(3), 1 - np.eye(3)]),
        ),
    ]
    theirs = np.array([DensityFeatures().featurize(cell) for cell in cells])[:, [0, 2, 1]]
    assert make().compute(crystals_from_structures(cells)).values[:, :3] == pytest.approx(theirs, rel=1e-9)


def test_a_partly_filled_site_counts_by_its_share() -> None:
    """Half copper, half gold: the mean of the two pure crystals."""
    lattice = 3.0 * np.eye(3)
    cells = [
        (lattice, [29], [[0, 0, 0]]),
        (lattice, [79], [[0, 0, 0]]),
        (lattice, [29, 79], [[0, 0, 0], [0, 0, 0]], [0.5, 0.5]),
    ]
    copper, gold, alloy = make().compute(crystals_from_cells(cells).batch).values
    assert alloy == pytest.approx((copper + gold) / 2, rel=1e-12)


@pytest.mark.parametrize("symbol", ["He", "Ar", "Og"])
def test_no_radius_leaves_the_packing_alone_undefined(symbol: str) -> None:
    batch = crystals_from_structures([Structure(Lattice.cubic(4), [symbol], [[0, 0, 0]])])
    features = make().compute(batch)
    assert features.undefined == {0: f"no atomic_radius for {symbol}"}
    assert np.flatnonzero(np.isnan(features.values[0])).tolist() == [1]


def test_no_crystals() -> None:
    assert make().compute(rock_salt().take([])).values.shape == (0, len(make().columns()))
