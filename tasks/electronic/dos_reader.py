"""pymatgen's Dos and CompleteDos."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matsluice.tasks.electronic.json_arrays import array, by_spin, cell_of
from matsluice.tasks.electronic.record import SHELLS, CannotRead, ElectronicRecord, StateDensity


def record_from_dos(content: Mapping[str, Any]) -> ElectronicRecord:
    """Return the record of a density's dictionary, its projections summed to shells."""
    fermi = float(content["efermi"])
    energies = array(content["energies"])
    density = StateDensity(
        energies=energies,
        densities=by_spin(content["densities"]),
        fermi=fermi,
        shells=_shells(content.get("pdos"), len(energies)),
    )
    return ElectronicRecord(density=density, cell=cell_of(content.get("structure")), fermi=fermi)


def _shells(sites: Sequence[Mapping[str, Any]] | None, points: int) -> NDArray[np.float64] | None:
    """Return each site's s, p, d and f part, over both spins and all directions of the orbitals."""
    if not sites or not any(sites):
        return None
    shells = np.zeros((len(sites), len(SHELLS), points))
    for site, orbitals in enumerate(sites):
        for name, projection in orbitals.items():
            shells[site, shell_of(name)] += by_spin(projection["densities"]).sum(axis=0)
    return shells


def shell_of(orbital: str) -> int:
    """Return 0 to 3 for an orbital of the s, p, d or f shell, such as "dxy" or "f_3".

    Examples
    --------
    >>> shell_of("dx2"), shell_of("s")
    (2, 0)
    """
    shell = SHELLS.find(orbital[:1])
    if shell < 0 or not orbital:
        raise CannotRead("unknown orbital", f'"{orbital}" is no s, p, d or f orbital')
    return shell
