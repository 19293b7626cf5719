"""Electronic structures by the commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.end_to_end.conftest import CampaignFolder, MakeFolder


@pytest.fixture(scope="module")
def folder(session_folder: MakeFolder) -> CampaignFolder:
    return session_folder()


def test_public_electronic_structures(folder: CampaignFolder, public_data: Callable[[str], Path]) -> None:
    names = {
        "Si": "si_vasprun.xml.gz",
        "SiLine": "si_bandstructure_line.json",
        "Nb3Sn": "nb3sn_dos.json",
        "VBr2": "VBr2_971787_bandstructure.json",
    }
    place = folder.path / "electronic"
    place.mkdir()
    for name in names.values():
        (place / name).symlink_to(public_data(f"electronic/{name}"))
    blocks = ["electronic.bands", "electronic.dos"]
    _, values, rejected = folder.features("electronic", blocks=blocks)
    assert len(rejected) == 0
    by_file = values.set_index("id")
    assert set(by_file.index) == {name.split(".")[0] for name in names.values()}
    gaps = by_file["electronic.bands.band_gap"]
    # Si in the local-density approximation: 0.6 eV, indirect, direct 2.55 eV at Γ.
    for file in ("si_vasprun", "si_bandstructure_line"):
        assert gaps[file] == pytest.approx(0.615, abs=0.01)
        assert by_file["electronic.bands.direct_gap"][file] == pytest.approx(2.557, abs=0.01)
    assert by_file.loc["nb3sn_dos"].filter(like="electronic.bands").isna().all()
    assert "electronic.bands: no band structure in the document" in by_file.loc["nb3sn_dos", "undefined"]
    assert by_file.loc["nb3sn_dos"].filter(like="electronic.dos").notna().any()
    # The same files named by a table, beside formulas and a file that is not there.
    lines = ["formula,vasprun", *(f"{key.removesuffix('Line')},electronic/{names[key]}" for key in names)]
    (folder.path / "both.csv").write_text("\n".join([*lines, "Ge,electronic/ge.xml", ""]))
    _, both, refusals = folder.features("both.csv", blocks=["composition.stoichiometry", *blocks])
    assert both["formula"].tolist() == ["Si", "Si", "Nb3Sn", "VBr2"]
    assert refusals["reason"].tolist() == ["no such file"]
    mine, theirs = (
        both.iloc[:, -len(values.columns) + 2 : -1],
        by_file.loc[[n.split(".")[0] for n in names.values()]].drop(columns="undefined"),
    )
    assert mine.columns.tolist() == theirs.columns.drop("formula").tolist()
    np.testing.assert_array_equal(mine.to_numpy(), theirs.drop(columns="formula").to_numpy(dtype=float))


def test_electronic_structures_beside_formulas(
    new_folder: MakeFolder, public_data: Callable[[str], Path]
) -> None:
    folder = new_folder(
        ('formula = "composition"', 'formula = "composition"\nelectronic = "calculation"'),
        ('"composition.magpie", "composition.stoichiometry"', '"electronic.bands", "electronic.dos"'),
        ("[validation]", "max_rejected = 0.3\n[validation]"),
    )
    files = (
        "si_vasprun.xml.gz",
        "si_bandstructure_line.json",
        "nb3sn_dos.json",
        "VBr2_971787_bandstructure.json",
    )
    lines = [
        f"{formula},{gap},{public_data(f'electronic/{name}')}"
        for (formula, gap), name in zip(
            (("Si", 1.1), ("Si", 1.2), ("Nb3Sn", 0), ("VBr2", 2)), files, strict=True
        )
    ]
    table = ["composition,band_gap,calculation", *lines, "Ge,0.7,nowhere.xml", ""]
    (folder.path / "measured_band_gaps.csv").write_text("\n".join(table))
    # Candidates that are made on the spot have formulas only.
    answer = folder("plan", "campaign.toml")
    assert answer.code == 2
    assert (
        'block "electronic.bands" needs electronic, and screen.candidates gives composition only'
        in answer.err
    )
    before, _, rest = folder.file.read_text().partition("[screen]")
    folder.file.write_text(before + rest[rest.index("[cluster]") :])
    plan = folder("plan", "campaign.toml", "--json").record
    assert (plan["rows"], plan["unique_materials"], plan["rejected"]) == (5, 4, {"no such file": 1})
    # Two calculations of silicon are two materials of one composition.
    assert {name: block["to_compute"] for name, block in plan["blocks"].items()} == {
        "composition.elemental": 3,
        "electronic.bands": 4,
        "electronic.dos": 4,
    }
