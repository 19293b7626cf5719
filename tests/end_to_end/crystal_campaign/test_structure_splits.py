"""Crystals divided by structure: whole prototypes are new to the fold that tests them."""

from __future__ import annotations

import csv
import json
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pandas as pd
import pytest

if TYPE_CHECKING:
    from tests.end_to_end.conftest import MakeFolder

pytestmark = [pytest.mark.models, pytest.mark.timeout(600)]


def test_prototypes_and_space_groups_are_whole(new_folder: MakeFolder, made: SimpleNamespace) -> None:
    folder = new_folder(own_server=False)
    text = made.campaign.replace('["random", "composition"]', '["structure-prototype", "space-group"]')
    folder.file.write_text(text.replace('"graph.topology(bonding=voronoi)"', '"composition.valence"'))
    with (folder.path / "crystals.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["name", "cif", "energy"], *([n, t, repr(e)] for n, t, e in made.rows)])
    summary = folder.run()
    assert summary["champion"]["split"] == "structure-prototype"
    # Caesium chloride and perovskite are two prototypes of space group 221.
    divided = summary["splits"]["energy"]
    assert {split: made["groups"] for split, made in divided.items()} == {
        "structure-prototype": 4,
        "space-group": 3,
    }
    run = folder.path / "workspace" / "runs" / "crystals" / summary["run_id"]
    predicted = pd.read_parquet(run / "cv_predictions.parquet")
    predicted["kind"] = predicted["id"].str.partition(":")[2].replace("", "perovskite")
    for _, rows in predicted.groupby("split"):
        assert set(rows.groupby("kind")["fold"].agg(lambda folds: len(set(folds)))) == {1}
    # Polymorphs have one composition: what a fold tests is known to it in another structure, and that is said.
    findings = json.loads((run / "audit.json").read_text())["findings"]
    said = {one["split"]: one for one in findings if one["check"] == "same-composition-across-folds"}
    assert said["structure-prototype"]["weight"] == "warns"
    assert said["structure-prototype"]["numbers"]["exact"] > 0
