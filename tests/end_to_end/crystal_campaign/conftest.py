"""A campaign over crystals that are made on the spot, polymorphs among them, run once for all tests here."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.end_to_end.conftest import CampaignFolder, MakeFolder

BLOCKS = [
    "composition.elemental",
    "structure.geometry",
    "structure.bonding",
    "graph.topology(bonding=voronoi)",
]
CAMPAIGN = f"""\
[campaign]
name = "crystals"
seed = 5
[data]
source = "csv"
path = "crystals.csv"
id = "name"
structure = "cif"
[[targets]]
column = "energy"
unit = "eV"
[features]
blocks = {json.dumps(BLOCKS)}
max_rejected = 0.05
[validation]
holdout = 0.15
folds = 3
splits = ["random", "composition"]
[[models]]
kind = "dummy"
[[models]]
kind = "ridge"
[[models]]
kind = "xgboost"
params = {{ n_estimators = 40 }}
[cluster]
workers = 1
"""
SCREEN = """\
[screen]
objective = { target = "energy", at_least = 4.0 }
exclude_elements = ["Br"]
top = 100
[screen.candidates]
source = "csv"
path = "candidates.csv"
id = "name"
structure = "cif"
"""
# Å, after Shannon, doi:10.1107/S0567739476001551; what they are matters less than that they differ.
RADII = {
    "Li": 0.76, "Na": 1.02, "K": 1.38, "Rb": 1.52, "Cs": 1.67, "Be": 0.45, "Mg": 0.72, "Ca": 1.0, "Zn": 0.74,
    "Cd": 0.95, "F": 1.33, "Cl": 1.81, "Br": 1.96, "I": 2.2, "O": 1.4, "S": 1.84, "Se": 1.98, "Te": 2.21,
}  # fmt: skip
ALKALI, HALOGENS = ("Li", "Na", "K", "Rb"), ("F", "Cl", "Br", "I")
FACES: list[tuple[float, ...]] = [(0.0, 0.0, 0.0), (0.0, 0.5, 0.5), (0.5, 0.0, 0.5), (0.5, 0.5, 0.0)]
# Places of the first and the second element, edge over bond length, coordination.
PROTOTYPES: dict[str, tuple[list[tuple[float, ...]], list[tuple[float, ...]], float, int]] = {
    "rock-salt": (FACES, [tuple((x + 0.5) % 1 for x in place) for place in FACES], 2.0, 6),
    "caesium-chloride": (FACES[:1], [(0.5, 0.5, 0.5)], 2 / math.sqrt(3), 8),
    "blende": (FACES, [tuple(x + 0.25 for x in place) for place in FACES], 4 / math.sqrt(3), 4),
}


def cif(edge: float, sites: list[tuple[str, tuple[float, ...]]]) -> str:
    return "\n".join(
        [
            "data_made",
            *(f"_cell_length_{axis} {edge:.6f}" for axis in "abc"),
            *(f"_cell_angle_{angle} 90" for angle in ("alpha", "beta", "gamma")),
            "loop_\n_atom_site_type_symbol\n_atom_site_label",
            "_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z",
            *(f"{symbol} {symbol}{i} {x:.6f} {y:.6f} {z:.6f}" for i, (symbol, (x, y, z)) in enumerate(sites)),
            "",
        ]
    )


def binary(kind: str, cation: str, anion: str) -> tuple[str, float]:
    """Return a crystal, and a target that grows with 1/length of the bond and with the coordination."""
    first, second, edges, coordination = PROTOTYPES[kind]
    length = RADII[cation] + RADII[anion]
    sites = [(cation, place) for place in first] + [(anion, place) for place in second]
    return cif(edges * length, sites), 14.4 / length * (1 + 0.1 * (coordination - 6))


def perovskite(a: str, b: str, x: str) -> tuple[str, float]:
    length = RADII[b] + RADII[x]
    anions = [(x, (0.5, 0.5, 0.0)), (x, (0.5, 0.0, 0.5)), (x, (0.0, 0.5, 0.5))]
    return cif(2 * length, [(a, (0.0, 0.0, 0.0)), (b, (0.5, 0.5, 0.5)), *anions]), 17 / length


def measured() -> Iterator[tuple[str, str, float]]:
    """Give 32 halides and 32 chalcogenides, each composition in two structures, and 12 perovskites."""
    for kinds, cations, anions in (
        (("rock-salt", "caesium-chloride"), ALKALI, HALOGENS),
        (("rock-salt", "blende"), ("Be", "Mg", "Zn", "Cd"), ("O", "S", "Se", "Te")),
    ):
        for cation in cations:
            for anion in anions:
                for kind in kinds:
                    yield f"{cation}{anion}:{kind}", *binary(kind, cation, anion)
    for a in ("K", "Rb", "Cs"):
        for b in ("Ca", "Mg"):
            for x in ("F", "Cl"):
                yield f"{a}{b}{x}3", *perovskite(a, b, x)


ROWS = list(measured())
BAD = {
    "overlap": (cif(4, [("Na", (0, 0, 0)), ("Cl", (0.01, 0, 0))]), "1", "overlapping sites"),
    "half": (ROWS[0][1][:150], "1", "unreadable CIF"),
    "unlabelled": (ROWS[1][1], "", "missing target"),
}
# Every halide in every structure, the first of them once more with its sites the other way round, and no crystal.
CANDIDATES = {
    f"{cation}{anion}:{kind}": binary(kind, cation, anion)[0]
    for cation in (*ALKALI, "Cs")
    for anion in HALOGENS
    for kind in PROTOTYPES
}


def write(path: Path, rows: list[list[str]]) -> None:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)


@pytest.fixture(scope="module")
def folder(session_folder: MakeFolder) -> CampaignFolder:
    made = session_folder(own_server=False)
    made.file.write_text(CAMPAIGN + SCREEN)
    good = [[name, text, repr(energy)] for name, text, energy in ROWS]
    bad = [[name, text, energy] for name, (text, energy, _) in BAD.items()]
    write(made.path / "crystals.csv", [["name", "cif", "energy"], *good[:20], *bad, *good[20:]])
    head, *sites = CANDIDATES["LiF:rock-salt"].rstrip().split("\nLi ", 1)
    lines = [f"Li {line}" if i == 0 else line for i, line in enumerate(sites[0].split("\n"))]
    again = "\n".join([head, *lines[::-1], ""])
    cells = {**CANDIDATES, "LiF:again": again, "none": "data_x"}
    write(made.path / "candidates.csv", [["name", "cif"], *([name, text] for name, text in cells.items())])
    return made


@pytest.fixture(scope="module")
def summary(folder: CampaignFolder) -> dict[str, Any]:
    return folder.run()


@pytest.fixture(scope="module")
def run_path(folder: CampaignFolder, summary: dict[str, Any]) -> Path:
    path: Path = folder.path / "workspace" / "runs" / "crystals" / summary["run_id"]
    return path


@pytest.fixture(scope="module")
def made() -> SimpleNamespace:
    """What the campaign was made of."""
    return SimpleNamespace(blocks=BLOCKS, rows=ROWS, bad=BAD, campaign=CAMPAIGN)
