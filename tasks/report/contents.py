"""Which elements the rows of a table hold, and which rows are of one material."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Contents:
    """The elements in the rows whose formula could be read.

    Attributes
    ----------
    element_counts
        Shape (rows,): distinct elements, 0 where the formula could not be read.
    rows_of
        Element symbol to the rows that hold it, in order of atomic number.
    material_of
        Shape (rows,): rows of one material share a number; -1 where the formula could not be read.
    """

    element_counts: NDArray[np.int64]
    rows_of: dict[str, NDArray[np.int64]]
    material_of: NDArray[np.int64]


def contents(formulas: Sequence[str]) -> Contents:
    """Read the formulas of a table.

    Examples
    --------
    >>> found = contents(["Fe2O3", "O3Fe2", "CuBr", "?"])
    >>> found.element_counts.tolist(), found.rows_of["O"].tolist(), found.material_of.tolist()
    ([2, 2, 2, 0], [0, 1], [0, 0, 1, -1])
    """
    from matsluice.tasks.material import material_keys, parse_formulas
    from matsluice.tasks.material.elements import SYMBOLS

    parsed = parse_formulas(formulas)
    batch, rows = parsed.batch, parsed.rows
    lengths = np.diff(batch.offsets)
    element_counts = np.zeros(len(formulas), dtype=np.int64)
    element_counts[rows] = lengths
    owner = np.repeat(rows, lengths)
    present = np.unique(batch.atomic_numbers)
    material_of = np.full(len(formulas), -1, dtype=np.int64)
    numbers: dict[str, int] = {}
    material_of[rows] = [numbers.setdefault(key, len(numbers)) for key in material_keys(batch)]
    return Contents(
        element_counts=element_counts,
        rows_of={SYMBOLS[z]: owner[batch.atomic_numbers == z] for z in present},
        material_of=material_of,
    )
