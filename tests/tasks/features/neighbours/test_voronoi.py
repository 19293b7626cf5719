"""Voronoi cells fill space, have the faces geometry says, and do not depend on the cell they were found in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matsluice.tasks.features.neighbours.voronoi import voronoi_cells, voronoi_neighbours
from matsluice.tasks.features.structure import crystal_nn_coordination, voronoi_coordination
from matsluice.tasks.material import crystals_from_cells

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.tasks.material import CrystalBatch

CUBIC = np.eye(3)
FACE_CENTRED = (1 - np.eye(3)) / 2
BODY_CENTRED = (np.ones((3, 3)) - 2 * np.eye(3)) / 2
SKEW = np.array([[1, 0, 0], [7, 1, 0], [-12, 9, 1]])


def batch_of(lattice: NDArray[Any], positions: Any, number: int = 29) -> CrystalBatch:
    parsed = crystals_from_cells([(lattice, [number] * len(positions), positions)])
    assert not parsed.refused
    return parsed.batch


def column(batch: CrystalBatch, name: str) -> float:
    names = [c.name for c in voronoi_coordination.columns()]
    return float(
        voronoi_coordination.values(batch).values[0, names.index(f"structure.bonding.voronoi_{name}")]
    )


# The cell of side 1. fcc: a rhombic dodecahedron of volume 1/4, 12 equal faces at √2/4, each (1/4)(3)/(12 √2/4).
# bcc: a truncated octahedron of edge √2/4: 8 hexagons of 3√3/16 at √3/4, 6 squares of 1/8 at 1/2.
# diamond: a triakis truncated tetrahedron: 4 hexagons of edge √2/4 at √3/8, so 3√3/16; what is left of the
# volume 1/8, 1/32, is that of 12 triangles at √2/4: 1/(32 √2) each.
@pytest.mark.parametrize(
    ("lattice", "positions", "areas"),
    [
        (CUBIC, [[0, 0, 0]], [1] * 6),
        (FACE_CENTRED, [[0, 0, 0]], [np.sqrt(2) / 8] * 12),
        (BODY_CENTRED, [[0, 0, 0]], [3 * np.sqrt(3) / 16] * 8 + [1 / 8] * 6),
        (FACE_CENTRED, [[0, 0, 0], [0.25] * 3], [3 * np.sqrt(3) / 16] * 4 + [1 / (32 * np.sqrt(2))] * 12),
    ],
    ids=["simple cubic", "fcc", "bcc", "diamond"],
)
@pytest.mark.parametrize("base", [np.eye(3, dtype=int), SKEW], ids=["reduced", "skewed"])
def test_faces_by_hand(lattice: NDArray[Any], positions: Any, areas: list[float], base: NDArray[Any]) -> None:
    side = 4.0
    batch = batch_of(side * base @ lattice, np.asarray(positions) @ np.linalg.inv(base) + 0.37)
    cells = voronoi_cells(batch)
    for first, last in zip(cells.starts[:-1], cells.starts[1:], strict=True):
        np.testing.assert_allclose(cells.area[first:last], side**2 * np.array(areas), rtol=1e-9)
        assert cells.solid_angle[first:last].sum() == pytest.approx(4 * np.pi, rel=1e-10)
    effective = sum(areas) ** 2 / sum(area**2 for area in areas)
    assert column(batch, "coordination_number_mean") == pytest.approx(effective, rel=1e-9)


def test_packing_efficiency_of_close_packed_spheres() -> None:
    # π/√18; every bond is as long as every other.
    batch = batch_of(3.6 * FACE_CENTRED, [[0, 0, 0]])
    assert column(batch, "packing_efficiency") == pytest.approx(np.pi / np.sqrt(18))
    assert column(batch, "bond_length_mean") == pytest.approx(3.6 / np.sqrt(2))
    assert column(batch, "bond_spread_maximum") == pytest.approx(0, abs=1e-12)


def test_an_atom_in_a_huge_cell() -> None:
    cells = voronoi_cells(batch_of(30.0 * CUBIC, [[0.2, 0.9, 0.5]]))
    np.testing.assert_allclose(cells.area, [900.0] * 6)
    np.testing.assert_allclose(cells.distance, [30.0] * 6)


def test_a_sheet_with_vacuum() -> None:
    # A square sheet of spacing 2.5 every 40 Å: four sides of 2.5 × 40, two squares.
    cells = voronoi_cells(batch_of(np.diag([2.5, 2.5, 40.0]), [[0, 0, 0]]))
    np.testing.assert_allclose(cells.area, [100.0] * 4 + [6.25] * 2)


def test_an_atom_far_above_a_sheet_has_many_neighbours() -> None:
    sheet = [[x / 8, y / 8, 0] for x in range(8) for y in range(8)]
    batch = batch_of(np.diag([16.0, 16.0, 60.0]), [*sheet, [0.03, 0.05, 0.25]])
    cells = voronoi_cells(batch)
    assert np.diff(cells.starts)[-1] > 64
    assert (cells.area * cells.distance).sum() / 6 == pytest.approx(16 * 16 * 60)


def test_five_hundred_atoms_fill_the_cell() -> None:
    rng = np.random.default_rng(5)
    grid = np.array(list(np.ndindex(8, 8, 8)))[:500] / 8
    batch = batch_of(20.0 * CUBIC, grid + rng.uniform(-0.03, 0.03, (500, 3)))
    cells = voronoi_cells(batch)
    assert (cells.area * cells.distance).sum() / 6 == pytest.approx(8000.0)
    np.testing.assert_allclose(np.add.reduceat(cells.solid_angle, cells.starts[:-1]), 4 * np.pi, rtol=1e-9)


@settings(max_examples=40)
@given(seed=st.integers(0, 10**6), count=st.integers(1, 9))
def test_cells_fill_space_and_faces_are_shared(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    lattice = 5 * CUBIC + rng.uniform(-1.5, 1.5, (3, 3))
    parsed = crystals_from_cells([(lattice, [6] * count, rng.uniform(size=(count, 3)))])
    if parsed.refused:  # two atoms at one place
        return
    batch, cells = parsed.batch, voronoi_cells(parsed.batch)
    assert (cells.area * cells.distance).sum() / 6 == pytest.approx(batch.volumes[0], rel=1e-7)
    neighbours = voronoi_neighbours(batch)
    np.testing.assert_allclose(np.linalg.norm(neighbours.vectors(batch), axis=1), neighbours.distance)
    sites = np.repeat(np.arange(len(batch.positions)), np.diff(cells.starts))
    areas: dict[tuple[int, ...], float] = {}
    for pair, area in enumerate(cells.area.tolist()):
        areas[int(sites[pair]), int(cells.neighbour[pair]), *cells.image[pair].tolist()] = area
    for (site, other, *image), area in areas.items():
        assert areas.get((other, site, *(-k for k in image)), 0.0) == pytest.approx(area, rel=1e-6, abs=1e-6)


def test_rounded_coordinates_make_no_neighbours() -> None:
    # Four cubes meet at an edge; coordinates off by 5e-10 part two of them by a sliver.
    noise = np.random.default_rng(2).uniform(-5e-10, 5e-10, (8, 3))
    batch = batch_of(6.0 * CUBIC, np.array(list(np.ndindex(2, 2, 2))) / 2 + 0.1 + noise)
    assert np.diff(voronoi_cells(batch).starts).max() > 6
    assert voronoi_neighbours(batch).counts.tolist() == [6] * 8
    assert column(batch, "coordination_number_mean") == pytest.approx(6, abs=1e-6)


def test_an_empty_batch() -> None:
    batch = crystals_from_cells([]).batch
    assert voronoi_coordination.values(batch).values.shape == (0, len(voronoi_coordination.columns()))
    assert voronoi_neighbours(batch).starts.tolist() == [0]


def _small_prototypes() -> list[Any]:
    from pymatgen.analysis.prototypes import AFLOW_PROTOTYPE_LIBRARY

    found = [prototype["snl"].structure for prototype in AFLOW_PROTOTYPE_LIBRARY]
    return [structure for structure in found if len(structure) <= 12]


def _moved(cell: Any, kind: str, rng: Any) -> Any:
    lattice, numbers, positions = cell
    if kind == "permuted":
        order = rng.permutation(len(numbers))
        return lattice, numbers[order], positions[order]
    if kind == "rotated":
        turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
        return lattice @ turn * np.sign(np.linalg.det(turn)), numbers, positions
    if kind == "shifted":
        return lattice, numbers, positions + rng.uniform(-2, 2, 3)
    if kind == "re-based":
        return SKEW @ lattice, numbers, positions @ np.linalg.inv(SKEW)
    times = np.array([2, 2, 2])
    steps = np.array(list(np.ndindex(*times)))
    return (
        times[:, None] * lattice,
        np.tile(numbers, 8),
        ((positions + steps[:, None]) / times).reshape(-1, 3),
    )


@pytest.mark.parametrize("kind", ["permuted", "rotated", "shifted", "re-based", "2x2x2"])
def test_values_belong_to_the_infinite_crystal(kind: str) -> None:
    rng = np.random.default_rng(3)
    cells = [
        (structure.lattice.matrix, np.array(structure.atomic_numbers), structure.frac_coords)
        for structure in _small_prototypes()
    ]
    expected = crystal_nn_coordination.both(crystals_from_cells(cells).batch)
    moved = crystals_from_cells([_moved(cell, kind, rng) for cell in cells])
    assert len(cells) > 100
    assert not moved.refused
    found = crystal_nn_coordination.both(moved.batch)
    assert found.undefined == expected.undefined
    difference = np.abs(found.values - expected.values) / (1 + np.abs(expected.values))
    assert np.nanmax(difference) < 1e-6


def test_a_crystal_does_not_depend_on_its_batch() -> None:
    one: Any = (3.0 * CUBIC + 0.1, [11, 17], [[0, 0, 0], [0.5, 0.45, 0.5]])
    other: Any = (30.0 * CUBIC, [84], [[0, 0, 0]])
    alone = crystal_nn_coordination.both(crystals_from_cells([one]).batch).values[0]
    among = crystal_nn_coordination.both(crystals_from_cells([other, one, other]).batch).values[1]
    assert alone.tobytes() == among.tobytes()


def test_equal_to_matminer(public_data: Callable[[str], Path]) -> None:
    from ase.io import read
    from matminer.featurizers.structure import (
        MaximumPackingEfficiency,
        SiteStatsFingerprint,
        StructuralHeterogeneity,
    )
    from pymatgen.core.structure import Structure

    from matsluice.tasks.material import crystals_from_structures

    ward = SiteStatsFingerprint.from_preset("CoordinationNumber_ward-prb-2017")
    atoms = read(public_data("nomad2018/train.extxyz.gz"), ":40", format="extxyz")
    smallest = min(atoms, key=len)
    crystals = [
        Structure(smallest.cell.array, smallest.numbers, smallest.get_scaled_positions() % 1),
        *[Structure(s.lattice, s.species, s.frac_coords % 1) for s in _small_prototypes()[5:12]],
    ]
    names = [c.name.removeprefix("structure.bonding.voronoi_") for c in voronoi_coordination.columns()]
    for crystal, row in zip(
        crystals, voronoi_coordination.values(crystals_from_structures(crystals)).values, strict=True
    ):
        ours = dict(zip(names, row, strict=True))
        for statistics, prefix in ((ward.featurize(crystal), "coordination_number"), (None, "bond_spread")):
            theirs = statistics or StructuralHeterogeneity().featurize(crystal)[3:8]
            low, high = ours[f"{prefix}_minimum"], ours[f"{prefix}_maximum"]
            mean, deviation = ours[f"{prefix}_mean"], ours[f"{prefix}_mean_deviation"]
            np.testing.assert_allclose([low, high, high - low, mean, deviation], theirs, atol=1e-9)
        heterogeneity = StructuralHeterogeneity().featurize(crystal)
        lengths = [ours[f"bond_length_{word}_ratio"] for word in ("deviation", "maximum", "minimum")]
        np.testing.assert_allclose(lengths, heterogeneity[:3], atol=1e-9)
        assert ours["cell_volume_deviation_ratio"] == pytest.approx(heterogeneity[8], abs=1e-9)
        packing = MaximumPackingEfficiency().featurize(crystal)[0]
        assert ours["packing_efficiency"] == pytest.approx(packing, abs=1e-9)
