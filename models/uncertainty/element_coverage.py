"""Whether a model has met the elements of a material often enough to know them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

# What is learned of an element from one or two materials is learned of those. No matbench set has an element to
# measure it by: there a material whose rarest element stands in 8 to 20 others is predicted as well as any, and one
# with an element never seen is off by six times the mean error.
FEWEST_MATERIALS = 3
LAST_ATOMIC_NUMBER = 118


class Compositions(Protocol):
    """The elements of n materials as ragged columns."""

    @property
    def offsets(self) -> NDArray[np.int64]:
        """Where the elements of each material begin, and where the last ones end, (n + 1,)."""
        ...

    @property
    def atomic_numbers(self) -> NDArray[np.int16]:
        """Elements, each once a material, (entries,)."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class ElementCoverage:
    """In how many training materials each element stands.

    Attributes
    ----------
    counts
        By atomic number, (119,).
    """

    counts: NDArray[np.int64]

    @classmethod
    def of(cls, materials: Compositions) -> ElementCoverage:
        """Count over distinct materials.

        Examples
        --------
        >>> from types import SimpleNamespace
        >>> iron_oxide_and_oxygen = SimpleNamespace(offsets=np.array([0, 2, 3]), atomic_numbers=np.array([8, 26, 8]))
        >>> ElementCoverage.of(iron_oxide_and_oxygen).counts[[8, 26, 43]].tolist()
        [2, 1, 0]
        """
        return cls(np.bincount(materials.atomic_numbers, minlength=LAST_ATOMIC_NUMBER + 1))

    def known(self, materials: Compositions) -> NDArray[np.bool_]:
        """Return for each of n materials whether every element stands in enough training materials, (n,)."""
        found = np.ones(len(materials.offsets) - 1, dtype=bool)
        found[_owners(materials)[self._rare(materials)]] = False
        return found

    def reasons(self, materials: Compositions, symbols: Sequence[str]) -> list[list[str]]:
        """Return for each of n materials which elements are too rare, in words.

        Parameters
        ----------
        materials
            Their elements.
        symbols
            Symbol by atomic number.
        """
        said: list[list[str]] = [[] for _ in range(len(materials.offsets) - 1)]
        owners = _owners(materials)
        for place in np.flatnonzero(self._rare(materials)).tolist():
            z = int(materials.atomic_numbers[place])
            count = int(self.counts[z])
            often = "never seen" if count == 0 else f"seen in {count} material{'s' if count > 1 else ''} only"
            said[owners[place]].append(f"element {symbols[z]} {often}")
        return said

    def _rare(self, materials: Compositions) -> NDArray[np.bool_]:
        return np.asarray(self.counts[materials.atomic_numbers] < FEWEST_MATERIALS)


def _owners(materials: Compositions) -> NDArray[np.int64]:
    """Return which material each entry is of, (entries,)."""
    lengths = np.diff(materials.offsets)
    return np.repeat(np.arange(len(lengths)), lengths)
