"""What every block of crystals promises: its values belong to the infinite crystal, not to its cell."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from functools import lru_cache

import numpy as np
import pytest
from numpy.typing import NDArray

from matsluice.tasks.features import BLOCKS, BlockSpec, find_block
from matsluice.tasks.features.block import FeatureValues
from matsluice.tasks.material import (
    CrystalBatch,
    concatenate_crystals,
    crystals_from_cells,
    crystals_from_structures,
)

Cell = tuple[NDArray[np.float64], NDArray[np.int16], NDArray[np.float64]]
Rewrite = Callable[[Cell], Cell]

TOLERANCE = 1e-6
# A network in single precision, and some milliseconds an atom: held to less, on twenty small cells.
SINGLE_PRECISION = {"structure.embedding": 2e-4}
# Rules that decide by other distances than the default ones are held to the same.
VARIANTS = (
    "graph.topology(bonding=crystal_nn)",
    "graph.topology(bonding=voronoi)",
    "structure.radial(elements=O-Al)",
    "structure.embedding(elements=O-Al,potential=chgnet-r2scan)",
)

pytestmark = pytest.mark.parametrize(
    "spec",
    [*(spec for spec in BLOCKS.values() if spec.needs == "structure"), *map(find_block, VARIANTS)],
    ids=lambda spec: spec.word,
)


@pytest.fixture(scope="module")
def all_prototypes() -> CrystalBatch:
    """pymatgen's 288 AFLOW prototypes, cells of 1 to 105 atoms (doi:10.1016/j.commatsci.2017.01.017)."""
    from pymatgen.analysis.prototypes import AFLOW_PROTOTYPE_LIBRARY

    return crystals_from_structures([entry["snl"].structure for entry in AFLOW_PROTOTYPE_LIBRARY])


def rows_for(word: str, batch: CrystalBatch) -> NDArray[np.int64]:
    """Return which prototypes a block is tried on."""
    if find_block(word).name not in SINGLE_PRECISION:
        return np.arange(len(batch))
    return np.flatnonzero((batch.site_counts >= 2) & (batch.site_counts <= 6))[:20]


@pytest.fixture
def prototypes(spec: BlockSpec, all_prototypes: CrystalBatch) -> CrystalBatch:
    """Those that the block is tried on."""
    return all_prototypes.take(rows_for(spec.word, all_prototypes))


def cells(batch: CrystalBatch) -> list[Cell]:
    parts = (batch.slice(i, i + 1) for i in range(len(batch)))
    return [(part.lattices[0], part.atomic_numbers, part.positions) for part in parts]


def permuted(cell: Cell) -> Cell:
    order = np.random.default_rng(1).permutation(len(cell[1]))
    return cell[0], cell[1][order], cell[2][order]


def rotated(cell: Cell) -> Cell:
    turn, _ = np.linalg.qr(np.random.default_rng(2).normal(size=(3, 3)))
    return cell[0] @ turn, cell[1], cell[2]


def shifted(cell: Cell) -> Cell:
    """Another origin, and sites in other cells."""
    moves = np.random.default_rng(3).integers(-2, 3, size=(len(cell[1]), 3))
    return cell[0], cell[1], cell[2] + [0.137, -0.291, 0.618] + moves


def rebased(cell: Cell) -> Cell:
    basis = np.array([[1, 1, 0], [0, 1, 0], [1, 0, 1]])
    return basis @ cell[0], cell[1], cell[2] @ np.linalg.inv(basis)


def repeated(*times: int) -> Rewrite:
    def supercell(cell: Cell) -> Cell:
        images = np.stack(np.meshgrid(*map(np.arange, times), indexing="ij"), axis=-1).reshape(-1, 1, 3)
        positions = (cell[2] + images).reshape(-1, 3) / times
        return cell[0] * np.array(times)[:, None], np.tile(cell[1], len(images)), positions

    return supercell


REWRITES: dict[str, Rewrite] = {
    "permuted": permuted,
    "rotated": rotated,
    "shifted": shifted,
    "re-based": rebased,
    "2x1x1": repeated(2, 1, 1),
    "1x2x2": repeated(1, 2, 2),
    "2x2x2": repeated(2, 2, 2),
    "all at once": lambda cell: permuted(rotated(shifted(rebased(repeated(2, 1, 2)(cell))))),
}


@pytest.fixture(scope="module")
def straight_values(all_prototypes: CrystalBatch) -> Callable[[str], FeatureValues]:
    """A function: a block's values of the prototypes, computed once."""
    return lru_cache(
        lambda word: find_block(word).make().compute(all_prototypes.take(rows_for(word, all_prototypes)))
    )


@pytest.fixture(scope="module")
def rewritten(all_prototypes: CrystalBatch) -> Callable[[str], CrystalBatch]:
    """A function: the prototypes in other cells, made once."""

    def by(name: str) -> CrystalBatch:
        made = crystals_from_cells([REWRITES[name](cell) for cell in cells(all_prototypes)])
        assert made.refused == []
        return made.batch

    return lru_cache(by)


@pytest.mark.parametrize("rewrite", REWRITES)
def test_the_cell_does_not_matter(
    spec: BlockSpec,
    rewrite: str,
    straight_values: Callable[[str], FeatureValues],
    rewritten: Callable[[str], CrystalBatch],
    all_prototypes: CrystalBatch,
) -> None:
    block = spec.make()
    names = [column.name for column in block.columns()]
    straight = straight_values(spec.word)
    other = block.compute(rewritten(rewrite).take(rows_for(spec.word, all_prototypes)))
    difference = np.abs(other.values - straight.values) / (1 + np.abs(straight.values))
    same = (difference <= SINGLE_PRECISION.get(spec.name, TOLERANCE)) | (
        np.isnan(other.values) & np.isnan(straight.values)
    )
    assert same.all(), [
        (row, names[column], straight.values[row, column], other.values[row, column])
        for row, column in np.argwhere(~same)[:10]
    ]
    assert sorted(other.undefined) == sorted(straight.undefined)


def test_undefined_values_have_a_reason(spec: BlockSpec, prototypes: CrystalBatch) -> None:
    features = spec.make().compute(prototypes)
    assert features.values.shape == (len(prototypes), len(spec.make().columns()))
    assert features.values.dtype == np.float64
    assert not np.isinf(features.values).any()
    assert sorted(features.undefined) == np.flatnonzero(np.isnan(features.values).any(axis=1)).tolist()
    assert all(reason.startswith("no ") for reason in features.undefined.values())


def test_neighbours_in_the_batch_do_not_change_the_bits(spec: BlockSpec, prototypes: CrystalBatch) -> None:
    block = spec.make()
    whole = block.compute(prototypes)
    alone = [block.compute(prototypes.slice(i, i + 1)).values for i in range(len(prototypes))]
    assert np.concatenate(alone).tobytes() == whole.values.tobytes()
    order = np.random.default_rng(3).permutation(len(prototypes))
    shuffled = block.compute(prototypes.take(order))
    assert shuffled.values.tobytes() == whole.values[order].tobytes()
    rows = {row: place for place, row in enumerate(order.tolist())}
    assert shuffled.undefined == {rows[row]: why for row, why in whole.undefined.items()}


def test_a_copy_from_another_process_gives_the_same_bits(spec: BlockSpec, prototypes: CrystalBatch) -> None:
    block = spec.make()
    copy = pickle.loads(pickle.dumps(block))
    few = prototypes.slice(0, 3)
    assert copy.compute(few).values.tobytes() == block.compute(few).values.tobytes()
    assert copy.columns() == block.columns()
    assert copy.fingerprint == block.fingerprint == spec.make().fingerprint


ODD_CELLS: dict[str, tuple[object, ...]] = {
    "one atom in a huge cell": (30.0 * np.eye(3), [6], [[0, 0, 0]]),
    "a molecule in a huge cell": (25.0 * np.eye(3), [7, 7], [[0, 0, 0], [0.044, 0, 0]]),
    "a noble gas": (5.26 * np.eye(3), [18] * 4, [[0, 0, 0], [0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]]),
    "an element without data": (5.0 * np.eye(3), [118], [[0.2, 0.3, 0.4]]),
    "partly filled": (4.0 * np.eye(3), [26, 28, 8], [[0, 0, 0], [0, 0, 0], [0.5, 0.5, 0.5]], [0.5, 0.5, 1.0]),
    "left-handed": (np.diag([4.0, 4.0, -4.0]), [55, 17], [[0, 0, 0], [0.5, 0.5, 0.5]]),
    "a slab": (np.diag([2.46, 2.46, 25.0]), [6, 6], [[0, 0, 0], [0.5, 0.5, 0.0]]),
    "a needle": (np.array([[3.0, 0, 0], [0, 3.0, 0], [2.9, 2.9, 40.0]]), [29], [[0, 0, 0]]),
}


@pytest.mark.parametrize("cell", ODD_CELLS.values(), ids=ODD_CELLS.keys())
def test_odd_crystals_have_values_or_reasons(spec: BlockSpec, cell: tuple[object, ...]) -> None:
    batch = crystals_from_cells([cell]).batch
    assert len(batch) == 1
    features = spec.make().compute(batch)
    assert not np.isinf(features.values).any()
    assert bool(features.undefined) == bool(np.isnan(features.values).any())


def test_an_odd_crystal_spoils_no_other(spec: BlockSpec, prototypes: CrystalBatch) -> None:
    block = spec.make()
    few = prototypes.slice(0, 4)
    odd = crystals_from_cells(ODD_CELLS.values()).batch
    mixed = block.compute(concatenate_crystals([odd, few]))
    assert mixed.values[len(odd) :].tobytes() == block.compute(few).values.tobytes()


def test_no_crystals(spec: BlockSpec, prototypes: CrystalBatch) -> None:
    features = spec.make().compute(prototypes.slice(0, 0))
    assert features.values.shape == (0, len(spec.make().columns()))
    assert features.undefined == {}
