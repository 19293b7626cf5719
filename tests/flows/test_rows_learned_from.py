"""From a table to the rows that are learned from, and how they are divided."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from matsluice.flows import load_campaign
from matsluice.flows.preflight import examined_rows, preflight
from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.ingest.snapshot import freeze
from matsluice.tasks.split.assign import divide
from matsluice.tasks.train.training_rows import TrainingRows, labelled_rows

CAMPAIGN = """\
[campaign]
name = "gaps"
[data]
source = "csv"
path = "table.csv"
formula = "composition"
duplicates = "DUPLICATES"
[[targets]]
column = "gap"
unit = "eV"
[features]
blocks = ["composition.stoichiometry"]
[validation]
folds = 3
[[models]]
kind = "dummy"
"""
# One material five ways, and others; the mean of the five is 3.2 and their median 3.
ROWS = [
    "Fe2O3,3",
    "NaCl,8.5",
    "Fe4O6,1",
    "O3Fe2,9",
    "GaAs,1.42",
    "Fe0.4O0.6,2",
    "Si,1.1",
    "Fe2O3,1",
    "CdS,2.4",
]


def written(folder: Path, rows: list[str], duplicates: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "table.csv").write_text("\n".join(["composition,gap", *rows, ""]))
    file = folder / "campaign.toml"
    file.write_text(CAMPAIGN.replace("DUPLICATES", duplicates))
    return file


def learned_from(folder: Path, rows: list[str], duplicates: str) -> TrainingRows:
    campaign = load_campaign(written(folder, rows, duplicates))
    snapshot = freeze(examined_rows(campaign), ["gap"], folder / "snapshots", {})
    return labelled_rows(snapshot, "gap", duplicates, np.zeros(snapshot.unique_materials, dtype=bool))


@pytest.mark.parametrize(
    ("duplicates", "kept"),
    [
        ("median", [2.0]),
        ("mean", [3.2]),
        ("first", [3.0]),
        ("keep", [1.0, 1.0, 2.0, 3.0, 9.0]),
    ],
)
def test_several_values_of_one_material(tmp_path: Path, duplicates: str, kept: list[float]) -> None:
    rows = learned_from(tmp_path, ROWS, duplicates)
    assert rows.y[rows.formulas == "Fe2O3"].tolist() == kept
    assert sorted(rows.y[rows.formulas != "Fe2O3"].tolist()) == [1.1, 1.42, 2.4, 8.5]


def test_contradicting_values_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    campaign = load_campaign(written(tmp_path, ROWS, "error"))
    before = set(tmp_path.rglob("*"))
    with pytest.raises(InvalidInput, match=r"gap of one material .*table\.csv:2 .*table\.csv:4.* median"):
        preflight(campaign)
    assert set(tmp_path.rglob("*")) == before


def test_equal_values_do_not_contradict(tmp_path: Path) -> None:
    rows = ["Fe2O3,3", "Fe4O6,3.0", "NaCl,8.5", "GaAs,1.42", "Si,1.1", "CdS,2.4"]
    preflight(load_campaign(written(tmp_path, rows, "error")))
    assert len(learned_from(tmp_path, rows, "error").y) == 5


@pytest.mark.parametrize("duplicates", ["keep", "median"])
def test_shuffled_rows_are_divided_alike(tmp_path: Path, duplicates: str) -> None:
    source = Path(__file__).parents[2] / "flows/campaign_file/first-campaign/measured_band_gaps.csv"
    rows = source.read_text().splitlines()[1:]
    order = np.random.default_rng(0).permutation(len(rows))
    divided = []
    for name, lines in (("as-is", rows), ("shuffled", [rows[place] for place in order])):
        campaign = load_campaign(written(tmp_path / name, lines, duplicates))
        divide(learned_from(tmp_path / name, lines, duplicates), campaign.validation, 7, tmp_path / name)
        learned = [np.load(tmp_path / name / "rows" / f"{array}.npy").tolist() for array in ("formulas", "y")]
        folds = [
            np.load(tmp_path / name / f"folds-{split}.npy").tolist() for split in ("random", "composition")
        ]
        divided.append((*learned, *folds))
    assert divided[0] == divided[1]
