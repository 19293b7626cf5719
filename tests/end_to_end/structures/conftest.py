"""The same crystals, written in every way a person may have them."""

from __future__ import annotations

import csv
import gzip
import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from pymatgen.core import Structure

    from tests.end_to_end.conftest import CampaignFolder, MakeFolder


@pytest.fixture(scope="module")
def crystals() -> dict[str, Structure]:
    from pymatgen.core import Lattice, Structure

    cubic, hexagonal = Lattice.cubic, Lattice.hexagonal
    third = 1 / 3
    return {
        "salt": Structure.from_spacegroup("Fm-3m", cubic(5.64), ["Na", "Cl"], [[0, 0, 0], [0.5, 0, 0]]),
        "blende": Structure.from_spacegroup("F-43m", cubic(5.41), ["Zn", "S"], [[0, 0, 0], [0.25] * 3]),
        "wurtzite": Structure.from_spacegroup(
            "P6_3mc", hexagonal(3.82, 6.26), ["Zn", "S"], [[third, 2 * third, 0], [third, 2 * third, 0.374]]
        ),
        "perovskite": Structure.from_spacegroup(
            "Pm-3m", cubic(3.905), ["Sr", "Ti", "O"], [[0, 0, 0], [0.5] * 3, [0.5, 0.5, 0]]
        ),
        "triclinic": Structure(
            Lattice.from_parameters(4.1, 5.3, 6.2, 80, 95, 103),
            ["Ca", "Si", "O", "O"],
            [[0.02, 0.97, 0.01], [0.5, 0.45, 0.55], [0.25, 0.2, 0.6], [0.75, 0.7, 0.3]],
        ),
    }


@pytest.fixture(scope="module")
def folder(session_folder: MakeFolder, crystals: dict[str, Structure]) -> CampaignFolder:
    """The same crystals, written for every source."""
    from ase.io import write
    from pymatgen.io.ase import AseAtomsAdaptor
    from pymatgen.io.cif import CifWriter
    from pymatgen.io.vasp import Poscar

    made = session_folder()
    (made.path / "cifs").mkdir()
    for name, crystal in crystals.items():
        # With symmetry, which the reader has to expand; the table has them without.
        (made.path / "cifs" / f"{name}.cif").write_text(str(CifWriter(crystal, symprec=0.01)))
        (made.path / "poscars" / name).mkdir(parents=True)
        Poscar(crystal).write_file(made.path / "poscars" / name / "POSCAR", significant_figures=12)
    # Eight decimals: what is written is what every other source has.
    texts = {name: str(CifWriter(crystal, significant_figures=12)) for name, crystal in crystals.items()}
    write_table(made.path / "texts.csv", "cif", texts)
    write_table(made.path / "paths.csv", "structure", {name: f"cifs/{name}.cif" for name in crystals})
    atoms = [AseAtomsAdaptor.get_atoms(crystal) for crystal in crystals.values()]
    write(made.path / "frames.extxyz", atoms, format="extxyz")
    documents = [crystal.as_dict() for crystal in crystals.values()]
    (made.path / "list.json").write_text(json.dumps(documents))
    lines = "".join(json.dumps({"structure": one}) + "\n" for one in documents)
    (made.path / "rows.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
    return made


def write_table(path: Path, column: str, cells: dict[str, str]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["name", column])
        writer.writerows(cells.items())
