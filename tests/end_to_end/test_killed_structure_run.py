"""A run over crystals that is killed while their features are computed, and taken up again by the same command."""

from __future__ import annotations

import json
import os
import signal
from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    from tests.end_to_end.conftest import CampaignFolder, MakeFolder

pytestmark = pytest.mark.faults

CAMPAIGN = """\
[campaign]
name = "gaps"
seed = 11
[data]
source = "json"
path = "crystals.jsonl"
[[targets]]
column = "energy"
unit = "eV"
[features]
blocks = ["structure.geometry", "structure.bonding", "graph.topology(bonding=voronoi)"]
chunk_rows = 75
[validation]
holdout = 0.1
folds = 2
splits = ["composition"]
[[models]]
kind = "dummy"
[[models]]
kind = "ridge"
[cluster]
workers = 2
"""
CRYSTALS = 300
ANIONS = ("O", "S", "Se", "Te")


def crystals() -> str:
    """Return perovskites of many sizes and distortions, one a line; the target goes with the volume."""
    random = np.random.default_rng(4)
    ideal = np.array([[0, 0, 0], [0.5, 0.5, 0.5], [0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5]])
    lines = []
    for number in range(CRYSTALS):
        a, b = random.choice(["Ca", "Sr", "Ba", "La", "K"]), random.choice(["Ti", "Zr", "Hf", "Nb", "Ta"])
        species = [a, b, *[ANIONS[number % 4]] * 3]
        matrix = np.diag(random.uniform(3.9, 6.0, 3)) + random.normal(0, 0.05, (3, 3))
        places = ideal + random.normal(0, 0.01, (5, 3))
        sites = [
            {"species": [{"element": str(element), "occu": 1}], "abc": place.tolist()}
            for element, place in zip(species, places, strict=True)
        ]
        structure = {"lattice": {"matrix": matrix.tolist()}, "sites": sites}
        # Not the volume alone: a target that one feature tells is a leak to the audit.
        energy = float(np.linalg.det(matrix)) ** 0.5 + random.normal(0, 0.1)
        lines.append(json.dumps({"structure": structure, "energy": energy}))
    return "\n".join(lines) + "\n"


@pytest.fixture
def make(brief: MakeFolder) -> tuple[CampaignFolder, CampaignFolder]:
    """Two folders with the same campaign."""
    folders = brief(), brief()
    for folder in folders:
        folder.file.write_text(CAMPAIGN)
        (folder.path / "crystals.jsonl").write_text(crystals())
    return folders


def parts(folder: CampaignFolder) -> dict[str, tuple[int, int]]:
    """Return every part file of the feature store with its identity and time."""
    store = folder.path / "workspace" / "features"
    return {
        str(path.relative_to(store)): (path.stat().st_ino, path.stat().st_mtime_ns)
        for path in store.rglob("part-*.parquet")
    }


@pytest.mark.timeout(600)
def test_killed_while_crystals_are_featurized(make: tuple[CampaignFolder, CampaignFolder]) -> None:
    undisturbed, folder = make
    whole = undisturbed.run()
    assert (whole["features"]["rows_in"], whole["features"]["computed"]) == (CRYSTALS, CRYSTALS)

    call = folder.start("run", "campaign.toml")
    call.wait_for(lambda: len(parts(folder)) >= 2)
    os.kill(call.process.pid, signal.SIGKILL)
    call.process.wait(10)
    assert call.left_over(grace_s=20) == {}
    before = parts(folder)
    # It was in the middle: something is there, and something is not.
    assert 2 <= len(before) < len(parts(undisturbed))
    assert folder.state()["stage"] == "featurize"

    summary = folder.run()
    assert (summary["status"], summary["attempts"]) == ("completed", 2)
    # What was there whole stands as it was.
    assert before.items() <= parts(folder).items()
    features = summary["features"]
    assert features["rows_in"] == features["computed"] + features["reused"] + features["rejected"] == CRYSTALS
    (one,), (other,) = undisturbed.runs(), folder.runs()
    for name in ("cv_predictions.parquet", "rejected.parquet"):
        assert (one / name).read_bytes() == (other / name).read_bytes(), name
    store = folder.path / "workspace" / "features"
    assert not [path for path in store.rglob("*.part") if path.is_file()]
