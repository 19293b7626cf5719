from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymatgen.analysis.local_env import MinimumDistanceNN
from pymatgen.core.structure import Structure

from matsluice.tasks.features.neighbours.minimum_distance import minimum_distance_neighbours
from matsluice.tasks.material import crystals_from_cells


@settings(max_examples=40)
@given(seed=st.integers(0, 999), sites=st.integers(1, 8), skew=st.floats(0, 2.0))
def test_pymatgen_finds_the_same(seed: int, sites: int, skew: float) -> None:
    rng = np.random.default_rng(seed)
    lattice = (3 * np.eye(3) + rng.uniform(-skew / 2, skew / 2, (3, 3))) * sites ** (1 / 3)
    parsed = crystals_from_cells([(lattice, np.full(sites, 14), rng.uniform(0, 1, (sites, 3)))])
    if parsed.refused:
        return
    batch = parsed.batch
    found = minimum_distance_neighbours(batch)
    structure = Structure(batch.lattices[0], batch.atomic_numbers.tolist(), batch.positions)
    rule = MinimumDistanceNN(tol=0.1)
    for site in range(sites):
        mine = slice(found.starts[site], found.starts[site + 1])
        theirs = rule.get_nn_info(structure, site)
        assert sorted((one["site_index"], *one["image"]) for one in theirs) == sorted(
            zip(found.neighbour[mine].tolist(), *found.image[mine].T.tolist(), strict=True)
        )
        assert sorted(one["weight"] for one in theirs) == pytest.approx(sorted(found.weight[mine]), abs=1e-12)
        assert (np.diff(found.distance[mine]) >= 0).all()


def test_an_atom_alone_in_a_huge_cell_has_its_own_images() -> None:
    """pymatgen looks to 10 Å and fails; the atom has six images at 50 Å."""
    found = minimum_distance_neighbours(crystals_from_cells([(50 * np.eye(3), [2], [[0.1, 0.2, 0.3]])]).batch)
    assert found.distance == pytest.approx(np.full(6, 50.0))


def test_a_neighbour_one_way_only() -> None:
    """On a line: atoms at 0 and 1, and one at 3 whose nearest is 2 away, at 1, which has a nearer one."""
    line = (np.diag([9.0, 20.0, 20.0]), [1, 1, 1], [[0, 0, 0], [1 / 9, 0, 0], [3 / 9, 0, 0]])
    found = minimum_distance_neighbours(crystals_from_cells([line]).batch)
    assert found.counts.tolist() == [1, 1, 1]
    assert found.neighbour.tolist() == [1, 0, 1]


def test_many_neighbours_outgrow_the_first_buffer() -> None:
    """Face-centred cubic has 12, more than there is room for at first in a large enough batch."""
    fcc = (2.0 * (1 - np.eye(3)), [29], [[0, 0, 0]])
    many = crystals_from_cells([fcc] * 300).batch
    assert (minimum_distance_neighbours(many).counts == 12).all()
    # Body-centred tetragonal, c/a 1.4: 8 at √(a²/2 + c²/4) = 2.985 Å and 4 at a = 3 Å, within a tenth.
    stretched = (3 * np.diag([1, 1, 1.4]), [26, 26], [[0, 0, 0], [0.5, 0.5, 0.5]])
    assert minimum_distance_neighbours(crystals_from_cells([stretched]).batch).counts.tolist() == [12, 12]
