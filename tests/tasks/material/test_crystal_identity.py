"""One key for one crystal, however it is written, and another one for every other crystal."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from matsluice.tasks.material import CrystalBatch, crystals_from_cells
from matsluice.tasks.material.canonical_crystal.form import canonical_forms
from matsluice.tasks.material.crystal_identity import cell_keys, crystal_keys

Cell = tuple[NDArray[np.float64], NDArray[np.int16], NDArray[np.float64], NDArray[np.float64]]
CellsOf = Callable[[CrystalBatch], list[Cell]]
WrittenOtherwise = Callable[[Cell, int], Cell]


def keys_of(cells: Sequence[Sequence[object]]) -> list[str]:
    parsed = crystals_from_cells([tuple(cell) for cell in cells])
    assert parsed.refused == []
    return crystal_keys(parsed.batch)


def turned(cell: Cell) -> Cell:
    turn, _ = np.linalg.qr(np.random.default_rng(2).normal(size=(3, 3)))
    return cell[0] @ (turn * np.sign(np.linalg.det(turn))), *cell[1:]


def permuted(cell: Cell) -> Cell:
    order = np.random.default_rng(1).permutation(len(cell[1]))
    return cell[0], cell[1][order], cell[2][order], cell[3][order]


def shifted(cell: Cell) -> Cell:
    moves = np.random.default_rng(3).integers(-2, 3, size=cell[2].shape)
    return cell[0], cell[1], cell[2] + [0.137, -0.291, 0.618] + moves, cell[3]


def rebased(cell: Cell) -> Cell:
    basis = np.array([[1, 1, 0], [0, 1, 0], [1, 0, 1]])
    return basis @ cell[0], cell[1], cell[2] @ np.linalg.inv(basis), cell[3]


def repeated(*times: int) -> Callable[[Cell], Cell]:
    def supercell(cell: Cell) -> Cell:
        images = np.stack(np.meshgrid(*map(np.arange, times), indexing="ij"), axis=-1).reshape(-1, 1, 3)
        positions = (cell[2] + images).reshape(-1, 3) / times
        copies = len(images)
        return (
            cell[0] * np.array(times)[:, None],
            np.tile(cell[1], copies),
            positions,
            np.tile(cell[3], copies),
        )

    return supercell


REWRITES: dict[str, Callable[[Cell], Cell]] = {
    "permuted": permuted,
    "turned": turned,
    "shifted": shifted,
    "re-based": rebased,
    "2x1x1": repeated(2, 1, 1),
    "1x2x2": repeated(1, 2, 2),
    "2x2x2": repeated(2, 2, 2),
    "all at once": lambda cell: permuted(turned(shifted(rebased(repeated(2, 1, 2)(cell))))),
}


@pytest.fixture(scope="module")
def keys(prototypes: CrystalBatch) -> list[str]:
    return crystal_keys(prototypes)


def test_different_prototypes_have_different_keys(prototypes: CrystalBatch, keys: list[str]) -> None:
    assert len(set(keys)) == len(prototypes) == 288
    assert np.diff(canonical_forms(prototypes).offsets).min() > 0
    assert not set(keys) & set(cell_keys(prototypes))


@pytest.mark.parametrize("rewrite", REWRITES.values(), ids=REWRITES.keys())
def test_another_writing_has_the_same_key(
    rewrite: Callable[[Cell], Cell], prototypes: CrystalBatch, keys: list[str], cells_of: CellsOf
) -> None:
    assert keys_of([rewrite(cell) for cell in cells_of(prototypes)]) == keys


@pytest.mark.parametrize("seed", range(6))
def test_any_writing_has_the_same_key(
    seed: int,
    prototypes: CrystalBatch,
    keys: list[str],
    cells_of: CellsOf,
    written_otherwise: WrittenOtherwise,
) -> None:
    cells = cells_of(prototypes)
    assert keys_of([written_otherwise(cell, 1000 * seed + i) for i, cell in enumerate(cells)]) == keys


def test_neighbours_in_the_batch_do_not_matter(prototypes: CrystalBatch, keys: list[str]) -> None:
    order = np.random.default_rng(0).permutation(len(prototypes))
    assert crystal_keys(prototypes.take(order)) == [keys[row] for row in order]
    assert [crystal_keys(prototypes.slice(i, i + 1))[0] for i in range(0, 288, 7)] == keys[::7]
    assert crystal_keys(prototypes.slice(0, 0)) == []


@pytest.mark.parametrize("times", [(1, 1, 1), (2, 1, 1), (2, 2, 2)], ids=str)
def test_a_site_moved_by_a_thousandth_is_another_crystal(
    times: tuple[int, int, int], prototypes: CrystalBatch, keys: list[str], cells_of: CellsOf
) -> None:
    chance = np.random.default_rng(sum(times))
    moved, of = [], []
    for row, cell in enumerate(map(repeated(*times), cells_of(prototypes))):
        lattice, numbers, positions, occupancies = cell
        # A site that stands alone in its cell is everywhere the same.
        sites = chance.permutation(len(numbers))[: 8 if len(numbers) > 1 else 0]
        for site in sites:
            step = chance.normal(size=3)
            elsewhere = positions.copy()
            elsewhere[site] += 1e-3 * step / np.linalg.norm(step) @ np.linalg.inv(lattice)
            moved.append((lattice, numbers, elsewhere, occupancies))
            of.append(row)
    others = keys_of(moved)
    assert len(others) > 1500
    assert [row for row, key in zip(of, others, strict=True) if key == keys[row]] == []
    assert not set(others) & set(keys)


def test_a_lattice_vector_moved_by_a_thousandth_is_another_crystal(
    prototypes: CrystalBatch, keys: list[str], cells_of: CellsOf
) -> None:
    chance = np.random.default_rng(0)
    strained, of = [], []
    for row, (lattice, *sites) in enumerate(cells_of(prototypes)):
        for vector in (0, 1, 2) * 3:
            step = chance.normal(size=3)
            other = lattice.copy()
            other[vector] += 1e-3 * step / np.linalg.norm(step)
            strained.append((other, *sites))
            of.append(row)
    others = keys_of(strained)
    assert [row for row, key in zip(of, others, strict=True) if key == keys[row]] == []


def test_other_species_and_occupancies_are_other_crystals(
    prototypes: CrystalBatch, keys: list[str], cells_of: CellsOf
) -> None:
    cells = cells_of(prototypes)
    renamed = [(a, np.where(z == z[0], z[0] + 1, z), p, o) for a, z, p, o in cells]
    emptier = [(a, z, p, np.where(np.arange(len(z)) == 0, 0.999, o)) for a, z, p, o in cells]
    fewer = [(a, z, p, 0.5 * o) for a, z, p, o in cells]
    all_keys = [*keys, *keys_of(renamed), *keys_of(emptier), *keys_of(fewer)]
    # A pair of prototypes may differ by the neighbour in the periodic table.
    assert len(set(all_keys)) >= 4 * 288 - 10
    for others in (renamed, emptier, fewer):
        assert not any(key == other for key, other in zip(keys, keys_of(others), strict=True))
    exchanged = [
        (a, np.where(z == z[0], z[-1], np.where(z == z[-1], z[0], z)), p, o)
        for a, z, p, o in cells
        if np.sum(z == z[0]) != np.sum(z == z[-1])
    ]
    of = [
        key for key, (_, z, _, _) in zip(keys, cells, strict=True) if np.sum(z == z[0]) != np.sum(z == z[-1])
    ]
    assert len(of) > 100
    assert not any(key == other for key, other in zip(of, keys_of(exchanged), strict=True))


def mirrored(cell: Cell) -> Cell:
    return cell[0] * [1.0, 1.0, -1.0], *cell[1:]


def test_a_mirror_image_is_another_crystal_where_symmetry_says_so(
    prototypes: CrystalBatch, keys: list[str], cells_of: CellsOf
) -> None:
    """A crystal is its own mirror image where it has an operation that changes the hand."""
    from matsluice.tasks.features.graph.reduction import symmetry_of

    mirror_keys = keys_of([mirrored(cell) for cell in cells_of(prototypes)])
    chiral = []
    for lattice, numbers, positions, _ in cells_of(prototypes):
        operations = symmetry_of(lattice, positions, numbers.astype(np.int64), 1e-4).operations
        chiral.append(bool(np.all(np.linalg.det(np.array(operations.rotations)) > 0)))
    assert 10 < sum(chiral) < 100
    assert [key != other for key, other in zip(keys, mirror_keys, strict=True)] == chiral


def test_left_and_right_quartz_are_two(written_otherwise: WrittenOtherwise) -> None:
    a, c, x = 4.913, 5.405, 0.4697
    lattice = np.array([[a, 0, 0], [-a / 2, a * 3**0.5 / 2, 0], [0, 0, c]])
    silicon = [[x, 0, 1 / 3], [0, x, 2 / 3], [-x, -x, 0]]
    u, v, w = 0.4135, 0.2669, 0.1191
    oxygen = [
        [u, v, w + 1 / 3],
        [-v, u - v, w + 2 / 3],
        [v - u, -u, w],
        [v, u, -w + 2 / 3],
        [-u, v - u, -w],
        [u - v, -v, -w + 1 / 3],
    ]
    right = (lattice, np.array([14] * 3 + [8] * 6, np.int16), np.array(silicon + oxygen), np.ones(9))
    writings = [right, *(written_otherwise(right, seed) for seed in range(5))]
    images = [mirrored(cell) for cell in writings]
    from matsluice.tasks.features.structure.symmetry import make

    numbers = make().compute(crystals_from_cells([right, mirrored(right)]).batch).values[:, 0]
    assert sorted(numbers) == [152, 154]
    assert len({*keys_of(writings)}) == len({*keys_of(images)}) == 1
    assert keys_of([right]) != keys_of(images[:1])
