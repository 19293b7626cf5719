from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymatgen.core.lattice import Lattice
from pymatgen.core.structure import Structure

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.features.neighbours import within
from matsluice.tasks.features.neighbours.neighbours import Neighbours
from matsluice.tasks.features.neighbours.within import neighbours_within
from matsluice.tasks.material import CrystalBatch, crystals_from_cells


def random_crystal(seed: int, sites: int, skew: float = 1.0) -> CrystalBatch:
    rng = np.random.default_rng(seed)
    lattice = (4 * np.eye(3) + rng.uniform(-skew, skew, (3, 3))) * (sites / 2) ** (1 / 3)
    cell = (lattice, np.full(sites, 14), rng.uniform(-2, 2, (sites, 3)))
    parsed = crystals_from_cells([cell])
    return parsed.batch if len(parsed.batch) else random_crystal(seed + 1000, sites, skew)


def structure_of(batch: CrystalBatch) -> Structure:
    return Structure(batch.lattices[0], batch.atomic_numbers.tolist(), batch.positions)


def pairs(neighbours: Neighbours) -> set[tuple[int, ...]]:
    return set(
        zip(
            neighbours.sites.tolist(),
            neighbours.neighbour.tolist(),
            *neighbours.image.T.tolist(),
            strict=True,
        )
    )


@settings(max_examples=40)
@given(seed=st.integers(0, 999), sites=st.integers(1, 6), cutoff=st.floats(0.5, 9.0), skew=st.floats(0, 2.5))
def test_the_pairs_are_those_of_pymatgen(seed: int, sites: int, cutoff: float, skew: float) -> None:
    batch = random_crystal(seed, sites, skew)
    found = neighbours_within(batch, cutoff)
    centres, points, images, distances = structure_of(batch).get_neighbor_list(cutoff)
    expected = set(zip(centres.tolist(), points.tolist(), *images.T.astype(int).tolist(), strict=True))
    assert pairs(found) == expected
    assert np.abs(np.sort(found.distance) - np.sort(distances)).max(initial=0) < 1e-10


def test_vectors_have_the_distances_and_sites_are_ordered() -> None:
    batch = random_crystal(3, 5)
    found = neighbours_within(batch, 6.0)
    assert np.abs(np.linalg.norm(found.vectors(batch), axis=1) - found.distance).max() < 1e-12
    for site in range(5):
        mine = slice(found.starts[site], found.starts[site + 1])
        keys = list(zip(found.distance[mine], found.neighbour[mine], found.image[mine].tolist(), strict=True))
        assert keys == sorted(keys)
    assert (found.weight == 1).all()


@pytest.mark.parametrize("seed", range(4))
def test_boxes_find_the_same_pairs_to_the_bit(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = random_crystal(seed, 40)
    small = crystals_from_cells([(3 * np.eye(3), [84], [[0, 0, 0]])] * 2).batch
    lattices = np.concatenate([small.lattices[:1], batch.lattices, small.lattices[1:]])
    mixed = CrystalBatch(
        lattices,
        np.array([0, 1, 41, 42]),
        np.full(42, 14),
        np.concatenate([[[0, 0, 0]], batch.positions, [[0, 0, 0]]]),
        np.ones(42),
    )
    loop = neighbours_within(mixed, 4.5)
    monkeypatch.setattr(within, "SITES_FOR_BOXES", 2)
    monkeypatch.setattr(within, "_CELLS_PER_SPHERE", 1e9)
    boxes = neighbours_within(mixed, 4.5)
    for name in ("starts", "neighbour", "image", "distance"):
        assert getattr(loop, name).tobytes() == getattr(boxes, name).tobytes(), name


def test_500_atoms_go_to_the_boxes_and_equal_pymatgen() -> None:
    grid = np.array(list(np.ndindex(8, 8, 8)))[:500] / 8
    moved = grid + np.random.default_rng(0).uniform(-0.01, 0.01, grid.shape)
    batch = crystals_from_cells([(24 * np.eye(3), np.full(500, 13), moved)]).batch
    assert batch.site_counts[0] >= within.SITES_FOR_BOXES
    found = neighbours_within(batch, 4.0)
    distances = structure_of(batch).get_neighbor_list(4.0)[3]
    assert np.abs(np.sort(found.distance) - np.sort(distances)).max() < 1e-10


def test_golden_shells_of_the_simple_cubic_lattice() -> None:
    """6 at a, 12 at √2 a, 8 at √3 a; the cutoff itself is within, in spite of round-off."""
    batch = crystals_from_cells([(3 * np.eye(3), [84], [[0.3, 0.3, 0.3]])]).batch
    found = neighbours_within(batch, 3 * np.sqrt(3))
    expected = np.repeat(3 * np.sqrt([1, 2, 3]), [6, 12, 8])
    assert found.distance == pytest.approx(expected, abs=1e-12)


def test_an_isolated_atom_has_none_and_each_crystal_its_own_cutoff() -> None:
    lonely = (50 * np.eye(3), [2], [[0.1, 0.2, 0.3]])
    batch = crystals_from_cells([lonely, (3 * np.eye(3), [84], [[0, 0, 0]]), lonely]).batch
    assert neighbours_within(batch, 10.0).counts[[0, 2]].tolist() == [0, 0]
    assert neighbours_within(batch, [10.0, 3.1, 50.1]).counts.tolist() == [0, 6, 6]


def test_entries_that_share_a_site_are_no_neighbours() -> None:
    alloy = (3 * np.eye(3), [29, 79], [[0, 0, 0], [0, 0, 0]], [0.5, 0.5])
    found = neighbours_within(crystals_from_cells([alloy]).batch, 3.1)
    assert found.counts.tolist() == [12, 12]
    assert found.distance.min() > 2.9


def test_a_batch_gives_each_crystal_the_bits_it_has_alone() -> None:
    batches = [random_crystal(seed, 4) for seed in range(3)]
    parts = [neighbours_within(batch, 5.0) for batch in batches]
    cells = [(batch.lattices[0], batch.atomic_numbers, batch.positions) for batch in batches]
    whole = neighbours_within(crystals_from_cells(cells).batch, 5.0)
    assert whole.distance.tobytes() == b"".join(part.distance.tobytes() for part in parts)


@pytest.mark.parametrize("cutoff", [0.0, -1.0, np.inf, np.nan])
def test_a_cutoff_that_is_none_is_refused(cutoff: float) -> None:
    with pytest.raises(InvalidInput, match="finite number above 0"):
        neighbours_within(random_crystal(0, 2), cutoff)


def test_no_crystals() -> None:
    found = neighbours_within(random_crystal(0, 2).take([]), 5.0)
    assert found.starts.tolist() == [0]
    assert found.image.shape == (0, 3)


def test_a_skewed_cell_of_simple_cubic() -> None:
    skewed = Lattice(np.array([[1, 5, -7], [0, 1, 4], [0, 0, 1]]) @ (3 * np.eye(3))).matrix
    found = neighbours_within(crystals_from_cells([(skewed, [84], [[0.9, 0.2, 0.4]])]).batch, 3 * np.sqrt(3))
    assert found.counts.tolist() == [26]
