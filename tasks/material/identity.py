"""The key a material is stored under, and the formula a person reads."""

from __future__ import annotations

from functools import cache
from hashlib import blake2b
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from matsluice.tasks.material.elements import FORMULA_RANK, SYMBOLS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.tasks.material.batch import CompositionBatch

# Separates these digests from other uses of the hash; at most 16 bytes. Stores rely on it: it never changes.
_PERSON: Final = b"matsluice compos"
_RECORD: Final = np.dtype([("atomic_number", "<i2"), ("amount", "<i8")])  # packed, 10 bytes


def material_keys(batch: CompositionBatch) -> list[str]:
    """Return the key of each composition: 32 hexadecimal digits, the same for every spelling, for ever.

    The key is BLAKE2b-128 (RFC 7693, doi:10.17487/RFC7693) of the canonical content: for each element by
    increasing atomic number, the number as 2 bytes and the amount as 8, little-endian.

    Examples
    --------
    >>> from matsluice.tasks.material import parse_formulas
    >>> keys = material_keys(parse_formulas(["Fe2O3", "O0.6Fe0.4", "FeO"]).batch)
    >>> keys[0] == keys[1], keys[0] == keys[2]
    (True, False)
    """
    records = np.empty(len(batch.amounts), dtype=_RECORD)
    records["atomic_number"] = batch.atomic_numbers
    records["amount"] = batch.amounts
    content = memoryview(records.tobytes())
    bounds = (batch.offsets * _RECORD.itemsize).tolist()
    return [
        blake2b(content[start:stop], digest_size=16, person=_PERSON).hexdigest()
        for start, stop in pairwise(bounds)
    ]


def reduced_formulas(batch: CompositionBatch) -> list[str]:
    """Return a readable formula of each composition: exact whole amounts, elements by electronegativity.

    Reading it again gives the same composition.

    Examples
    --------
    >>> from matsluice.tasks.material import parse_formulas
    >>> reduced_formulas(parse_formulas(["O6Fe4", "Hg0.7Cd0.3Te", "NNa"]).batch)
    ['Fe2O3', 'Cd3Hg7Te10', 'Na1N1']
    """
    from matsluice.tasks.material.formula_kernel import MOST_CHARACTERS, write_formulas  # imports numba

    text = np.empty(MOST_CHARACTERS * len(batch.amounts), dtype=np.uint8)
    ends = np.empty(len(batch) + 1, dtype=np.int64)
    write_formulas(batch.offsets, batch.atomic_numbers, batch.amounts, *_element_tables(), text, ends)
    written = text[: ends[-1]].tobytes().decode("ascii")
    formulas = [written[start:stop] for start, stop in pairwise(ends.tolist())]
    # Sodium nitride's plain formula is what tables write for a missing value.
    return ["Na1N1" if formula == "NaN" else formula for formula in formulas]


@cache  # asked for with every batch, however small
def _element_tables() -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Return by atomic number the element's place in a formula, (119,), and its letters, (119, 2), 0 behind one."""
    letters = [list(symbol.ljust(2, "\0").encode()) for symbol in SYMBOLS]
    return np.array(FORMULA_RANK, dtype=np.int64), np.array(letters, dtype=np.uint8)
