"""Computing again what a store holds, to see that it is what the block says today."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from matsluice.infra.feature_store import BlockTable, fill, look_up
from matsluice.tasks.features.each import compute_each
from matsluice.tasks.features.known_blocks import find_block
from matsluice.tasks.features.matrix import keys_in
from matsluice.tasks.material.materials_columns import VALUE_COLUMNS, materials_of
from matsluice.tasks.material.materials_file import read_materials

if TYPE_CHECKING:
    from numpy.typing import NDArray

# What blocks of crystals promise of two writings of one crystal.
SAME_CRYSTAL = 1e-6


def recompute_sample(
    table: BlockTable, word: str, materials_files: Sequence[Path], sample: int
) -> tuple[int, list[str]]:
    """Compute a block again for some of the materials a table holds, and compare.

    Values are compared to the bit; those of a crystal, which may have been computed from another cell of it, to
    what the block promises for all of them.

    Parameters
    ----------
    table
        Of the block's installed version and these parameters.
    word
        The block as a campaign names it, with parameters.
    materials_files
        materials.parquet of snapshots: where the materials are taken from.
    sample
        How many are computed, spread evenly over the keys.

    Returns
    -------
    How many were computed, and the keys whose values differ.
    """
    where = _places(table, word, materials_files)
    keys = sorted(where)
    spread = np.linspace(0, len(keys) - 1, min(sample, len(keys))).astype(int)
    chosen = [keys[i] for i in np.unique(spread).tolist()]
    differ = []
    for file in materials_files:
        here = [key for key in chosen if where[key][0] == file]
        if here:
            differ += _different(table, word, file, here, [where[key][1] for key in here])
    return len(chosen), differ


def _places(table: BlockTable, word: str, materials_files: Sequence[Path]) -> dict[bytes, tuple[Path, int]]:
    """Return for each computed key that a snapshot has: the snapshot's file, and the row in it."""
    found: dict[bytes, tuple[Path, int]] = {}
    for file in materials_files:
        keys = keys_in(file, find_block(word).key_column)
        known = look_up(table, keys)
        computed = known.found
        computed[list(known.refused)] = False
        for place in np.flatnonzero(computed & (keys != b"")).tolist():
            found.setdefault(bytes(keys[place]), (file, place))
    return found


def _different(
    table: BlockTable, word: str, file: Path, keys: Sequence[bytes], places: Sequence[int]
) -> list[str]:
    spec = find_block(word)
    rows = read_materials(file, np.array(places), VALUE_COLUMNS[spec.needs])
    materials = materials_of(rows, (spec.needs,))
    assert materials is not None
    now = compute_each(spec.make(), materials.seen_by(spec.needs)).values
    there = np.empty_like(now)
    fill(table, np.array(keys), there)
    same = _same_crystal(now, there) if spec.cell_invariant else _same_bits(now, there)
    return [key.decode() for key, one in zip(keys, same, strict=True) if not one]


def _same_crystal(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return for each row (n,) whether the values are those of one crystal, which may be written in another cell."""
    return np.asarray(
        np.isclose(one, other, rtol=SAME_CRYSTAL, atol=SAME_CRYSTAL, equal_nan=True).all(axis=1)
    )


def _same_bits(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return for each row (n,) whether all bits are equal; any undefined value is like any other."""
    equal = one.view(np.uint64) == other.view(np.uint64)
    both_undefined = np.isnan(one) & np.isnan(other)
    return np.asarray((equal | both_undefined).all(axis=1))
