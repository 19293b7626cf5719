"""NaN, ±inf and numbers beyond the largest double, wherever a source can hold one: refused with a reason."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pymatgen.core.lattice import Lattice
from pymatgen.core.structure import Structure

from matsluice.tasks.ingest.examine import examine
from matsluice.tasks.ingest.source_batch import read_source
from matsluice.tasks.ingest.structure_files_options import (
    CifOptions,
    ExtxyzOptions,
    JsonOptions,
    PoscarOptions,
    StructureFilesOptions,
)

NOT_FINITE = ("nan", "inf", "-inf", "1e400")
# As JSON writes them, and Python reads.
IN_JSON = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity", "1e400": "1e400"}
CSCL = json.dumps(Structure(Lattice.cubic(4.0), ["Cs", "Cl"], [[0.0, 0.0, 0.0], [0.5, 0.5, 0.5]]).as_dict())
CIF = """data_a
_cell_length_a {length}
_cell_length_b 4
_cell_length_c 4
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 90
loop_
_atom_site_label
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
Cs1 0 0 0
Cl1 {x} 0.5 0.5
"""
POSCAR = "CsCl\n1.0\n{length} 0 0\n0 4 0\n0 0 4\nCs Cl\n1 1\nDirect\n0 0 0\n{x} 0.5 0.5\n"
FRAME = '2\nLattice="{length} 0 0 0 4 0 0 0 4" gap={gap}\nCs 0 0 0\nCl {x} 2 2\n'


def refusals(
    kind: str, options: type[StructureFilesOptions], path: Path, targets: tuple[str, ...] = ()
) -> set[int]:
    """Return the rows that are refused, having looked that each says why."""
    (batch,) = read_source(kind, options.model_validate({"path": str(path)}), targets)
    rows = examine(batch, list(targets))
    assert all(why.reason and why.detail for why in rows.refusals.values())
    return set(rows.refusals)


@pytest.mark.parametrize("number", NOT_FINITE)
def test_in_a_cell_or_a_position(tmp_path: Path, number: str) -> None:
    forms: list[tuple[str, type[StructureFilesOptions], str, str]] = [
        ("cif", CifOptions, "cif", CIF),
        ("poscar", PoscarOptions, "vasp", POSCAR),
        ("extxyz", ExtxyzOptions, "extxyz", FRAME),
    ]
    for kind, options, suffix, text in forms:
        for values in ({"length": number, "x": "0.5"}, {"length": "4", "x": number}):
            file = tmp_path / f"a.{suffix}"
            file.write_text(text.format(gap="1", **values))
            assert refusals(kind, options, file) == {0}, (kind, values)
        file.write_text(text.format(gap="1", length="4", x="0.5"))
        assert refusals(kind, options, file) == set(), kind


@pytest.mark.parametrize("number", NOT_FINITE)
@pytest.mark.parametrize("place", ["matrix", "abc"])
def test_in_a_structure_as_json(tmp_path: Path, number: str, place: str) -> None:
    file = tmp_path / "a.json"
    changed = json.loads(CSCL)
    if place == "matrix":
        changed["lattice"]["matrix"][0][0] = 987654321
    else:
        changed["sites"][1]["abc"][0] = 987654321
        changed["sites"][1].pop("xyz", None)
    file.write_text(json.dumps([changed]).replace("987654321", IN_JSON[number]))
    assert refusals("json", JsonOptions, file) == {0}


@pytest.mark.parametrize("number", NOT_FINITE)
def test_in_a_label(tmp_path: Path, number: str) -> None:
    frames = tmp_path / "a.extxyz"
    frames.write_text("".join(FRAME.format(length="4", x="2", gap=gap) for gap in ("1", number)))
    assert refusals("extxyz", ExtxyzOptions, frames, ("gap",)) == {1}
    lines = tmp_path / "a.jsonl"
    lines.write_text("".join(f'{{"structure": {CSCL}, "gap": {gap}}}\n' for gap in ("1", IN_JSON[number])))
    assert refusals("json", JsonOptions, lines, ("gap",)) == {1}
