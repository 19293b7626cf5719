"""POSCAR, extended XYZ and JSON, held against pymatgen and ase."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymatgen.core.lattice import Lattice
from pymatgen.core.structure import Structure

from matsluice.tasks.material import CrystalBatch
from matsluice.tasks.material.crystal_identity import crystal_keys
from matsluice.tasks.material.readers import read_structures
from matsluice.tasks.material.readers.extxyz import read_extxyz
from matsluice.tasks.material.readers.poscar import read_poscars
from matsluice.tasks.material.readers.structure_json import read_structure_dicts
from matsluice.tasks.material.structures import crystals_from_structures

POSCAR = "CsCl\n1.0\n4.12 0 0\n0 4.12 0\n0 0 4.12\nCs Cl\n1 1\nDirect\n0 0 0\n0.5 0.5 0.5\n"
VASP4 = POSCAR.replace("Cs Cl\n", "")
PLACES = "0 0 0\n0.5 0.5 0.5"
FRAME = (
    '2\nLattice="4 0 0 0 4 0 0 0 4" Properties=species:S:1:pos:R:3 pbc="T T T" gap=8.3\nCs 0 0 0\nCl 2 2 2\n'
)


def same(batch: CrystalBatch, structure: Structure) -> bool:
    return crystal_keys(batch) == crystal_keys(crystals_from_structures([structure]))


@pytest.mark.parametrize(
    "text",
    [
        POSCAR,
        POSCAR.replace("\n", "\r\n"),
        POSCAR.replace("Direct", "Cartesian").replace("0.5 0.5 0.5", "2.06 2.06 2.06"),
        POSCAR.replace("1.0", "2.0").replace("4.12", "2.06"),
        POSCAR.replace("1.0", "-69.934528"),  # 4.12**3
        POSCAR.replace("Cs Cl", "Cs_sv/0a1 Cl"),
        POSCAR.replace("Direct", "Selective dynamics\nDirect").replace(PLACES, "0 0 0 F F F\n.5 .5 .5 T T T"),
        VASP4.replace("CsCl", "Cs Cl"),
        VASP4.replace(PLACES, "0 0 0 Cs\n.5 .5 .5 Cl"),
        POSCAR + "\n0 0 0\n0 0 0\n",
        POSCAR.replace("4.12 0 0\n0 4.12 0", "0 4.12 0\n4.12 0 0"),  # left-handed
        POSCAR.replace("1.0\n", "2 2 2\n").replace("4.12", "2.06"),
        "\ufeff" + POSCAR,
    ],
)  # fmt: skip
def test_one_poscar_in_many_dresses(text: str) -> None:
    assert same(
        read_poscars([text]).batch, Structure(Lattice.cubic(4.12), ["Cs", "Cl"], [[0.0] * 3, [0.5] * 3])
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "unreadable POSCAR"),
        (VASP4, "no elements"),
        (VASP4.replace("Direct", "Selective\nDirect").replace(PLACES, "0 0 0 F F F\n.5 .5 .5 F F F"), "no elements"),
        (POSCAR.replace("Cs Cl", "Cs D"), "unknown element"),
        (POSCAR.replace("0 0 4.12", "0 4.12 0"), "no volume"),
        (POSCAR.replace("1.0", "0.0"), "unreadable POSCAR"),
        (POSCAR.replace("0.5 0.5 0.5", "nan 0.5 0.5"), "not finite"),
        (POSCAR.replace("0.5 0.5 0.5", "0.5 0.5 x"), "unreadable POSCAR"),
        (POSCAR.replace("0.5 0.5 0.5", "0.01 0 0"), "overlapping sites"),
        (POSCAR.replace("1 1\n", "1 5\n"), "unreadable POSCAR"),
    ],
)  # fmt: skip
def test_poscars_that_are_no_crystal(text: str, reason: str) -> None:
    (why,) = read_poscars([text]).refused
    assert why.reason == reason, why.detail


def test_frames_as_ase_reads_them(public_data: Callable[[str], Path]) -> None:
    from ase.io import read as read_frames

    with gzip.open(public_data("nomad2018/train.extxyz.gz"), "rt") as file:
        lines = [next(file) for _ in range(5000)]
    crystals, info = read_extxyz("".join(lines))
    # The text ends within a frame, which alone is refused.
    assert [refused.row for refused in crystals.refused] == [len(info) - 1]
    frames = read_frames(io.StringIO("".join(lines)), index=slice(0, 40), format="extxyz")
    for i, frame in enumerate(frames):
        ours = crystals.batch.slice(i, i + 1)
        assert ours.lattices[0] == pytest.approx(frame.cell.array)
        assert ours.atomic_numbers.tolist() == frame.numbers.tolist()
        apart = ours.positions - frame.get_scaled_positions()
        assert np.abs(apart - np.round(apart)).max() < 1e-9
        assert float(info[i]["bandgap_energy_ev"]) == frame.info["bandgap_energy_ev"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (FRAME.replace('Lattice="4 0 0 0 4 0 0 0 4" ', ""), "no cell"),
        (FRAME.replace("T T T", "T T F"), "not periodic"),
        (FRAME.replace("2\nL", "two\nL"), "unreadable extxyz"),
        (FRAME.replace("Cl 2 2 2\n", ""), "unreadable extxyz"),
        (FRAME.replace("Cl 2 2 2", "Cl 2 2"), "unreadable extxyz"),
        (FRAME.replace("Cl 2 2 2", "T 2 2 2"), "unknown element"),
        (FRAME.replace("Cl 2 2 2", "Cl nan 2 2"), "not finite"),
        (FRAME.replace("pos:R:3", "pos:R"), "no coordinates"),
    ],
)
def test_frames_that_are_no_crystal(text: str, reason: str) -> None:
    crystals, _ = read_extxyz(text)
    assert [why.reason for why in crystals.refused] == [reason]


def test_json_as_pymatgen_writes_it() -> None:
    disordered = Structure(
        Lattice.cubic(4), [{"Fe3+": 0.5, "Ni2+": 0.25}, "O2-"], [[0.0, 0.0, 0.0], [0.5, 0.5, 0.5]]
    )
    assert same(read_structure_dicts([disordered.as_dict()]).batch, disordered)
    assert same(read_structures([disordered]).batch, disordered)
    assert same(read_structures([json.dumps(disordered.as_dict())]).batch, disordered)
    charges = Structure(Lattice.cubic(4), [{"Fe3+": 0.5, "Fe2+": 0.5}], [[0, 0, 0]])
    assert read_structures([charges]).batch.occupancies.tolist() == [1.0]


@pytest.mark.parametrize(
    "text", ["{", "[]", "{}", "[1]", '{"@class": "Molecule"}', '{"lattice": 1, "sites": 2}']
)
def test_json_that_is_no_structure(text: str) -> None:
    (why,) = read_structures([text]).refused
    assert why.reason in {"unreadable JSON", "not a structure", "several structures"}


@settings(max_examples=100)
@given(st.sampled_from([POSCAR, FRAME]), st.data())
def test_a_text_cut_anywhere_raises_nothing(text: str, data: st.DataObject) -> None:
    cut = text[: data.draw(st.integers(0, len(text)))]
    for parsed in (read_poscars([cut]), read_extxyz(cut)[0], read_structures([cut])):
        assert len(parsed.batch) + len(parsed.refused) <= 1
