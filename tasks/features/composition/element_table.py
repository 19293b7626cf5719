"""Tables of elemental properties, one row an element, read from the installed pymatgen and matminer."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from matsluice.infra.mistakes import Failed
from matsluice.tasks.material.elements import LAST_ATOMIC_NUMBER, SYMBOLS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from matsluice.tasks.material.batch import CompositionBatch

_COMPUTED: Final = ("group", "row")  # pymatgen computes these from the atomic number


@dataclass(frozen=True, slots=True, eq=False)
class ElementTable:
    """Properties of the elements.

    Attributes
    ----------
    properties : tuple of str, length p
        Their names.
    values : (119, p) float64
        Row Z is the element of atomic number Z, row 0 is empty; NaN where there is no value.
    """

    properties: tuple[str, ...]
    values: NDArray[np.float64]

    @property
    def fingerprint(self) -> str:
        """32 hexadecimal digits of the names and numbers."""
        content = "\n".join(self.properties).encode() + self.values.astype("<f8").tobytes()
        return blake2b(content, digest_size=16).hexdigest()

    def reasons(self, batch: CompositionBatch, rows: NDArray[np.int64]) -> dict[int, str]:
        """Return for each of these rows which properties have no value for which of its elements."""
        explain = cache(self._reason)
        return {
            row: explain(tuple(batch.atomic_numbers[batch.offsets[row] : batch.offsets[row + 1]].tolist()))
            for row in rows.tolist()
        }

    def _reason(self, atomic_numbers: tuple[int, ...]) -> str:
        lacking: dict[str, list[str]] = {}
        for name, column in zip(self.properties, self.values.T, strict=True):
            symbols = ", ".join(SYMBOLS[z] for z in atomic_numbers if np.isnan(column[z]))
            if symbols:
                lacking.setdefault(symbols, []).append(name)
        return "; ".join(f"no {', '.join(names)} for {symbols}" for symbols, names in lacking.items())


def magpie_table(properties: Sequence[str]) -> ElementTable:
    """Return tables of Magpie (doi:10.1038/npjcompumats.2016.28) as matminer ships them.

    A line of a file is an element; a line that is no number, or is not there, is a missing value.

    Raises
    ------
    Failed
        When matminer, or one of the tables, is not installed.
    """
    # Located without importing matminer, which takes seconds.
    found = find_spec("matminer")
    if found is None or not found.submodule_search_locations:
        raise Failed("matminer is not installed, and Magpie's tables come with it: pip install matminer")
    folder = Path(found.submodule_search_locations[0]) / "utils" / "data_files" / "magpie_elementdata"
    values = np.full((LAST_ATOMIC_NUMBER + 1, len(properties)), np.nan)
    for column, name in enumerate(properties):
        try:
            lines = (folder / f"{name}.table").read_text(encoding="utf-8").splitlines()
        except OSError as error:
            raise Failed(f"the installed matminer has no readable Magpie table {name}: {error}") from error
        for z, line in enumerate(lines[:LAST_ATOMIC_NUMBER], start=1):
            values[z, column] = _number(line)
    return ElementTable(tuple(properties), values)


def _number(line: str) -> float:
    try:
        return float(line)
    except ValueError:
        return float("nan")


def pymatgen_table(properties: Sequence[tuple[str, str]]) -> ElementTable:
    """Return properties from pymatgen's periodic table (doi:10.1016/j.commatsci.2012.10.028).

    Parameters
    ----------
    properties : sequence of (str, str)
        Our name, and pymatgen's: a key of ``Element.data``, or "group" or "row". Of a property that is a list
        (the ionization energies), the first is taken.
    """
    from pymatgen.core.periodic_table import Element  # 0.3 s, and only this function needs it

    values = np.full((LAST_ATOMIC_NUMBER + 1, len(properties)), np.nan)
    for z in range(1, LAST_ATOMIC_NUMBER + 1):
        element = Element.from_Z(z)
        data = element.data
        for column, (_, key) in enumerate(properties):
            # From the data where it is there, because attributes warn where there is no value.
            value = getattr(element, key) if key in _COMPUTED else data.get(key)
            if isinstance(value, list):
                value = value[0] if value else None
            if value is not None:
                values[z, column] = float(value)
    return ElementTable(tuple(name for name, _ in properties), values)
