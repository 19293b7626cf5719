"""pymatgen's BandStructure and BandStructureSymmLine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matsluice.tasks.electronic.json_arrays import array, by_spin, cell_of
from matsluice.tasks.electronic.record import Bands, ElectronicRecord


def record_from_band_structure(content: Mapping[str, Any]) -> ElectronicRecord:
    """Return the record of a band structure's dictionary; its projections are not needed, and not read."""
    fermi = float(content["efermi"])
    branches = content.get("branches")
    lines = (
        tuple((int(branch["start_index"]), int(branch["end_index"]) + 1) for branch in branches)
        if branches
        else None
    )
    bands = Bands(
        kpoints=array(content["kpoints"]).reshape(-1, 3),
        reciprocal=array(content["lattice_rec"]["matrix"]),
        energies=by_spin(content["bands"]),
        fermi=fermi,
        lines=lines,
    )
    return ElectronicRecord(bands=bands, cell=cell_of(content.get("structure")), fermi=fermi)
