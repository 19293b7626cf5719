"""A run that is asked to stop: it ends with 3, says so everywhere, and the same command goes on."""

from __future__ import annotations

import json
import signal
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Answer, Call, CampaignFolder, MakeFolder

pytestmark = pytest.mark.faults

NUMBERS = ("cv_predictions.parquet", "hits.parquet", "hits.csv", "rejected.parquet")
STOPS_WITHIN_S = 30.0


def stop(folder: CampaignFolder, call: Call, number: signal.Signals) -> None:
    """Ask for a stop and look whether everything is as promised."""
    began = time.monotonic()
    call.send(number)
    answer = call.wait(60)
    assert time.monotonic() - began < STOPS_WITHIN_S
    assert answer.code == 3, answer.err
    assert "interrupted: stopped on request; the same command goes on from here" in answer.err
    assert "Traceback" not in answer.err
    assert call.left_over(grace_s=5) == {}
    assert folder.state()["status"] == "interrupted"
    summary = json.loads((folder.runs()[-1] / "summary.json").read_text())
    assert (summary["status"], summary["failure"]) == ("interrupted", None)
    (record,) = folder("status", "campaign.toml", "--json").record["runs"]
    assert record["status"] == "interrupted"
    assert folder("plan", "campaign.toml", "--json").record["resumes"] == record["run_id"]


# Four attempts of half a minute each on a busy machine.
@pytest.mark.timeout(600)
def test_stopped_again_and_again(undisturbed: tuple[CampaignFolder, Answer], brief: MakeFolder) -> None:
    folder = brief()
    call = folder.start("run", "campaign.toml")
    call.wait_for(lambda: folder.state().get("stage") == "featurize")
    stop(folder, call, signal.SIGTERM)

    call = folder.start("run", "campaign.toml")
    call.wait_for(lambda: folder.fits() >= 3)
    stop(folder, call, signal.SIGINT)

    call = folder.start("run", "campaign.toml")
    call.wait_for(lambda: folder.state().get("stage") == "screen")
    call.send(signal.SIGINT)
    time.sleep(0.1)  # signals that come together are one
    call.send(signal.SIGINT)
    began = time.monotonic()
    assert call.wait(10).code == 3
    assert time.monotonic() - began < 3
    assert call.left_over(grace_s=20) == {}

    # What stands in the state is not asked for a second time.
    assert set(folder.state()["done"]) == {"ingest", "featurize", "train"}
    summary = folder.run()
    assert (summary["status"], summary["attempts"]) == ("completed", 4)
    assert folder.calls[-1].left_over(grace_s=10) == {}
    (one,), (other,) = undisturbed[0].runs(), folder.runs()
    for name in NUMBERS:
        assert (one / name).read_bytes() == (other / name).read_bytes(), name


def test_changed_data_begin_a_new_run(brief: MakeFolder) -> None:
    folder = brief()
    call = folder.start("run", "campaign.toml")
    call.wait_for(lambda: folder.fits() >= 1)
    stop(folder, call, signal.SIGTERM)
    table = folder.path / "measured_band_gaps.csv"
    lines = table.read_text().splitlines(keepends=True)
    table.write_text("".join(lines[:-1]))
    assert folder("plan", "campaign.toml", "--json").record["resumes"] is None
    summary = folder.run()
    interrupted, completed = folder.runs()
    assert (summary["run_id"], summary["attempts"]) == (completed.name, 1)
    assert summary["features"]["rows_in"] == len(lines) - 2
    assert json.loads((interrupted / "state.json").read_text())["status"] == "interrupted"
    assert (completed.parent / "latest").resolve() == completed
