"""Crystals by the commands: every source gives the same values, and so does every cell."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from matsluice.tasks import featurize

if TYPE_CHECKING:
    from pymatgen.core import Structure

    from tests.end_to_end.conftest import CampaignFolder

# pymatgen writes a CIF's symmetry with spglib, which warns about its own errors to come.
pytestmark = pytest.mark.filterwarnings("ignore:Set OLD_ERROR_HANDLING:DeprecationWarning")

ASKED = [
    "composition.elemental",
    "structure.geometry",
    "structure.bonding",
    "structure.symmetry",
    "structure.radial(cutoff=6)",
    "structure.electrostatic",
    "graph.topology(bonding=voronoi)",
]
SOURCES = ["texts.csv", "paths.csv", "cifs", "poscars", "frames.extxyz", "list.json", "rows.jsonl.gz"]


def assert_close(values: pd.DataFrame, expected: pd.DataFrame) -> None:
    theirs = expected.to_numpy(dtype=float)
    mine = values[expected.columns.tolist()].to_numpy(dtype=float)
    np.testing.assert_array_equal(np.isnan(mine), np.isnan(theirs))
    worst = np.nanmax(np.abs(mine - theirs) / (1 + np.abs(theirs)), axis=0)
    bad = [f"{name}: {error:.1e}" for name, error in zip(expected, worst, strict=True) if error > 1e-6]
    assert not bad


@pytest.fixture(scope="module")
def expected(crystals: dict[str, Structure]) -> pd.DataFrame:
    """What the library's own call gives for pymatgen's structures."""
    return featurize(list(crystals.values()), ASKED).set_index(pd.Index(list(crystals)))


@pytest.mark.parametrize("source", SOURCES)
def test_every_source_gives_the_same_values(
    folder: CampaignFolder, expected: pd.DataFrame, source: str
) -> None:
    counts, values, rejected = folder.features(source, blocks=ASKED)
    assert (counts["rows"], counts["computed"], counts["rejected"]) == (5, 5, 0)
    assert counts["columns"] == len(expected.columns)
    assert len(rejected) == 0
    # Files are known by their names and stand in alphabetical order, rows of a table by their place.
    names = list(expected.index)
    labels = sorted(names) if source in ("cifs", "poscars") else [str(place) for place in range(5)]
    assert values["id"].tolist() == labels
    order = sorted(names) if source in ("cifs", "poscars") else names
    assert_close(values, expected.loc[order])
    formulas = dict(zip(order, values["formula"], strict=True))
    assert formulas["salt"] == "NaCl"
    assert formulas["wurtzite"] == formulas["blende"] == "ZnS"


def writings(crystal: Structure) -> list[Structure]:
    """Return a crystal as it is, turned about, in other cells, and in a left-handed one."""
    from pymatgen.core import Lattice, Structure

    matrix = crystal.lattice.matrix
    left = Structure(
        Lattice(matrix[[1, 0, 2]]), crystal.species, crystal.frac_coords[:, [1, 0, 2]] + [0.13, -2.4, 7.0]
    )
    return [
        crystal,
        crystal.get_primitive_structure(),
        crystal.get_reduced_structure(),
        crystal.make_supercell([[1, 1, 0], [0, 1, 0], [0, 0, 2]], in_place=False),
        left,
    ]


def test_a_crystal_is_the_same_in_every_cell(
    folder: CampaignFolder, crystals: dict[str, Structure], expected: pd.DataFrame
) -> None:
    lines = [
        json.dumps({"structure": written.as_dict()})
        for crystal in crystals.values()
        for written in writings(crystal)
    ]
    (folder.path / "cells.jsonl").write_text("\n".join(lines))
    _, values, rejected = folder.features("cells.jsonl", blocks=ASKED)
    assert len(rejected) == 0
    assert len(values) == 5 * len(crystals)
    assert_close(values, expected.loc[np.repeat(list(crystals), 5)])


def test_rows_of_json_may_call_their_structure_as_they_like(
    folder: CampaignFolder, crystals: dict[str, Structure]
) -> None:
    row = {"relaxed": crystals["salt"].as_dict(), "structure": crystals["wurtzite"].as_dict()}
    (folder.path / "relaxed.jsonl").write_text(json.dumps(row))
    _, values, _ = folder.features("relaxed.jsonl", "--structure", "relaxed", blocks=["structure.geometry"])
    assert values["formula"].tolist() == ["NaCl"]
