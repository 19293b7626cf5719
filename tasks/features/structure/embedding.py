"""structure.embedding: vectors that a universal potential has for a crystal's atoms, as statistics over them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np

from matsluice.infra.mistakes import InvalidInput, unknown_word
from matsluice.tasks.features.block import Column, FeatureValues
from matsluice.tasks.features.ordered import where_ordered
from matsluice.tasks.features.structure import potential_vectors
from matsluice.tasks.features.structure.element_list import element_list
from matsluice.tasks.material.elements import ATOMIC_NUMBERS, SYMBOLS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from matsluice.tasks.material import CrystalBatch

NAME: Final = "structure.embedding"
_SOURCE: Final = "CHGNet, Deng et al. 2023, doi:10.1038/s42256-023-00716-3"
_LEARNED_FROM: Final[Mapping[str, str]] = MappingProxyType(
    {
        "chgnet": "PBE(+U) relaxations of the Materials Project (MPtrj)",
        "chgnet-r2scan": "those of the Materials Project by r2SCAN, after PBE(+U)",
    }
)
# Of the vectors of many atoms: what there is of it, how uneven it is, and its extremes.
_STATISTICS: Final = ("mean", "spread", "minimum", "maximum")


@dataclass(frozen=True, slots=True)
class EmbeddingBlock:
    """Energy and atom vectors of a crystal as it stands; nothing is relaxed."""

    potential: str
    elements: tuple[str, ...]

    @property
    def fingerprint(self) -> str:
        """Hexadecimal digits of the potential's weights."""
        return potential_vectors.weights_digest(self.potential)

    def columns(self) -> tuple[Column, ...]:
        """Return the columns: the energy, then the statistics over all atoms, then over those of each element."""
        learned_from = f"{self.potential}, learned from {_LEARNED_FROM[self.potential]}"
        found = [
            Column(
                f"{NAME}.energy", "eV/atom", f"energy of the crystal as it stands by {learned_from}", _SOURCE
            )
        ]
        for part, atoms in (("", "all atoms"), *((f"{e.lower()}_", f"atoms of {e}") for e in self.elements)):
            missing = "; 0 where there are none" if part else ""
            found += [
                Column(
                    f"{NAME}.{part}{word}_{k:03d}",
                    "dimensionless",
                    f"{_meaning(word)} over {atoms} of dimension {k} of the atom's vector in {learned_from}{missing}",
                    _SOURCE,
                )
                for word in _STATISTICS
                for k in range(potential_vectors.DIMENSIONS)
            ]
        return tuple(found)

    def compute(self, batch: CrystalBatch) -> FeatureValues:
        """Return the (n, c) values; some 5 ms an atom."""
        return where_ordered(batch, self._width, self._ordered)

    @property
    def _width(self) -> int:
        return 1 + (1 + len(self.elements)) * len(_STATISTICS) * potential_vectors.DIMENSIONS

    def _ordered(self, batch: CrystalBatch) -> FeatureValues:
        values = np.full((len(batch), self._width), np.nan)
        undefined = _without_vectors(batch)
        for row in range(len(batch)):
            if row in undefined:
                continue
            sites = slice(int(batch.offsets[row]), int(batch.offsets[row + 1]))
            numbers = batch.atomic_numbers[sites]
            said = potential_vectors.atom_vectors(
                self.potential, batch.lattices[row], numbers, batch.positions[sites]
            )
            groups = [slice(None), *(numbers == ATOMIC_NUMBERS[symbol] for symbol in self.elements)]
            values[row, 0] = said.energy_ev_per_atom
            values[row, 1:] = np.concatenate([_statistics(said.vectors[group]) for group in groups])
        return FeatureValues(values, undefined)


def _statistics(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return mean, standard deviation, minimum and maximum of (m, d), one behind the other (4 d,); 0 of no atoms."""
    if not len(vectors):
        return np.zeros(len(_STATISTICS) * vectors.shape[1])
    return np.concatenate(
        [vectors.mean(axis=0), vectors.std(axis=0), vectors.min(axis=0), vectors.max(axis=0)]
    )


def _meaning(word: str) -> str:
    return "standard deviation" if word == "spread" else word


def _without_vectors(batch: CrystalBatch) -> dict[int, str]:
    """Return the crystals the potential has no vectors for, and why."""
    from matsluice.tasks.features.neighbours.within import neighbours_within  # imports numba

    crystal = np.repeat(np.arange(len(batch)), batch.site_counts)
    alone = np.diff(neighbours_within(batch, potential_vectors.REACH).starts) == 0
    reasons = dict.fromkeys(
        crystal[alone].tolist(), f"no neighbour of an atom within {potential_vectors.REACH:g} Å"
    )
    for site in np.flatnonzero(batch.atomic_numbers > potential_vectors.LAST_KNOWN).tolist():
        reasons[int(crystal[site])] = f"no vector for {SYMBOLS[batch.atomic_numbers[site]]}"
    return dict(sorted(reasons.items()))


@cache
def make(potential: str = "chgnet", elements: str = "") -> EmbeddingBlock:
    """Return the block.

    Parameters
    ----------
    potential
        "chgnet" or "chgnet-r2scan".
    elements
        Symbols with dashes or commas between, whose atoms are told apart too.

    Raises
    ------
    InvalidInput
        There is no such potential, or a symbol is no element or stands twice.

    Examples
    --------
    >>> len(make().columns()), make(elements="Al-O").columns()[-1].name
    (257, 'structure.embedding.o_maximum_063')
    """
    if potential not in potential_vectors.POTENTIALS:
        raise InvalidInput(f"{NAME}: {unknown_word('potential', potential, potential_vectors.POTENTIALS)}")
    return EmbeddingBlock(potential, element_list(NAME, elements))
