"""Documents that cannot be read are refused with a sentence; the others give their arrays."""

from __future__ import annotations

import gzip
import json
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from matsluice.tasks.electronic import CannotRead, ElectronicBatch, ElectronicRecord, read_record

PATH_OF_BANDS: dict[str, Any] = {
    "@module": "pymatgen.electronic_structure.bandstructure",
    "@class": "BandStructureSymmLine",
    "efermi": 0.5,
    "kpoints": [[0, 0, 0], [0.25, 0, 0], [0.5, 0, 0]],
    "lattice_rec": {"matrix": [[1, 0, 0], [0, 1, 0], [0, 0, 1]]},
    "bands": {"1": [[0, 0.1, 0.2], [1, 1.1, 1.2]], "-1": [[-1, -1, -1], [2, 2, 2]]},
    "branches": [{"name": "G-X", "start_index": 0, "end_index": 2}],
}
DENSITY: dict[str, Any] = {
    "@class": "Dos",
    "efermi": 0,
    "energies": [-1, 0, 1],
    "densities": {"1": [1, 2, 3]},
}


def changed(content: dict[str, Any], **parts: Any) -> str:
    return json.dumps({**content, **parts})


def without(content: dict[str, Any], part: str) -> str:
    return json.dumps({name: value for name, value in content.items() if name != part})


def test_a_path_of_bands() -> None:
    record = read_record(json.dumps(PATH_OF_BANDS))
    assert record.bands is not None
    assert record.bands.energies.shape == (2, 2, 3)
    assert record.bands.energies[1, 0].tolist() == [-1, -1, -1]
    assert record.bands.lines == ((0, 3),)
    assert (record.fermi, record.density, record.cell, record.composition) == (0.5, None, None, None)


def test_numpy_arrays_as_monty_writes_them() -> None:
    array = {"@module": "numpy", "@class": "array", "dtype": "float64", "data": PATH_OF_BANDS["bands"]["1"]}
    record = read_record(changed(PATH_OF_BANDS, bands={"1": array}))
    assert record.bands is not None
    assert record.bands.energies.tolist() == [PATH_OF_BANDS["bands"]["1"]]


def test_projections_are_summed_to_shells_over_spins_and_directions() -> None:
    # Site 0: px and py with (1, 1, 1) in each of two spins: p = 4. Site 1: s alone.
    part = {"densities": {"1": [1, 1, 1], "-1": [1, 1, 1]}}
    one = {"densities": {"1": [0, 5, 0]}}
    record = read_record(
        changed(DENSITY, **{"@class": "CompleteDos"}, pdos=[{"px": part, "py": part}, {"s": one}])
    )
    assert record.density is not None
    assert record.density.shells is not None
    assert record.density.shells[:, :, 1].tolist() == [[0, 4, 0, 0], [5, 0, 0, 0]]


def test_a_structure_gives_the_composition_and_a_disordered_one_does_not() -> None:
    def structure(occupancy: float) -> dict[str, Any]:
        site = {"species": [{"element": "Si", "occu": occupancy}], "abc": [0, 0, 0]}
        return {"lattice": {"matrix": np.eye(3).tolist()}, "sites": [site]}

    whole = read_record(changed(DENSITY, structure=structure(1)))
    assert whole.composition is not None
    assert whole.composition.tolist() == [14]
    assert read_record(changed(DENSITY, structure=structure(0.5))).cell is None


BAD_TEXT = {
    "cut JSON": (json.dumps(PATH_OF_BANDS)[:-40], "no JSON"),
    "brace alone": ("{", "no JSON"),
    "a list": ("[1, 2]", "wrong JSON"),
    "another object": ('{"@class": "Structure"}', "wrong JSON"),
    "no object": ("{}", "wrong JSON"),
    "no Fermi energy": (without(PATH_OF_BANDS, "efermi"), "wrong JSON"),
    "Fermi energy null": (changed(PATH_OF_BANDS, efermi=None), "wrong JSON"),
    "no bands": (changed(PATH_OF_BANDS, bands={}), "wrong JSON"),
    "bands a word": (changed(PATH_OF_BANDS, bands="lost"), "wrong JSON"),
    "bands cut": (changed(PATH_OF_BANDS, bands={"1": [[0, 1], [2, 3]]}), "wrong shape"),
    "bands ragged": (changed(PATH_OF_BANDS, bands={"1": [[0, 1, 2], [2, 3]]}), "wrong JSON"),
    "not finite": (changed(PATH_OF_BANDS, bands={"1": [[0, float("nan"), 2]]}), "not finite"),
    "flat lattice": (
        changed(PATH_OF_BANDS, lattice_rec={"matrix": np.zeros((3, 3)).tolist()}),
        "wrong lattice",
    ),
    "branch too long": (changed(PATH_OF_BANDS, branches=[{"start_index": 0, "end_index": 3}]), "wrong path"),
    "density cut": (changed(DENSITY, densities={"1": [1, 2]}), "wrong shape"),
    "energies fall": (changed(DENSITY, energies=[1, 0, -1]), "wrong order"),
    "strange orbital": (changed(DENSITY, pdos=[{"g1": {"densities": {"1": [0, 0, 0]}}}]), "unknown orbital"),
}


@pytest.mark.parametrize(("text", "reason"), BAD_TEXT.values(), ids=BAD_TEXT.keys())
def test_text_that_is_no_record_is_refused(text: str, reason: str) -> None:
    with pytest.raises(CannotRead) as refusal:
        read_record(text)
    assert refusal.value.reason == reason
    assert len(refusal.value.detail) > 10


BAD_FILES: dict[str, tuple[str, bytes, str]] = {
    "empty JSON": ("a.json", b"", "empty"),
    "blank JSON": ("a.json", b" \n", "empty"),
    "packed nothing": ("a.json.gz", gzip.compress(b""), "empty"),
    "cut archive": ("a.json.gz", gzip.compress(json.dumps(PATH_OF_BANDS).encode())[:-12], "truncated"),
    "no archive": ("vasprun.xml.gz", b"<modeling></modeling>", "truncated"),
    "unknown kind": ("OUTCAR", b"text", "unknown kind of file"),
    "text named JSON": ("a.json", b"hello", "no JSON"),
    "cut vasprun": ("vasprun.xml", b"<?xml version='1.0'?><modeling><incar>", "truncated"),
    "XML of another": ("vasprun.xml", b"<html></html>", "wrong content"),
    "text named LOCPOT": ("LOCPOT", b"hello\n", "truncated"),
    "table without header": ("a.csv", b"1,2\n3,4\n", "wrong table"),
    "table cut": ("a.csv", b"z,planar\n0,1\n1", "wrong table"),
    "table with words": ("a.csv", b"z,planar\n0,1\n1,high\n", "wrong table"),
    "table with a jump": ("a.csv", b"z,planar\n0,1\n1,1\n5,1\n", "wrong table"),
    "table of one": ("a.csv", b"planar\n1\n", "wrong shape"),
}


@pytest.mark.parametrize(("name", "content", "reason"), BAD_FILES.values(), ids=BAD_FILES.keys())
def test_files_that_are_no_record_are_refused(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(CannotRead) as refusal:
        read_record(str(tmp_path / name))
    assert refusal.value.reason == reason
    assert name in refusal.value.detail or name.endswith((".json", ".csv"))


def test_paths_that_lead_nowhere_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotRead, match="there is no file or folder"):
        read_record(str(tmp_path / "lost.json"))
    with pytest.raises(CannotRead, match=r"has none of vasprun\.xml"):
        read_record(str(tmp_path))


def test_a_refusal_travels_between_processes() -> None:
    refusal = pickle.loads(pickle.dumps(CannotRead("empty", "the file is empty")))
    assert (refusal.reason, refusal.detail) == ("empty", "the file is empty")


def test_one_bad_document_does_not_cost_the_batch() -> None:
    records = list(ElectronicBatch(("{", json.dumps(DENSITY), "/lost")).records())
    assert [type(record) for record in records] == [CannotRead, ElectronicRecord, CannotRead]


def test_a_document_is_read_once_until_it_changes(tmp_path: Path) -> None:
    path = tmp_path / "dos.json"
    path.write_text(json.dumps(DENSITY))
    first = read_record(str(path))
    assert read_record(str(path)) is first
    path.write_text(changed(DENSITY, efermi=0.5))
    os.utime(path, ns=(1, 1))  # whatever the clock's grain, the file now has another time
    assert read_record(str(path)).fermi == 0.5


def test_packed_files_read_as_the_plain_ones(tmp_path: Path) -> None:
    (tmp_path / "dos.json.gz").write_bytes(gzip.compress(json.dumps(DENSITY).encode()))
    density = read_record(str(tmp_path / "dos.json.gz")).density
    assert density is not None
    assert density.densities.tolist() == [[1, 2, 3]]


def test_a_locpot_cut_off_is_refused(tmp_path: Path, locpot_text: Callable[..., str]) -> None:
    text = locpot_text([1.0] * 8)
    (tmp_path / "LOCPOT").write_text(text[: len(text) - 60])
    with pytest.raises(CannotRead, match="cut off"):
        read_record(str(tmp_path / "LOCPOT"))


def test_a_locpot_without_element_symbols_is_refused(tmp_path: Path, locpot_text: Callable[..., str]) -> None:
    (tmp_path / "LOCPOT").write_text(locpot_text([1.0] * 8).replace("He\n", "", 1))
    with pytest.raises(CannotRead, match="which elements"):
        read_record(str(tmp_path / "LOCPOT"))


def test_a_locpot_is_averaged_over_the_planes_along_the_vacuum(
    tmp_path: Path, locpot_text: Callable[..., str]
) -> None:
    profile = [1.0, 2.0, 3.0, 4.0, 5.0]
    (tmp_path / "LOCPOT").write_text(locpot_text(profile, height=20.0))
    potential = read_record(str(tmp_path / "LOCPOT")).potential
    assert potential is not None
    assert potential.values.tolist() == pytest.approx(profile)
    assert potential.period == pytest.approx(20.0)


def test_a_table_with_places_has_a_period(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Z [A],Planar (eV)\n0.0,1\n0.5,2\n1.0,3\n")
    potential = read_record(str(tmp_path / "a.csv")).potential
    assert potential is not None
    # Three steps of 0.5 Å: the fourth would be the first of the next period.
    assert potential.period == pytest.approx(1.5)
    (tmp_path / "b.csv").write_text(",Planar,Macroscopic\n0,1,9\n1,2,9\n")
    potential = read_record(str(tmp_path / "b.csv")).potential
    assert potential is not None
    assert (potential.values.tolist(), potential.period) == ([1, 2], None)
