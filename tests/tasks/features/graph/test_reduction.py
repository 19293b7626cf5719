"""The primitive cell of a crystal, from any of its cells."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymatgen.analysis.prototypes import AFLOW_PROTOTYPE_LIBRARY
from pymatgen.core.structure import Structure

from matsluice.tasks.features.graph import reduction
from matsluice.tasks.features.graph.reduction import primitive_cells, reduce_to_primitive
from matsluice.tasks.material import CrystalBatch, crystals_from_cells, crystals_from_structures

PROTOTYPES = [entry["snl"].structure for entry in AFLOW_PROTOTYPE_LIBRARY]
SMALL = [Structure(one.lattice, one.species, one.frac_coords) for one in PROTOTYPES if len(one) <= 6]
DIAMOND: list[list[float]] = [[0, 0, 0], [0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]]
DIAMOND += [[x + 0.25 for x in site] for site in DIAMOND]


def metric(batch: CrystalBatch) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Return the scalar products of the lattice vectors; Niggli's choice leaves the signs of equal cells equal."""
    return np.asarray(np.einsum("nix,njx->nij", batch.lattices, batch.lattices))


def test_diamond() -> None:
    """Eight atoms in a cube of edge a: two in the primitive cell, whose three edges are a/√2, at 60°."""
    cube = crystals_from_cells([(5.43 * np.eye(3), [14] * 8, DIAMOND)]).batch
    cell = primitive_cells(cube)
    assert cell.site_counts.tolist() == [2]
    np.testing.assert_allclose(metric(cell)[0], 5.43**2 / 4 * (1 + np.eye(3)), rtol=1e-12)


def test_prototypes_keep_their_volume_per_atom_and_reduce_once() -> None:
    batch = crystals_from_structures(SMALL)
    once = reduce_to_primitive(batch)
    assert once.failed == {}
    np.testing.assert_allclose(
        once.batch.volumes / once.batch.site_counts, batch.volumes / batch.site_counts, rtol=1e-12
    )
    twice = primitive_cells(once.batch)
    assert twice.site_counts.tolist() == once.batch.site_counts.tolist()
    np.testing.assert_allclose(twice.lattices, once.batch.lattices, rtol=0, atol=1e-12)
    np.testing.assert_allclose(twice.positions, once.batch.positions, rtol=0, atol=1e-9)


@settings(max_examples=40)
@given(
    which=st.integers(0, len(SMALL) - 1),
    repeats=st.tuples(*[st.integers(1, 3)] * 3),
    skew=st.tuples(*[st.integers(-2, 2)] * 3),
)
def test_supercells_have_the_same_primitive_cell(
    which: int, repeats: tuple[int, int, int], skew: tuple[int, int, int]
) -> None:
    matrix = np.array([[1, skew[0], skew[1]], [0, 1, skew[2]], [0, 0, 1]]) @ np.diag(repeats)
    batch = crystals_from_structures([SMALL[which], SMALL[which].make_supercell(matrix, in_place=False)])
    cells = reduce_to_primitive(batch)
    assert cells.failed == {}
    assert len(set(cells.batch.site_counts.tolist())) == 1
    one, other = metric(cells.batch)
    np.testing.assert_allclose(one, other, atol=1e-6)


def test_displacements_below_the_tolerance_are_averaged() -> None:
    positions = np.array([[0.001 / 3, 0, 0], [0.5 - 0.001 / 3, 0.5, 0.5]])
    batch = crystals_from_cells([(3 * np.eye(3), [26, 26], positions)]).batch
    assert primitive_cells(batch, symprec=0.01).site_counts.tolist() == [1]
    assert primitive_cells(batch, symprec=1e-4).site_counts.tolist() == [2]


def test_occupancies_tell_sites_apart() -> None:
    """Two sites of gold and copper: one atom of a primitive cell where the shares agree, else two."""
    here, there = [[0, 0, 0]] * 2, [[0.5, 0.5, 0.5]] * 2
    cells: list[Any] = [
        (3 * np.eye(3), [79, 29, 79, 29], here + there, [share, 1 - share, 0.25, 0.75])
        for share in (0.25, 0.5)
    ]
    reduced = reduce_to_primitive(crystals_from_cells(cells).batch)
    assert reduced.failed == {}
    assert reduced.batch.site_counts.tolist() == [2, 4]
    assert reduced.batch.occupancies[:2].tolist() == [0.25, 0.75]
    assert reduced.batch.positions[0].tolist() == reduced.batch.positions[1].tolist()


def test_a_crystal_moyopy_gives_up_is_left_with_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    body: Any = (3 * np.eye(3), [26, 26], [[0, 0, 0], [0.5, 0.5, 0.5]])
    diamond: Any = (5.43 * np.eye(3), [14] * 8, DIAMOND)
    batch = crystals_from_cells([body, diamond]).batch
    working = reduction.symmetry_of

    def failing(lattice, positions, labels, symprec):  # type: ignore[no-untyped-def]
        if len(labels) == 2:
            raise ValueError("too large tolerance")
        return working(lattice, positions, labels, symprec)

    monkeypatch.setattr(reduction, "symmetry_of", failing)
    reduced = reduce_to_primitive(batch)
    assert reduced.failed == {0: "no primitive cell found within 0.01 Å (too large tolerance)"}
    assert reduced.batch.site_counts.tolist() == [2, 2]
    assert reduced.batch.lattices[0].tolist() == batch.lattices[0].tolist()


def test_no_crystals() -> None:
    assert len(primitive_cells(crystals_from_cells([]).batch)) == 0
