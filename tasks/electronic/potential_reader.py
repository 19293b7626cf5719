"""Potentials: VASP's LOCPOT, and tables of a planar average."""

from __future__ import annotations

import csv
import re
import warnings
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from matsluice.tasks.electronic.record import CannotRead, CrystalCell, ElectronicRecord, PlanarPotential
from matsluice.tasks.material.elements import ATOMIC_NUMBERS

# Words of a table's header, in lower case and without a unit in brackets.
_VALUE_WORDS: Final = ("planar", "planar_average", "potential")
_PLACE_WORDS: Final = ("z", "position", "distance")
_STEP_TOLERANCE: Final = 1e-2  # relative; tables round the places they print


def potential_from_locpot(path: Path) -> ElectronicRecord:
    """Return the average over the planes across the axis along which the atoms leave the widest gap.

    VASP writes the local potential as an electron's potential energy, eV. The period is the cell's height over
    the planes, so that an oblique cell has the right distances.

    Raises
    ------
    CannotRead
        It is cut off, or no LOCPOT.
    """
    from pymatgen.io.vasp.inputs import BadPoscarWarning
    from pymatgen.io.vasp.outputs import Locpot

    try:
        with warnings.catch_warnings():
            # A header without element symbols: pymatgen would make some up.
            warnings.simplefilter("error", BadPoscarWarning)
            poscar, data, _ = Locpot.parse_file(path)
    except BadPoscarWarning as error:
        raise CannotRead(
            "no elements", f'"{path.name}" does not say which elements it holds: {error}'
        ) from error
    except Exception as error:
        raise CannotRead("truncated", f'"{path.name}" is cut off, or no LOCPOT: {error}') from error
    structure = poscar.structure
    lattice = np.array(structure.lattice.matrix, dtype=np.float64)
    positions = np.array(structure.frac_coords, dtype=np.float64)
    numbers = np.array([ATOMIC_NUMBERS[str(site.specie.symbol)] for site in structure], dtype=np.int64)
    heights = 1.0 / np.linalg.norm(np.linalg.inv(lattice), axis=0)
    axis = int(np.argmax([_widest_gap(positions[:, along]) * heights[along] for along in range(3)]))
    across = tuple(along for along in range(3) if along != axis)
    average = np.asarray(data["total"], dtype=np.float64).mean(axis=across)
    potential = PlanarPotential(average, float(heights[axis]))
    return ElectronicRecord(potential=potential, cell=CrystalCell(lattice, numbers, positions))


def _widest_gap(places: NDArray[np.float64]) -> float:
    """Return the widest gap between fractional places on a circle of length 1."""
    turned = np.sort(places % 1.0)
    return float(np.diff(turned, append=turned[0] + 1.0).max())


def potential_from_profile(text: str) -> ElectronicRecord:
    r"""Return the planar average in a CSV table with a header.

    The column "planar", "planar_average" or "potential" holds an electron's potential energy, eV (as the planar
    average of a LOCPOT; some tools write V for it), at equal steps over the whole period. A column "z", "position"
    or "distance" holds the places in Å; without one the period stays unknown. Units in brackets are left out.

    Raises
    ------
    CannotRead
        There is no such column, a value is no number, or the steps are not equal.

    Examples
    --------
    >>> potential_from_profile("z (A),Planar\n0,1.5\n0.5,2.5\n").potential.period
    1.0
    """
    rows = [row for row in csv.reader(text.splitlines()) if row]
    header = [re.sub(r"[(\[].*", "", word).strip().lower() for word in rows[0]] if rows else []
    value = next((header.index(word) for word in _VALUE_WORDS if word in header), None)
    if value is None:
        wanted = ", ".join(_VALUE_WORDS)
        raise CannotRead("wrong table", f"the table has the columns {header}, and needs one of {wanted}")
    place = next((header.index(word) for word in _PLACE_WORDS if word in header), None)
    try:
        values = np.array([float(row[value]) for row in rows[1:]])
        places = None if place is None else np.array([float(row[place]) for row in rows[1:]])
    except (ValueError, IndexError) as error:
        raise CannotRead("wrong table", f"the table is cut off, or a value is no number: {error}") from error
    return ElectronicRecord(potential=PlanarPotential(values, None if places is None else _period(places)))


def _period(places: NDArray[np.float64]) -> float:
    steps = np.diff(places)
    step = float(steps.mean()) if len(steps) else 0.0
    if step <= 0 or np.abs(steps - step).max() > _STEP_TOLERANCE * step:
        raise CannotRead("wrong table", "the places of a planar average must increase in equal steps")
    return step * len(places)
