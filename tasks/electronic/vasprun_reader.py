"""VASP's vasprun.xml, through pymatgen."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from matsluice.tasks.electronic.dos_reader import shell_of
from matsluice.tasks.electronic.path_pieces import straight_pieces
from matsluice.tasks.electronic.record import (
    SHELLS,
    Bands,
    CannotRead,
    CrystalCell,
    ElectronicRecord,
    StateDensity,
)
from matsluice.tasks.material.elements import ATOMIC_NUMBERS

if TYPE_CHECKING:
    from pymatgen.io.vasp.outputs import Vasprun


# VASP prints the density at points and its integral exactly: where they differ by this share, states fall between.
_LOST_STATES: Final = 0.1


def record_from_vasprun(path: Path, content: str) -> ElectronicRecord:
    """Return the bands, the density of states and the structure of a run.

    The Fermi energy is the file's, but where it stands within 1 meV inside a band edge (a known slip of VASP) it is
    put in the middle of the gap, as ``Vasprun.calculate_efermi`` does. A run whose electrons did not converge is
    refused.

    Parameters
    ----------
    path
        Where pymatgen reads it.
    content
        Its text, which shows whether it is whole.

    Raises
    ------
    CannotRead
        The file is cut off, not VASP's, or of a run that did not converge.
    """
    if "<modeling" not in content:
        raise CannotRead("wrong content", f'"{path.name}" is no vasprun.xml: it has no element <modeling>')
    if not content.rstrip().endswith("</modeling>"):
        raise CannotRead("truncated", f'"{path.name}" is cut off: it does not end with </modeling>')
    run = _parsed(path)
    if not run.converged_electronic:
        raise CannotRead("not converged", f'the electrons of the run in "{path.name}" did not converge')
    if run.efermi is None:
        raise CannotRead("no Fermi energy", f'"{path.name}" has no Fermi energy')
    try:
        fermi = float(run.calculate_efermi()) if run.eigenvalues else float(run.efermi)
        cell = _cell(run)
        missing: dict[str, str] = {}
        bands = _bands(run, cell, fermi) if run.eigenvalues else None
    except (KeyError, ValueError, IndexError, AttributeError) as error:
        raise CannotRead("wrong content", f'"{path.name}" does not hold what it should: {error}') from error
    density = None
    try:
        density = _density(run, float(run.efermi))
    except (CannotRead, AttributeError, ValueError, KeyError) as error:
        missing["density"] = f"no density of states that can be used in the file: {error}"
    return ElectronicRecord(bands, density, None, cell, fermi, missing)


def _parsed(path: Path) -> Vasprun:
    """Parse the file; warnings about convergence are answered above, any other goes on to the person."""
    from pymatgen.io.vasp.outputs import UnconvergedVASPWarning, Vasprun

    try:
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            run = Vasprun(path, parse_potcar_file=False)
    except Exception as error:
        raise CannotRead("wrong content", f'"{path.name}" is no complete vasprun.xml: {error}') from error
    for one in told:
        if not issubclass(one.category, UnconvergedVASPWarning):
            warnings.warn_explicit(one.message, one.category, one.filename, one.lineno)
    return run


def _cell(run: Vasprun) -> CrystalCell:
    structure = run.final_structure
    numbers = [ATOMIC_NUMBERS[str(site.specie.symbol)] for site in structure]
    return CrystalCell(
        np.array(structure.lattice.matrix, dtype=np.float64),
        np.array(numbers, dtype=np.int64),
        np.array(structure.frac_coords, dtype=np.float64),
    )


def _bands(run: Vasprun, cell: CrystalCell, fermi: float) -> Bands:
    """Return the bands along the path, where the run has one, else those on its k-points.

    A path stands in line mode, in KPOINTS_OPT, or as points of weight 0 beside a mesh (hybrid functionals).
    """
    points: Any = getattr(run, "kpoints_opt_props", None) or run
    kpoints = np.array(points.actual_kpoints, dtype=np.float64)
    energies = _by_spin({spin: values[:, :, 0].T for spin, values in points.eigenvalues.items()})
    style = getattr(getattr(points, "kpoints", None), "style", None)
    weights = np.array(points.actual_kpoints_weights, dtype=np.float64)
    path = points is not run or "line" in str(style).lower()
    if not path and (weights == 0).any():
        kpoints, energies, path = kpoints[weights == 0], energies[:, :, weights == 0], True
    reciprocal = np.array(2 * np.pi * np.linalg.inv(cell.lattice).T, dtype=np.float64)
    return Bands(kpoints, reciprocal, energies, fermi, straight_pieces(kpoints) if path else None)


def _by_spin(values: Mapping[Any, Any]) -> NDArray[np.float64]:
    """Return one array with spin up first; pymatgen's spins are the numbers 1 and −1."""
    return np.array([values[spin] for spin in sorted(values, key=int, reverse=True)], dtype=np.float64)


def _density(run: Vasprun, fermi: float) -> StateDensity:
    total = run.complete_dos
    energies = np.array(total.energies, dtype=np.float64)
    densities = _by_spin(total.densities)
    counted = float(np.trapezoid(densities.sum(axis=0), energies))
    integral = _by_spin(run.idos.densities).sum(axis=0)
    printed = float(integral[-1] - integral[0])
    if abs(counted - printed) > _LOST_STATES * printed:
        raise CannotRead(
            "coarse grid",
            f"it integrates to {counted:.1f} states, and the file's own integral is {printed:.1f}: "
            "its grid of energies is too coarse for its smearing",
        )
    return StateDensity(energies, densities, fermi, _shells(total.pdos, list(total.structure), len(energies)))


def _shells(projections: Any, sites: list[Any], points: int) -> NDArray[np.float64] | None:
    if not projections or not any(projections.values()):
        return None
    shells = np.zeros((len(sites), len(SHELLS), points))
    for row, site in enumerate(sites):
        for orbital, by_spin in projections[site].items():
            shells[row, shell_of(str(getattr(orbital, "name", orbital)))] += sum(by_spin.values())
    return shells
