"""SIGTERM to every process of a run at once, as Slurm sends it: workers and the server get it too."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Answer, Call, CampaignFolder, MakeFolder

pytestmark = pytest.mark.faults

NUMBERS = ("cv_predictions.parquet", "hits.parquet", "hits.csv", "rejected.parquet")
GRACE_S = 30.0


def terminate_everything(call: Call) -> None:
    everything = call.running()
    assert any("prefect.server" in line for line in everything.values())
    assert sum("spawn_main" in line for line in everything.values()) >= 2
    for pid in everything:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)


@pytest.mark.timeout(600)
def test_terminated_in_every_stage(undisturbed: tuple[CampaignFolder, Answer], brief: MakeFolder) -> None:
    folder = brief(("workers = 1", "workers = 2"), own_server=True)
    moments = {
        "featurize": lambda: folder.state().get("stage") == "featurize",
        "train": lambda: folder.fits() >= 3,
        "screen": lambda: folder.state().get("stage") == "screen",
    }
    for moment, come in moments.items():
        call = folder.start("run", "campaign.toml")
        call.wait_for(come)
        began = time.monotonic()
        terminate_everything(call)
        answer = call.wait(90)
        assert time.monotonic() - began < GRACE_S
        assert answer.code == 3, answer.err
        assert "interrupted: stopped on request; the same command goes on from here" in answer.err
        assert not {"Traceback", "ERROR"} & set(answer.err.split())
        assert call.left_over(grace_s=5) == {}
        assert folder.state()["status"] == "interrupted", moment
    assert folder.run()["attempts"] == len(moments) + 1
    (one,), (other,) = undisturbed[0].runs(), folder.runs()
    for name in NUMBERS:
        assert (one / name).read_bytes() == (other / name).read_bytes(), name
