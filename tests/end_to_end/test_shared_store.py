"""Campaigns that share one feature store: at once in a folder, and one after the other in a bucket."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from deltalake import DeltaTable

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Answer, CampaignFolder, MakeFolder

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
blocks = ["structure.geometry", "graph.topology(bonding=voronoi)"]
store = "STORE"
[validation]
holdout = 0.1
folds = 2
splits = ["composition"]
[[models]]
kind = "dummy"
[[models]]
kind = "ridge"
[cluster]
workers = 1
"""
CRYSTALS = 600


def crystals(start: int, stop: int) -> str:
    """Return rock salts of many sizes and distortions, one a line; each has a number of its own."""
    lines = []
    for number in range(start, stop):
        random = np.random.default_rng(number)
        matrix = np.diag(random.uniform(3.9, 6.0, 3)) + random.normal(0, 0.05, (3, 3))
        species = [random.choice(["Li", "Na", "K", "Mg", "Ca"]), random.choice(["F", "Cl", "O", "S"])]
        sites = [
            {"species": [{"element": str(element), "occu": 1}], "abc": place}
            for element, place in zip(species, ([0, 0, 0], [0.5, 0.5, 0.5]), strict=True)
        ]
        structure = {"lattice": {"matrix": matrix.tolist()}, "sites": sites}
        # Not the volume alone: a target that one feature tells is a leak to the audit.
        energy = float(np.linalg.det(matrix)) ** 0.5 + random.normal(0, 0.1)
        lines.append(json.dumps({"structure": structure, "energy": energy}))
    return "\n".join(lines) + "\n"


def campaign(folder: CampaignFolder, store: str, start: int, stop: int) -> CampaignFolder:
    folder.file.write_text(CAMPAIGN.replace("STORE", store))
    (folder.path / "crystals.jsonl").write_text(crystals(start, stop))
    return folder


def results(folder: CampaignFolder) -> list[bytes]:
    (run,) = folder.runs()
    return [(run / name).read_bytes() for name in ("cv_predictions.parquet", "rejected.parquet")]


def keys_in(store: Path) -> dict[str, Counter[str]]:
    """Return how often each key stands in each table's part files, entered or not."""
    found: dict[str, Counter[str]] = {}
    for part in store.rglob("part-*.parquet"):
        block = part.relative_to(store).parts[0]
        found.setdefault(block, Counter()).update(pd.read_parquet(part, columns=["key"])["key"])
    return found


@pytest.mark.faults
@pytest.mark.timeout(900)
def test_two_campaigns_at_once_compute_each_row_once(brief: MakeFolder, tmp_path: Path) -> None:
    store = tmp_path / "shared features"
    # A third of each one's crystals are the other's too.
    ranges = ((0, 450), (300, CRYSTALS))
    together = [campaign(brief(), str(store), *some) for some in ranges]
    calls = [folder.start("run", "campaign.toml", "--json") for folder in together]
    answers = [call.wait(600) for call in calls]
    assert [answer.code for answer in answers] == [0, 0], [answer.err for answer in answers]

    alone = campaign(brief(), "features of its own", *ranges[1])
    alone.run()
    assert results(together[1]) == results(alone)

    counts = keys_in(store)
    assert set(counts) == {"structure.geometry", "graph.topology"}
    for block, times in counts.items():
        assert len(times) == CRYSTALS, block
        assert set(times.values()) == {1}, block
    assert not list(store.rglob("*.keys"))
    computed = [answer.record["features"] for answer in answers]
    assert all(each["computed"] + each["reused"] + each["rejected"] == each["rows_in"] for each in computed)


def flip(part: Path) -> None:
    content = bytearray(part.read_bytes())
    content[len(content) // 3] ^= 8
    part.write_bytes(content)


@pytest.mark.faults
@pytest.mark.timeout(600)
def test_a_part_that_is_damaged_during_the_run_is_computed_again(
    undisturbed: tuple[CampaignFolder, Answer], brief: MakeFolder
) -> None:
    folder = brief()
    store = folder.path / "workspace" / "features"
    call = folder.start("run", "campaign.toml", "--json")
    call.wait_for(lambda: bool(list(store.rglob("composition.magpie/*/*/part-*.parquet"))))
    damaged = next(store.rglob("composition.magpie/*/*/part-*.parquet"))
    flip(damaged)
    answer = call.wait()
    assert answer.code == 0, answer.err
    assert not damaged.exists()
    counts, expected = answer.record["features"], undisturbed[1].record["features"]
    assert counts["computed"] + counts["reused"] == expected["computed"]
    assert results(folder) == results(undisturbed[0])


@pytest.mark.faults
@pytest.mark.timeout(600)
def test_a_store_that_was_damaged_between_runs_gives_the_same_results(
    undisturbed: tuple[CampaignFolder, Answer], brief: MakeFolder
) -> None:
    folder = brief()
    shutil.copytree(undisturbed[0].path / "workspace" / "features", folder.path / "workspace" / "features")
    store = folder.path / "workspace" / "features"
    first, second = list(store.rglob("composition.magpie/*/*/part-*.parquet"))[:2]
    flip(first)
    second.write_bytes(second.read_bytes()[:1000])
    next(store.rglob("composition.elemental/_delta_log/*.json")).write_text('{"add":{"pa')
    summary = folder.run()
    assert summary["features"]["computed"] > 0
    assert results(folder) == results(undisturbed[0])
    verified = folder("store", "verify", "campaign.toml")
    assert verified.code == 0, verified.err


@pytest.mark.cluster
@pytest.mark.timeout(600)
def test_a_campaign_whose_store_is_a_bucket(brief: MakeFolder, bucket: str, s3_endpoint: str) -> None:
    alone = campaign(brief(), "features", 0, 150)
    alone.run()
    environment = {
        "AWS_ACCESS_KEY_ID": "not-a-secret",
        "AWS_SECRET_ACCESS_KEY": "not-a-secret-either",
        "AWS_ENDPOINT_URL": s3_endpoint,
        "AWS_REGION": "us-east-1",
    }
    first, second = (campaign(brief(), f"{bucket}/group/features", 0, 150) for _ in range(2))
    for folder in (first, second):
        folder.environment = {**folder.environment, **environment}
    assert first.run()["features"]["computed"] == 150
    assert second.run()["features"]["reused"] == 150
    assert results(first) == results(second) == results(alone)
    table = f"{bucket}/group/features/structure.geometry"
    assert len(DeltaTable(table, storage_options={"AWS_ALLOW_HTTP": "true"}).to_pandas()) == 150
    assert not (first.path / "workspace" / "features").exists()
    # Secrets come from the environment and stay there.
    for path in (first.path / "workspace").rglob("*"):
        assert not path.is_file() or b"not-a-secret" not in path.read_bytes(), path


@pytest.mark.cluster
def test_a_bucket_that_is_not_there_is_said_before_anything_is_written(
    brief: MakeFolder, bucket: str, s3_endpoint: str
) -> None:
    folder = campaign(brief(), f"{bucket}-mistyped/features", 0, 150)
    folder.environment = {
        **folder.environment,
        "AWS_ACCESS_KEY_ID": "not-a-secret",
        "AWS_SECRET_ACCESS_KEY": "not-a-secret-either",
        "AWS_ENDPOINT_URL": s3_endpoint,
        "AWS_REGION": "us-east-1",
    }
    answer = folder("run", "campaign.toml")
    assert answer.code == 2
    assert "there is no such bucket" in answer.err
    assert answer.err.count("\n") <= 2
    assert not (folder.path / "workspace").exists()
