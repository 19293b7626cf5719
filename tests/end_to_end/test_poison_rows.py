"""Rows that hang, eat memory or kill their process: each costs itself alone, in learning and in screening."""

from __future__ import annotations

import json
import os
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

if TYPE_CHECKING:
    from tests.end_to_end.conftest import CampaignFolder, MakeFolder

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

PLUGIN = Path(__file__).parents[1] / "plugins" / "poison.py"
POISON = {
    "HeO": "timeout",
    "NeO": "timeout",
    "ArO": "memory",
    "KrO": "killed",
    "XeO": "killed",
    "RnO": "raised",
    "FrO": "raised",
    "RaO": "not finite",
}
CHANGES = (
    ('"composition.magpie", "composition.stoichiometry"]', '"poison.elements"]\nrow_timeout = "5s"'),
    ("[validation]", 'row_memory = "512MiB"\n[validation]'),
    ('"radioactive"', '"Pb"'),
    ("[screen]", '[plugins]\nmodules = ["poison.py"]\n[screen]'),
)


def poisoned(brief: MakeFolder, *more: tuple[str, str]) -> CampaignFolder:
    """Return a folder whose table has poison in its midst; each is named by its formula."""
    folder = brief(*CHANGES, ('formula = "composition"', 'formula = "composition"\nid = "id"'), *more)
    shutil.copy(PLUGIN, folder.path)
    table = folder.path / "measured_band_gaps.csv"
    header, *good = table.read_text().splitlines()
    rows = [f"good{n},{row}" for n, row in enumerate(good)]
    for n, formula in enumerate(POISON):
        rows.insert(20 + 25 * n, f"{formula},{formula},1.0")
    table.write_text("\n".join([f"id,{header}", *rows, ""]))
    folder.take_candidates_from("candidates.csv")
    (folder.path / "candidates.csv").write_text("formula\nInP\nCdTe\nGaSb\nKrS\nHeS\nFrS\nXx\n")
    return folder


def test_each_costs_itself_alone(brief: MakeFolder) -> None:
    folder = poisoned(brief)
    call = folder.start("run", "campaign.toml", "--json")
    # What has been refused so far is told while the run goes on.
    call.wait_for(lambda: sum(live_refusals(folder).values()) >= 1)
    answer = call.wait()
    assert answer.code == 0, answer.err
    features = answer.record["features"]
    assert (features["rows_in"], features["computed"], features["rejected"]) == (252, 244, 8)
    assert answer.record["attempts"] == 1

    (run,) = folder.runs()
    rejected = pd.read_parquet(run / "rejected.parquet")
    learned = rejected[rejected["stage"] == "featurize"]
    assert dict(zip(learned["id"], learned["reason"], strict=True)) == POISON
    assert set(learned["block"]) == {"poison.elements"}
    # Every row × block is in the ledger, with what it cost and where.
    ledger = pd.read_parquet(run / "ledger.parquet")
    assert len(ledger) == 2 * 252
    assert not ledger.duplicated(["id", "block"]).any()
    refused_rows = (ledger["block"] == "poison.elements") & ledger["id"].isin(list(POISON))
    assert set(ledger[refused_rows]["outcome"]) == {"rejected"}
    assert set(ledger[~refused_rows]["outcome"]) == {"computed"}
    refused = ledger[ledger["outcome"] == "rejected"].set_index("id")
    assert refused["reason"].to_dict() == POISON
    assert (refused.loc[["HeO", "NeO"], "seconds"] >= 2).all()
    assert (ledger["seconds"] > 0).all()
    assert set(ledger["host"]) == {os.uname().nodename}
    # Screening goes on too.
    screened = rejected[rejected["stage"] == "screen"]
    reasons = {
        detail.split(":")[1]: reason
        for detail, reason in zip(screened["detail"], screened["reason"], strict=True)
    }
    assert reasons == {"5": "killed", "6": "timeout", "7": "raised", "8": "unknown element"}
    screen = answer.record["screen"]
    assert (screen["candidates"], screen["rejected"], screen["scored"]) == (7, 4, 3)

    status = folder("status", "campaign.toml", "--json").record["runs"][0]
    assert status["rejected"] == {"timeout": 2, "memory": 1, "killed": 2, "raised": 2, "not finite": 1}
    text = folder("status", "campaign.toml").out
    assert "--retry" in text
    assert [line for line in text.splitlines() if len(line) > 80 and str(folder.path) not in line] == []
    screen_healthy(folder)
    retried(folder, run)
    healthy_rows_keep_their_bits(run, brief)


def screen_healthy(folder: CampaignFolder) -> None:
    """Screen what of the candidates can be: what poison does in screening is seen once."""
    (folder.path / "candidates.csv").write_text("formula\nInP\nCdTe\nGaSb\n")


def live_refusals(folder: CampaignFolder) -> dict[str, int]:
    time.sleep(2)  # each look is a command, which takes from the run's time
    if not folder.runs():
        return {}
    (record,) = folder("status", "campaign.toml", "--json").record["runs"]
    live: dict[str, int] = record["rejected"]
    return live if record["status"] == "running" else {}


def retried(folder: CampaignFolder, before: Path) -> None:
    """Try refused rows again, by reason; the others are taken from the store, refusals and all."""
    summary = folder.run("--retry", "killed,raised")
    assert (summary["features"]["computed"], summary["features"]["reused"]) == (0, 244)
    after = folder.runs()[-1]
    assert after != before
    first, second = (pd.read_parquet(run / "ledger.parquet") for run in (before, after))
    assert attempts(first) == [1] * 8
    assert attempts(second) == [1, 1, 1, 2, 2, 2, 2, 1]
    assert set(second[second["block"] == "composition.elemental"]["outcome"]) == {"reused"}
    assert first["reason"].tolist() == second["reason"].tolist()
    answer = folder("run", "campaign.toml", "--retry", "timeuot")
    assert answer.code == 2
    assert 'unknown reason to retry "timeuot": did you mean "timeout"?' in answer.err


def attempts(ledger: pd.DataFrame) -> list[int]:
    """Return how often the block was tried on each poison."""
    poison = ledger[ledger["block"] == "poison.elements"].set_index("id")["attempt"]
    return [int(poison[name]) for name in POISON]


def test_too_many_stop_the_run_and_say_why(brief: MakeFolder) -> None:
    folder = poisoned(brief, ("[validation]", "max_rejected = 0.01\n[validation]"))
    answer = folder("run", "campaign.toml")
    assert answer.code == 4
    assert "8 of 252 rows were rejected, more than features.max_rejected = 0.01 allows" in answer.err
    assert "Traceback" not in answer.err
    (run,) = folder.runs()
    assert json.loads((run / "summary.json").read_text())["status"] == "failed"
    assert len(pd.read_parquet(run / "rejected.parquet")) == 8


def without_poison(folder: CampaignFolder) -> None:
    table = folder.path / "measured_band_gaps.csv"
    lines = [line for line in table.read_text().splitlines() if line.split(",")[0] not in POISON]
    table.write_text("\n".join([*lines, ""]))


def healthy_rows_keep_their_bits(poisoned_run: Path, brief: MakeFolder) -> None:
    """Run the same table without poison, which is in other chunks: the same values, to the bit."""
    folder = poisoned(brief)
    without_poison(folder)
    screen_healthy(folder)
    folder.run()
    (run,) = folder.runs()
    one, other = (pd.read_parquet(path / "cv_predictions.parquet") for path in (poisoned_run, run))
    pd.testing.assert_frame_equal(one, other, check_exact=True)
    assert np.isfinite(one["y_pred"]).all()
    assert (poisoned_run / "hits.csv").read_bytes() == (run / "hits.csv").read_bytes()
