"""What pymatgen's JSON of different objects shares: arrays, spins, a structure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matsluice.tasks.electronic.record import CrystalCell
from matsluice.tasks.material.elements import ATOMIC_NUMBERS


def array(content: object) -> NDArray[np.float64]:
    """Return numbers that are written as nested lists, or as monty writes a numpy array.

    Examples
    --------
    >>> array({"@module": "numpy", "@class": "array", "dtype": "float64", "data": [1, 2]})
    array([1., 2.])
    """
    return np.array(content["data"] if isinstance(content, dict) else content, dtype=np.float64)


def by_spin(content: Mapping[str, object]) -> NDArray[np.float64]:
    """Return what is written for spin "1" and, where it is there, "-1", as one array with the spins first.

    Examples
    --------
    >>> by_spin({"-1": [3.0], "1": [2.0]})
    array([[2.],
           [3.]])
    """
    return np.array([array(content[spin]) for spin in ("1", "-1") if spin in content or spin == "1"])


def cell_of(content: Mapping[str, Any] | None) -> CrystalCell | None:
    """Return the cell of a structure's dictionary; None where there is none, or a site is disordered."""
    if not content:
        return None
    numbers, positions = [], []
    for site in content["sites"]:
        species = site["species"]
        if (
            len(species) != 1
            or float(species[0]["occu"]) != 1.0
            or species[0]["element"] not in ATOMIC_NUMBERS
        ):
            return None
        numbers.append(ATOMIC_NUMBERS[species[0]["element"]])
        positions.append(site["abc"])
    lattice = array(content["lattice"]["matrix"])
    return CrystalCell(lattice, np.array(numbers, dtype=np.int64), np.array(positions, dtype=np.float64))
