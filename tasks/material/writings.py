"""Which of several writings of one crystal stands for it."""

from __future__ import annotations

from hashlib import blake2b
from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import pyarrow as pa

_WRITTEN: Final = ("lattice", "atomic_numbers", "positions", "occupancies")


def writing_ranks(materials: pa.Table) -> list[int]:
    """Return a number of 64 bits for each line of a table of materials: the line with the least stands for its crystal.

    The number is a hash of what is written, to the last bit, so that the choice does not depend on the order in
    which the writings come. A line without a crystal has 0.

    Examples
    --------
    >>> import numpy as np
    >>> from matsluice.tasks.material import crystals_from_cells
    >>> from matsluice.tasks.material.materials import Materials
    >>> from matsluice.tasks.material.materials_columns import materials_table
    >>> cell = (3 * np.eye(3), [26, 26], [[0, 0, 0], [0.5, 0.5, 0.5]])
    >>> moved = (3 * np.eye(3), [26, 26], [[0.5, 0.5, 0.5], [0, 0, 0]])
    >>> table = materials_table(Materials(crystals=crystals_from_cells([cell, moved, cell]).batch))
    >>> one, other, again = writing_ranks(table)
    >>> one == again, one == other
    (True, False)
    """
    if materials.column(_WRITTEN[0]).null_count == materials.num_rows:
        return [0] * materials.num_rows
    columns = [materials.column(name).combine_chunks() for name in _WRITTEN]
    values = [column.values.to_numpy(zero_copy_only=False) for column in columns]
    bounds = [list(pairwise(column.offsets.to_pylist())) for column in columns]
    is_known = columns[0].is_valid().to_pylist()
    ranks = []
    for row, known in enumerate(is_known):
        digest = blake2b(digest_size=8)
        for some, where in zip(values, bounds, strict=True):
            start, stop = where[row]
            digest.update(some[start:stop].tobytes())
        ranks.append(int.from_bytes(digest.digest(), "little") if known else 0)
    return ranks
