"""Crystals by the commands: what cannot be used is refused, row by row or in one sentence."""

from __future__ import annotations

import csv
import gzip
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    from tests.end_to_end.conftest import CampaignFolder

# pymatgen writes a CIF's symmetry with spglib, which warns about its own errors to come.
pytestmark = pytest.mark.filterwarnings("ignore:Set OLD_ERROR_HANDLING:DeprecationWarning")

NUMBERS = {"a": "5", "b": "5", "c": "5", "alpha": "90", "beta": "90", "gamma": "90"}
PAIR = ("Na Na1 0 0 0 1", "Cl Cl1 0.5 0.5 0.5 1")


def cif(*sites: str, name: str = "x", **numbers: str) -> str:
    cell = NUMBERS | numbers
    return "\n".join(
        [
            f"data_{name}",
            *(f"_cell_length_{axis} {cell[axis]}" for axis in "abc"),
            *(f"_cell_angle_{angle} {cell[angle]}" for angle in ("alpha", "beta", "gamma")),
            "loop_\n_atom_site_type_symbol\n_atom_site_label",
            "_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\n_atom_site_occupancy",
            *(sites or PAIR),
            "",
        ]
    )


BAD_FILES: dict[str, tuple[str | bytes, str]] = {
    "all-vacant": (cif("Na Na1 0 0 0 0"), "no sites"),
    "binary": (b"\0\1\2", "unreadable file"),
    "cut-in-a-row": (cif()[:-8], "unreadable CIF"),
    "cut-in-the-head": (cif()[:30], "unreadable CIF"),
    "deuterium": (cif("D D1 0 0 0 1"), "unknown element"),
    "empty": ("", "no structure"),
    "flat": (cif(alpha="60", beta="60", gamma="120"), "no volume"),
    "half.cif.gz": (gzip.compress(cif().encode())[:40], "unreadable file"),
    "negative": (cif(a="-5"), "no volume"),
    "no-atoms": ("data_x\n_cell_length_a 4\n", "no structure"),
    "no-cell": (cif(c="?"), "no cell"),
    "not-a-number": (cif("Na Na1 nan 0 0 1"), "no coordinates"),
    "overfull": (cif("Na Na1 0 0 0 0.6", "K K1 0 0 0 0.6"), "occupancy out of range"),
    "overlap": (cif("Na Na1 0 0 0 1", "Cl Cl1 0.01 0 0 1"), "overlapping sites"),
    "page": ("<html><body>404</body></html>", "unreadable CIF"),
    "remark": ("# to be done\n", "no structure"),
    "twice": (cif("Na Na1 0 0 0 1", "Na Na2 0 0 0 1"), "overlapping sites"),
    "unknown": (cif("Xx Xx1 0 0 0 1"), "unknown element"),
    "zero": (cif(c="0"), "no volume"),
}


def test_every_file_that_cannot_be_used_is_named_with_its_reason(folder: CampaignFolder) -> None:
    place = folder.path / "bad"
    place.mkdir()
    for name, (content, _) in BAD_FILES.items():
        file = place / (name if name.endswith(".gz") else f"{name}.cif")
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    (place / "partial.cif").write_text(cif("Na Na1 0 0 0 0.5", "K K1 0 0 0 0.5", "Cl Cl1 0.5 0.5 0.5 1"))
    (place / "several.cif").write_text(cif(name="one") + cif(name="two") + "data_remark\n_a 1\n")
    counts, values, rejected = folder.features("bad", blocks=["structure.geometry", "structure.bonding"])
    assert (counts["rows"], counts["computed"]) == (len(BAD_FILES) + 3, 3)
    assert counts["rejected"] == len(rejected) == len(BAD_FILES)
    reasons = dict(zip(rejected["id"], rejected["reason"], strict=True))
    assert reasons == {name.removesuffix(".cif.gz"): reason for name, (_, reason) in BAD_FILES.items()}
    assert set(rejected["stage"]) == {"ingest"}
    for name, detail in zip(rejected["id"], rejected["detail"], strict=True):
        assert detail.startswith(f"{name}.cif"), detail
        assert "\n" not in detail
    # Each data block with atoms is a row; a site shared by two elements leaves open only what it must.
    assert values["id"].tolist() == ["partial", "several:one", "several:two"]
    assert values["formula"].tolist() == ["KNaCl2", "NaCl", "NaCl"]
    first = values.iloc[0]
    assert first.filter(like="composition.").notna().all()
    assert np.isfinite(first["structure.geometry.density"])
    assert first.filter(like="graph.topology").isna().all()
    assert (values.iloc[1, 2:].to_numpy() == values.iloc[2, 2:].to_numpy()).sum() > 50


def test_cells_of_a_table_that_cannot_be_used(folder: CampaignFolder) -> None:
    cells = {
        "good": cif(),
        "two": cif(name="one") + cif(name="two"),
        "none": "",
        "words": "rock salt",
        "missing": "cifs/nothing.cif",
        "path": "cifs/salt.cif",
        "json": '{"lattice": {}',
        "other": '{"@class": "Dos"}',
    }
    with (folder.path / "cells.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["name", "structure"], *cells.items()])
    counts, values, rejected = folder.features("cells.csv", blocks=["structure.geometry"])
    assert (counts["rows"], values["id"].tolist()) == (8, ["0", "5"])
    assert dict(zip(rejected["id"], rejected["reason"], strict=True)) == {
        "1": "several structures",
        "2": "no structure",
        "3": "unreadable file",
        "4": "unreadable file",
        "6": "unreadable JSON",
        "7": "not a structure",
    }
    assert rejected["detail"].str.startswith("cells.csv:").all()
    lines = [int(detail.split(":")[1]) for detail in rejected["detail"]]
    assert all(one < other for one, other in pairwise(lines))


GEOMETRY = ("--blocks", "structure.geometry")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("empty", *GEOMETRY), "holds no file of structures"),
        (("mixed", *GEOMETRY), "holds files of cif and poscar"),
        (("nowhere.cif", *GEOMETRY), "there is no file nowhere.cif"),
        (("formulas.csv", *GEOMETRY), "needs structure, and formulas.csv gives composition only"),
        (("formulas.csv", "--blocks", "matminer.DensityFeatures"), "needs structure, and formulas.csv"),
        (("texts.csv", "--blocks", "electronic.bands"), "needs electronic, and texts.csv"),
        (("texts.csv", "--blocks", "graph.topology(bondin=voronoi)"), 'did you mean "bonding"?'),
        (("texts.csv", "--blocks", "graph.topology(bonding=voronoy)"), 'did you mean "voronoi"?'),
        (("texts.csv", "--blocks", "graph.topology(bonding=voronoi"), "is not written as name"),
        (("texts.csv", "--blocks", "graph.topology(shells=300)"), "must be from 2 to 10"),
        (("texts.csv", "--blocks", "structure.radial(cutoff=nan)"), "must be from 2 to 20"),
        (("texts.csv", "--blocks", "structure.geometry(a=1)"), "structure.geometry has no parameters"),
        (("texts.csv", "--blocks", "matminer.meredig"), 'did you mean "Meredig"?'),
        (("texts.csv", *GEOMETRY, "--structure", "ciff"), 'did you mean "cif"?'),
        (("texts.csv", *GEOMETRY, "--structure", "cif", "--formula", "name"), "name one of them"),
        (("frames.extxyz", *GEOMETRY, "--structure", "cif"), "frames.extxyz is no table"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(
    folder: CampaignFolder, words: tuple[str, ...], said: str
) -> None:
    for name in ("empty", "mixed"):
        (folder.path / name).mkdir(exist_ok=True)
    (folder.path / "mixed" / "a.cif").write_text(cif())
    (folder.path / "mixed" / "POSCAR").write_text((folder.path / "poscars/salt/POSCAR").read_text())
    (folder.path / "formulas.csv").write_text("formula\nNaCl\n")
    refused(folder, ("featurize", *words, "--out", "refused.parquet"), said)


@pytest.mark.parametrize(
    ("out", "said"),
    [
        ("cifs", "cifs is a folder"),
        ("texts.csv", "texts.csv is what is read"),
        ("no/where.parquet", "there is no folder"),
    ],
)
def test_what_is_there_stays_as_it_is(folder: CampaignFolder, out: str, said: str) -> None:
    refused(folder, ("featurize", "texts.csv", *GEOMETRY, "--out", out), said)


def refused(folder: CampaignFolder, words: tuple[str, ...], said: str) -> None:
    before = {name: (folder.path / name).stat().st_mtime_ns for name in folder.files()}
    answer = folder(*words)
    assert (answer.code, answer.out) == (2, ""), answer.err
    (line,) = answer.err.splitlines()
    assert line.startswith("error: ")
    assert said in line
    assert {name: (folder.path / name).stat().st_mtime_ns for name in folder.files()} == before
