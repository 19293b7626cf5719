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

# What two writings of one crystal may differ by, relative to 1 + |value|.
ROUNDING = 1e-6


def recompute_sample(
    table: BlockTable, word: str, materials_files: Sequence[Path], sample: int
) -> tuple[int, list[str]]:
    """Compute a block again for some of the materials a table holds, and compare.

    Values of a block that sees the infinite crystal are compared up to rounding: the store may have them from
    another cell of the same crystal.

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
    rows = read_materials(file, np.array(places), (spec.key_column, *VALUE_COLUMNS[spec.needs]))
    materials = materials_of(rows, (spec.needs,))
    assert materials is not None
    now = compute_each(spec.make(), materials.seen_by(spec.needs)).values
    there = np.empty_like(now)
    fill(table, np.array(keys), there)
    # A crystal's values may have been computed from another cell of it, and are then equal but for rounding.
    is_of_any_cell = spec.needs == "structure" and spec.cell_invariant
    equal = _same(now, there, ROUNDING if is_of_any_cell else 0.0)
    return [key.decode() for key, one in zip(keys, equal, strict=True) if not one]


def _same(one: NDArray[np.float64], other: NDArray[np.float64], tolerance: float) -> NDArray[np.bool_]:
    """Return for each row (n,) whether all is equal: bits, or up to a tolerance; any undefined is like any other."""
    equal = one.view(np.uint64) == other.view(np.uint64)
    both_undefined = np.isnan(one) & np.isnan(other)
    close = np.abs(one - other) < tolerance * (1 + np.abs(other))
    return np.asarray((equal | both_undefined | close).all(axis=1))
