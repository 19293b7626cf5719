"""structure.symmetry: known groups, any cell, disorder, and what cannot be found."""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np
import pytest
from pymatgen.analysis.prototypes import AFLOW_PROTOTYPE_LIBRARY
from pymatgen.core.structure import Structure
from pymatgen.symmetry.analyzer import SpacegroupAnalyzer

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.features.structure import symmetry
from matsluice.tasks.features.structure.symmetry import make, space_groups
from matsluice.tasks.material import CrystalBatch, crystals_from_cells, crystals_from_structures

FCC = np.array([[0, 1, 1], [1, 0, 1], [1, 1, 0]]) / 2
HEXAGONAL = np.array([[1, 0, 0], [-1 / 2, sqrt(3) / 2, 0], [0, 0, 1]])
ROCK_SALT = (5.64 * FCC, [11, 17], [[0, 0, 0], [0.5, 0.5, 0.5]])
WURTZITE = (
    HEXAGONAL * [[3.25], [3.25], [5.2]],
    [30, 30, 8, 8],
    [[1 / 3, 2 / 3, 0], [2 / 3, 1 / 3, 0.5], [1 / 3, 2 / 3, 0.38], [2 / 3, 1 / 3, 0.88]],
)
# Trigonal selenium, P3(1)21: threefold screw axes and twofold axes.
SELENIUM = (
    HEXAGONAL * [[4.37], [4.37], [4.95]],
    [34] * 3,
    [[0.225, 0, 1 / 3], [0, 0.225, 2 / 3], [-0.225, -0.225, 0]],
)
TRICLINIC = (
    [[4, 0, 0], [0.7, 5, 0], [0.4, 0.9, 6]],
    [11, 17, 8],
    [[0, 0, 0], [0.31, 0.42, 0.57], [0.63, 0.11, 0.29]],
)

NAMES = (
    "space_group_number",
    "crystal_system",
    "point_group_order",
    "symmetry_operations",
    "is_centrosymmetric",
    "is_polar",
    "is_chiral",
    "distinct_sites",
    "distinct_sites_per_site",
)
# From the headings of the International Tables: the order of m-3m is 48, times four for the face-centred cell;
# 6mm 12, polar along c, with Zn and O on one orbit of two each; 32 has 6 rotations, along different axes.
EXPECTED: dict[str, tuple[Any, tuple[float, ...]]] = {
    "rock salt": (ROCK_SALT, (225, 7, 48, 192, 1, 0, 0, 2, 1)),
    "wurtzite": (WURTZITE, (186, 6, 12, 12, 0, 1, 0, 2, 0.5)),
    "selenium": (SELENIUM, (152, 5, 6, 6, 0, 0, 1, 1, 1 / 3)),
    "triclinic": (TRICLINIC, (1, 1, 1, 1, 0, 1, 1, 3, 1)),
}


def batch_of(*cells: Any) -> CrystalBatch:
    parsed = crystals_from_cells(cells)
    assert parsed.refused == []
    return parsed.batch


@pytest.mark.parametrize("name", EXPECTED)
def test_golden_values(name: str) -> None:
    cell, expected = EXPECTED[name]
    block = make()
    columns = [column.name.removeprefix("structure.symmetry.") for column in block.columns()]
    values = dict(zip(columns, block.compute(batch_of(cell)).values[0].tolist(), strict=True))
    assert [values[column] for column in NAMES] == pytest.approx(expected)
    systems = [column for column in columns if column.startswith("is_") and column not in NAMES]
    assert [values[column] for column in systems].index(1) == expected[1] - 1
    assert sum(values[column] for column in systems) == 1


def test_the_table_of_space_groups() -> None:
    """International Tables: 92 centrosymmetric, 68 polar, 65 Sohncke groups; 2, 13, 59, 68, 25, 27, 36 by system."""
    table = space_groups()
    assert table[:, 0].tolist() == list(range(1, 231))
    assert table[:, -3:].sum(axis=0).tolist() == [92, 68, 65]
    assert np.bincount(table[:, 1].astype(int)).tolist() == [0, 2, 13, 59, 68, 25, 27, 36]
    assert (table[:, 2:9].argmax(axis=1) + 1).tolist() == table[:, 1].tolist()


def small_prototypes() -> list[Structure]:
    prototypes = [entry["snl"].structure for entry in AFLOW_PROTOTYPE_LIBRARY]
    return [Structure(one.lattice, one.species, one.frac_coords) for one in prototypes if len(one) <= 8]


@pytest.mark.filterwarnings("ignore:Set OLD_ERROR_HANDLING:DeprecationWarning")  # spglib about itself
def test_agrees_with_spglib_on_prototypes() -> None:
    structures = small_prototypes()
    found = make().compute(crystals_from_structures(structures)).values[:, 0]
    expected = [SpacegroupAnalyzer(one, symprec=0.01).get_space_group_number() for one in structures]
    assert len(structures) > 100
    assert np.mean(found == expected) >= 0.99


def test_any_cell_gives_the_same_values() -> None:
    structures = small_prototypes()[::3]
    block = make()
    expected = block.compute(crystals_from_structures(structures)).values
    for matrix in (np.diag([2, 1, 1]), np.diag([2, 2, 2]), [[1, 0, 0], [2, 1, 0], [-1, 3, 1]]):
        cells = [one.make_supercell(matrix, in_place=False) for one in structures]
        for cell in cells:
            cell.translate_sites(range(len(cell)), [0.17, 0.31, 0.73], to_unit_cell=False)
        np.testing.assert_allclose(block.compute(crystals_from_structures(cells)).values, expected, atol=1e-9)


def test_tolerance() -> None:
    """A tetragonal cell with c 0.02 Å longer than a is cubic within 0.05 Å, not within 0.001 Å."""
    cell = (np.diag([4, 4, 4.02]), [55, 17], [[0, 0, 0], [0.5, 0.5, 0.5]])
    numbers = [make(symprec).compute(batch_of(cell)).values[0, 0] for symprec in (0.05, 0.001)]
    assert numbers == [221, 123]


def test_a_disordered_site_is_one_site() -> None:
    """An alloy on a face-centred lattice has the group of the lattice."""
    alloy = (3.6 * FCC, [29, 79], [[0, 0, 0], [0, 0, 0]], [0.5, 0.5])
    features = make().compute(batch_of(alloy))
    assert features.undefined == {}
    assert features.values[0, 0] == 225
    assert features.values[0, -2:].tolist() == [1, 1]


def test_what_moyopy_cannot_find_is_undefined(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: object) -> None:
        raise ValueError("too large tolerance")

    monkeypatch.setattr(symmetry, "symmetry_of", failing)
    features = make().compute(batch_of(ROCK_SALT))
    assert features.undefined == {0: "no space group found within 0.01 Å (too large tolerance)"}
    assert np.isnan(features.values).all()


@pytest.mark.parametrize("symprec", [0, -0.1, 0.11, float("nan"), float("inf")])
def test_wrong_tolerances(symprec: float) -> None:
    with pytest.raises(InvalidInput, match="above 0 and at most"):
        make(symprec)


def test_no_crystals() -> None:
    assert make().compute(batch_of()).values.shape == (0, len(make().columns()))
