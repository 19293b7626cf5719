"""structure.radial: how many atoms there are at which distance, smeared, by pair of elements."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import combinations_with_replacement
from typing import TYPE_CHECKING, Final

import numpy as np

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.features.block import Column, FeatureValues
from matsluice.tasks.features.composition.element_table import ElementTable, pymatgen_table
from matsluice.tasks.features.ordered import where_ordered
from matsluice.tasks.features.structure.element_list import element_list
from matsluice.tasks.features.structure.radial_distribution import classes_of
from matsluice.tasks.material.elements import ATOMIC_NUMBERS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.tasks.material import CrystalBatch

NAME: Final = "structure.radial"
FIRST: Final = 1.0  # Å, of the grid; nearer there are at most the atoms of H2
STEP: Final = 0.5  # Å, of the grid where nothing is said
SHORTEST_STEP: Final = 0.1  # Å
# Standard deviation of the Gaussians, in steps: half of one, so that no distance falls between.
WIDTH_IN_STEPS: Final = 0.5
LONGEST_CUTOFF: Final = 20.0  # Å
_ROUND_OFF: Final = 1e-9  # in electronegativity: what lies on the mean belongs to the lower class
_SOURCE: Final = "pair correlation function smeared with Gaussians of half a step of its grid"
_BY_PAIR: Final = f"{_SOURCE}; by pair of elements as in Schütt et al. 2014, doi:10.1103/PhysRevB.89.205118"
_PAULING: Final = f"{_BY_PAIR}; Pauling's electronegativity in pymatgen's table, doi:10.1021/ja01348a011"
# Electropositive and electronegative: below and above the mean of the atoms of the crystal.
_CLASSES: Final = {"low_low": (0, 0), "low_high": (0, 1), "high_high": (1, 1)}
_MEANING: Final = {
    "low_low": "two elements of at most the crystal's mean electronegativity (two cations)",
    "low_high": "one element of at most and one of more than the crystal's mean electronegativity (cation and anion)",
    "high_high": "two elements of more than the crystal's mean electronegativity (two anions)",
}


@dataclass(frozen=True, slots=True, eq=False)
class RadialBlock:
    """g(r) on a grid, whole and in parts that add up to it; undefined for partly filled sites."""

    table: ElementTable
    grid: NDArray[np.float64]
    elements: tuple[str, ...]
    step: float = STEP

    @property
    def fingerprint(self) -> str:
        """Hexadecimal digits of the table of electronegativities."""
        return self.table.fingerprint

    def columns(self) -> tuple[Column, ...]:
        """Return the columns: the grid for all atoms, then for each pair."""
        found = [self._column("all", r, "all atoms", _SOURCE) for r in self.grid]
        if self.elements:
            for one, other in combinations_with_replacement(self.elements, 2):
                name, meaning = f"{one}_{other}".lower(), f"pairs of {one} and {other}"
                found += [self._column(name, r, meaning, _BY_PAIR) for r in self.grid]
        else:
            for name in _CLASSES:
                found += [self._column(name, r, f"pairs of {_MEANING[name]}", _PAULING) for r in self.grid]
        return tuple(found)

    def compute(self, batch: CrystalBatch) -> FeatureValues:
        """Return the (n, c) values."""
        return where_ordered(batch, len(self.columns()), self._ordered)

    @staticmethod
    def _column(name: str, r: float, meaning: str, source: str) -> Column:
        part = "g(r)" if name == "all" else "part of g(r)"
        written = f"{r:.1f}" if abs(r - round(r, 1)) < _ROUND_OFF else f"{r:.2f}"
        place = written.replace(".", "_")
        return Column(
            f"{NAME}.{name}_{place}", "dimensionless", f"{part} at {written} Å of {meaning}", source
        )

    def _ordered(self, batch: CrystalBatch) -> FeatureValues:
        from matsluice.tasks.features.structure.radial_kernel import smear_distances  # imports numba

        if self.elements:
            classes = classes_of(batch, [ATOMIC_NUMBERS[symbol] for symbol in self.elements])
            pairs = list(combinations_with_replacement(range(len(self.elements)), 2))
        else:
            classes = self._by_electronegativity(batch)
            pairs = list(_CLASSES.values())
        kinds = max(2, len(self.elements))
        pair_of = np.full((kinds, kinds), -1, dtype=np.int64)
        for place, (one, other) in enumerate(pairs):
            pair_of[one, other] = pair_of[other, one] = place
        found = np.empty((len(batch), 1 + len(pairs), len(self.grid)))
        smear_distances(
            batch.lattices,
            batch.offsets,
            batch.positions,
            classes,
            pair_of,
            self.grid,
            WIDTH_IN_STEPS * self.step,
            found,
        )
        flat = found.reshape(len(batch), found.shape[1] * found.shape[2])
        if self.elements:
            return FeatureValues(flat, {})
        crystal = np.repeat(np.arange(len(batch)), batch.site_counts)
        rows = np.unique(crystal[classes < 0])
        found[rows, 1:] = np.nan
        some = batch.take(rows).compositions()
        reasons = self.table.reasons(some, np.arange(len(rows)))
        return FeatureValues(flat, {int(rows[row]): why for row, why in reasons.items()})

    def _by_electronegativity(self, batch: CrystalBatch) -> NDArray[np.int64]:
        """Return 1 for a site of more than its crystal's mean, 0 for others; -1 where an element has no value."""
        value = self.table.values[batch.atomic_numbers, 0]
        crystal = np.repeat(np.arange(len(batch)), batch.site_counts)
        mean = np.bincount(crystal, value, minlength=len(batch)) / batch.site_counts
        classes = (value > mean[crystal] + _ROUND_OFF).astype(np.int64)
        classes[np.isnan(mean[crystal])] = -1
        return np.asarray(classes)


@cache
def make(cutoff: float = 10.0, elements: str = "", step: float = STEP) -> RadialBlock:
    """Return the block.

    Parameters
    ----------
    cutoff
        Å, the last point of the grid, which begins at 1 Å; 2 to 20.
    elements
        Symbols with dashes or commas between: their pairs are the columns, 0 where a crystal lacks one; with none,
        the pairs of electropositive and electronegative elements are, which every crystal of known elements has.
    step
        Å between the points of the grid, a multiple of 0.05 from 0.1 to 1.

    Raises
    ------
    InvalidInput
        When the cutoff or the step is out of range, or a symbol is no element or stands twice.

    Examples
    --------
    >>> len(make().columns()), make(cutoff=2.0, elements="Al,O").columns()[-1].name
    (76, 'structure.radial.o_o_2_0')
    """
    if not 2.0 <= cutoff <= LONGEST_CUTOFF:
        raise InvalidInput(f"cutoff is {cutoff:g}; it is 2 to {LONGEST_CUTOFF:g} Å")
    if not SHORTEST_STEP <= step <= FIRST or abs(20 * step - round(20 * step)) > _ROUND_OFF:
        raise InvalidInput(
            f"step is {step:g}; it is a multiple of 0.05 Å from {SHORTEST_STEP:g} to {FIRST:g} Å"
        )
    symbols = element_list(NAME, elements)
    points = int((cutoff - FIRST) / step + 1e-9) + 1
    grid = FIRST + step * np.arange(points, dtype=np.float64)
    return RadialBlock(pymatgen_table([("electronegativity", "X")]), grid, symbols, step)
