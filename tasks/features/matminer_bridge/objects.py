"""Rows of batches as the pymatgen objects that matminer takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matsluice.tasks.features.composition.oxidation_guess import guessed_oxidation_states
from matsluice.tasks.material import CrystalBatch
from matsluice.tasks.material.elements import FORMULA_RANK, SYMBOLS

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pymatgen.core.composition import Composition
    from pymatgen.core.structure import Structure

    from matsluice.tasks.material import CompositionBatch

# Å. Entries of a disordered site stand at one position; crystals with sites nearer than 0.5 Å are refused.
_SAME_PLACE = 1e-3


class NoChargesError(ValueError):
    """No oxidation states are known for what is to have them."""


def composition_of(batch: CompositionBatch, row: int, charged: bool = False) -> Composition:
    """Return a composition, its elements in the order of a formula, with guessed oxidation states or without.

    Raises
    ------
    NoChargesError
        There are no oxidation states that balance.

    Examples
    --------
    >>> from matsluice.tasks.material import parse_formulas
    >>> composition_of(parse_formulas(["O4Fe3"]).batch, 0, charged=True)
    Composition('Fe2+:1 Fe3+:2 O2-:4')
    """
    from pymatgen.core.composition import Composition
    from pymatgen.core.periodic_table import Species

    one = batch.slice(row, row + 1)
    order = sorted(range(len(one.amounts)), key=lambda entry: FORMULA_RANK[one.atomic_numbers[entry]])
    if not charged:
        return Composition({SYMBOLS[one.atomic_numbers[entry]]: float(one.amounts[entry]) for entry in order})
    guess = guessed_oxidation_states(one)
    if guess.undefined:
        raise NoChargesError(guess.undefined[0])
    return Composition(
        {
            Species(SYMBOLS[one.atomic_numbers[entry]], int(guess.states[ion])): float(guess.atoms[ion])
            for entry in order
            for ion in range(guess.offsets[entry], guess.offsets[entry + 1])
        }
    )


def structure_of(batch: CrystalBatch, row: int, charged: bool = False) -> Structure:
    """Return a crystal as a pymatgen structure, with guessed mean oxidation states by element or without.

    Raises
    ------
    NoChargesError
        There are no oxidation states that balance.

    Examples
    --------
    >>> from matsluice.tasks.material import crystals_from_cells
    >>> cell = (4.2 * np.eye(3), [55, 17], [[0, 0, 0], [0.5, 0.5, 0.5]])
    >>> [str(site.specie) for site in structure_of(crystals_from_cells([cell]).batch, 0, charged=True)]
    ['Cs+', 'Cl-']
    """
    from pymatgen.core.lattice import Lattice
    from pymatgen.core.structure import Structure

    one = batch.slice(row, row + 1)
    lattice = one.lattices[0]
    species: list[dict[str, float]] = []
    places: list[int] = []
    for entry, z in enumerate(one.atomic_numbers.tolist()):
        occupancy = float(one.occupancies[entry])
        place = None if occupancy == 1.0 else _same_place(one, lattice, places, entry)
        if place is None:
            species.append({})
            places.append(entry)
            place = len(places) - 1
        species[place][SYMBOLS[z]] = species[place].get(SYMBOLS[z], 0.0) + occupancy
    structure = Structure(Lattice(lattice), species, one.positions[places])
    if charged:
        composition = one.compositions()
        guess = guessed_oxidation_states(composition)
        if guess.undefined:
            raise NoChargesError(guess.undefined[0])
        structure.add_oxidation_state_by_element(
            dict(zip((SYMBOLS[z] for z in composition.atomic_numbers), guess.mean.tolist(), strict=True))
        )
    return structure


def _same_place(one: CrystalBatch, lattice: NDArray[np.float64], places: list[int], entry: int) -> int | None:
    """Return which of the sites there are so far stands where this entry does."""
    if not places:
        return None
    apart = one.positions[places] - one.positions[entry]
    distances = np.linalg.norm((apart - np.round(apart)) @ lattice, axis=1)
    nearest = int(np.argmin(distances))
    return nearest if distances[nearest] < _SAME_PLACE else None
