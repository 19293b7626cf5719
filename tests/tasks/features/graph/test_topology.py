"""graph.topology against values derived by hand, and against another cell of the same crystal."""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np
import pytest
from pymatgen.analysis.prototypes import AFLOW_PROTOTYPE_LIBRARY
from pymatgen.core.lattice import Lattice
from pymatgen.core.structure import Structure
from scipy.spatial.transform import Rotation  # type: ignore[import-untyped]

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.features.graph import topology
from matsluice.tasks.features.graph.bonds import bonds_of
from matsluice.tasks.features.graph.reduction import Reduction
from matsluice.tasks.features.graph.topology import infinite_values, make
from matsluice.tasks.features.ordered import DISORDERED
from matsluice.tasks.material import CrystalBatch, crystals_from_cells, crystals_from_structures

FCC = np.array([[0, 1, 1], [1, 0, 1], [1, 1, 0]]) / 2
HEXAGONAL = np.array([[1, 0, 0], [-1 / 2, sqrt(3) / 2, 0], [0, 0, 1]])
THIRDS = ((1 / 3, 2 / 3), (2 / 3, 1 / 3))

CELLS: dict[str, Any] = {
    "rock salt": (5.64 * FCC, [11, 17], [[0, 0, 0], [0.5, 0.5, 0.5]]),
    "diamond": (3.57 * FCC, [6, 6], [[0, 0, 0], [0.25, 0.25, 0.25]]),
    "fcc": (3.61 * FCC, [29], [[0, 0, 0]]),
    "bcc": (2.87 * np.eye(3), [26, 26], [[0, 0, 0], [0.5, 0.5, 0.5]]),
    "perovskite": (
        3.905 * np.eye(3),
        [38, 22, 8, 8, 8],
        [[0, 0, 0], [0.5, 0.5, 0.5], [0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5]],
    ),
    # ideal c/a = √(8/3) and u = 3/8
    "wurtzite": (
        HEXAGONAL * [[3.25], [3.25], [3.25 * sqrt(8 / 3)]],
        [30, 30, 8, 8],
        [[*THIRDS[0], 0], [*THIRDS[1], 0.5], [*THIRDS[0], 0.375], [*THIRDS[1], 0.875]],
    ),
    "graphite": (
        HEXAGONAL * [[2.46], [2.46], [6.71]],
        [6] * 4,
        [[0, 0, 0.25], [*THIRDS[0], 0.25], [0, 0, 0.75], [*THIRDS[1], 0.75]],
    ),
    # 1.1 Å long, alone in its box
    "nitrogen molecule": (15 * np.eye(3), [7, 7], [[0, 0, 0], [1.1 / 15, 0, 0]]),
    "chain": (np.diag([2.5, 9, 9]), [6], [[0, 0, 0]]),
    # bonded to its own six images only
    "isolated atom": (20 * np.eye(3), [18], [[0, 0, 0]]),
}

# One node has no edges: all zero, one component.
POINT = {
    "wiener_index": 0,
    "randic_index": 0,
    "clustering_coefficient_mean": 0,
    "clustering_coefficient_max": 0,
    "clustering_coefficient_spread": 0,
    "betweenness_mean": 0,
    "betweenness_max": 0,
    "betweenness_spread": 0,
    "component_count": 1,
}
# Two nodes, one edge: W = 1, R = 1/√(1·1).
PAIR = POINT | {"wiener_index": 1, "randic_index": 1}


def extended(degree: int, shells: list[int], rank: int) -> dict[str, float]:
    """Where all atoms have one degree d, a cell of N has Nd/2 bonds that add 1/d each: Randić N/2."""
    names = [f"shell_{shell}_atoms" for shell in range(2, 6)]
    return {
        "mean_degree": degree,
        "randic_index_per_atom": 0.5 if degree else 0,
        **dict(zip(names, shells, strict=True)),
        "dimensionality_min": rank,
        "dimensionality_max": rank,
    }


EXPECTED = {
    # OEIS A005899: 4k² + 2
    "rock salt": PAIR | extended(6, [18, 38, 66, 102], 3) | {"neighbour_clustering_mean": 0},
    # OEIS A008253
    "diamond": PAIR | extended(4, [12, 24, 42, 64], 3) | {"neighbour_clustering_mean": 0},
    # OEIS A005901: 10k² + 2. Of the 12 neighbours each is bonded to 4: 24 of 66 pairs.
    "fcc": POINT | extended(12, [42, 92, 162, 252], 3) | {"neighbour_clustering_mean": 4 / 11},
    # OEIS A005897: 6k² + 2. The second neighbours are 15 % farther, so not bonded; no triangles.
    "bcc": POINT | extended(8, [26, 56, 98, 152], 3) | {"neighbour_clustering_mean": 0},
    # Sr 12 O, Ti 6 O, O 2 Ti and, seen from Sr, 4 Sr. Quotient graph K(2,3), {Sr, Ti} against {O, O, O}:
    # W = 6·1 + (1 + 3)·2 = 14, R = 6/√6; Sr and Ti lie on half of the paths of 3 pairs of O, each O on a
    # third of those between Sr and Ti: betweenness 3/2, 3/2, 1/3, 1/3, 1/3, mean 4/5.
    # Infinite: Σ = 12/√(12·6) + 6/√(6·6) = √2 + 1 for 5 atoms.
    "perovskite": POINT
    | {
        "wiener_index": 14,
        "randic_index": sqrt(6),
        "betweenness_mean": 0.8,
        "betweenness_max": 1.5,
        "betweenness_spread": sqrt((2 * 0.7**2 + 3 * (0.8 - 1 / 3) ** 2) / 5),
        "mean_degree": 36 / 5,
        "randic_index_per_atom": (sqrt(2) + 1) / 5,
        "neighbour_clustering_mean": 0,
        "dimensionality_min": 3,
        "dimensionality_max": 3,
    },
    # Each Zn is bonded to three images of one O and one of the other: a ring of four. W = 4·1 + 2·2, R = 4/2;
    # each node lies on one of the two paths between its neighbours. OEIS A008264.
    "wurtzite": POINT
    | {"wiener_index": 8, "randic_index": 2, "betweenness_mean": 0.5, "betweenness_max": 0.5}
    | extended(4, [12, 25, 44, 67], 3),
    # Two layers in the cell, each a pair of nodes; 3k atoms in shell k of the honeycomb.
    "graphite": PAIR
    | {"wiener_index": 2, "randic_index": 2, "component_count": 2}
    | extended(3, [6, 9, 12, 15], 2),
    "nitrogen molecule": PAIR | extended(1, [0, 0, 0, 0], 0),
    "chain": POINT | extended(2, [2, 2, 2, 2], 1),
    "isolated atom": POINT | extended(6, [18, 38, 66, 102], 3),
}


def batch_of(*cells: Any) -> CrystalBatch:
    parsed = crystals_from_cells(cells)
    assert parsed.refused == []
    return parsed.batch


def named(batch: CrystalBatch, row: int = 0, **parameters: Any) -> dict[str, float]:
    block = make(**parameters)
    names = [column.name.removeprefix("graph.topology.") for column in block.columns()]
    return dict(zip(names, block.compute(batch).values[row].tolist(), strict=True))


@pytest.mark.parametrize("name", CELLS)
def test_golden_values(name: str) -> None:
    values = named(batch_of(CELLS[name]))
    for column, expected in EXPECTED[name].items():
        assert values[column] == pytest.approx(expected, rel=1e-12, abs=1e-12), column


def test_a_long_coordination_sequence() -> None:
    values = named(batch_of(CELLS["fcc"]), shells=10)
    assert [values[f"shell_{shell}_atoms"] for shell in range(2, 11)] == [10 * k**2 + 2 for k in range(2, 11)]


def variants(structure: Structure, seed: int) -> list[Structure]:
    """Supercells and other bases, turned, shifted out of the cell and in another order."""
    rng = np.random.default_rng(seed)
    others = []
    for matrix in (
        np.diag([1, 1, 1]),
        np.diag([2, 1, 1]),
        np.diag([1, 2, 2]),
        np.diag([2, 2, 2]),
        [[1, 1, 0], [0, 1, 1], [0, 0, 1]],
        [[1, 0, 0], [2, 1, 0], [-1, 3, 1]],
    ):
        cell = structure.copy()
        cell.make_supercell(matrix, to_unit_cell=False)
        order = rng.permutation(len(cell))
        turn = Rotation.random(random_state=int(rng.integers(2**31))).as_matrix()
        others.append(
            Structure(
                Lattice(cell.lattice.matrix @ turn.T),
                [cell.species[i] for i in order],
                cell.frac_coords[order] + rng.uniform(-2, 2, 3),
            )
        )
    return others


PROTOTYPES = [entry["snl"].structure for entry in AFLOW_PROTOTYPE_LIBRARY]
SMALL = [Structure(one.lattice, one.species, one.frac_coords) for one in PROTOTYPES if len(one) <= 6]


def test_any_cell_gives_the_same_values() -> None:
    assert len(SMALL) > 50
    block = make()
    for seed, structure in enumerate(SMALL):
        features = block.compute(crystals_from_structures([structure, *variants(structure, seed)]))
        assert features.undefined == {}
        np.testing.assert_allclose(
            features.values[1:], features.values[:1].repeat(6, axis=0), rtol=1e-9, atol=1e-9
        )


def test_the_infinite_graph_needs_no_reduction() -> None:
    for seed, structure in enumerate(SMALL[::4]):
        batch = crystals_from_structures([structure, *variants(structure, seed)])
        values = infinite_values(batch, bonds_of(batch), 5)
        np.testing.assert_allclose(values[1:], values[:1].repeat(6, axis=0), rtol=1e-9, atol=1e-9)


def test_a_large_cell() -> None:
    """A rock salt of 512 atoms in which one is displaced by far more than symprec, so that it is primitive."""
    salt = crystals_from_cells([CELLS["rock salt"]]).batch
    points = np.array([[a, b, c] for a in range(8) for b in range(8) for c in range(4)])
    positions = np.vstack([(salt.positions[i] + points) / [8, 8, 4] for i in range(2)])
    positions[0] += 0.004
    batch = batch_of((salt.lattices[0] * [[8], [8], [4]], [11] * 256 + [17] * 256, positions))
    values = named(batch)
    assert values["component_count"] == 1
    assert values["wiener_index"] > 512 * 511
    assert values["mean_degree"] == pytest.approx(6, abs=0.05)


def test_disordered_crystals_are_undefined() -> None:
    alloy = (3.6 * FCC, [29, 79], [[0, 0, 0], [0, 0, 0]], [0.5, 0.5])
    features = make().compute(batch_of(CELLS["fcc"], alloy, CELLS["bcc"]))
    assert features.undefined == {1: DISORDERED}
    assert np.isnan(features.values[1]).all()
    assert not np.isnan(features.values[[0, 2]]).any()


def test_without_a_primitive_cell_the_infinite_graph_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topology, "reduce_to_primitive", lambda batch: Reduction(batch, {1: "no cell"}))
    features = make().compute(batch_of(CELLS["fcc"], CELLS["bcc"]))
    assert features.undefined == {1: "no cell"}
    assert np.isnan(features.values[1]).tolist() == [True] * 9 + [False] * 9


def test_no_crystals() -> None:
    assert make().compute(batch_of()).values.shape == (0, len(make().columns()))


def test_neighbours_in_the_batch_do_not_matter() -> None:
    block = make()
    whole = block.compute(batch_of(*CELLS.values())).values
    alone = [block.compute(batch_of(cell)).values for cell in CELLS.values()]
    assert np.concatenate(alone).tobytes() == whole.tobytes()


@pytest.mark.parametrize("parameters", [{"bonding": "minimum_distanc"}, {"shells": 1}, {"shells": 11}])
def test_wrong_parameters(parameters: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match=r"did you mean|from 2 to 10"):
        make(**parameters)


def test_parameters_change_the_fingerprint() -> None:
    assert len({make(bonding).fingerprint for bonding in ("minimum_distance", "crystal_nn", "voronoi")}) == 3
