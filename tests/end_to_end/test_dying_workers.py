"""Workers that are killed with -9 again and again, in every stage: the run completes with the same bytes."""

from __future__ import annotations

import os
import random
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Answer, Call, CampaignFolder, MakeFolder

pytestmark = pytest.mark.faults

NUMBERS = ("cv_predictions.parquet", "hits.parquet", "hits.csv", "rejected.parquet")
KILL_EVERY_S = 2.5
# On a busy machine a worker takes longer to come up than it is left alive here, so each stage has its share and no
# more.
KILLS = {"featurize": 6, "train": 8, "screen": 4}


def workers_of(call: Call) -> list[int]:
    """Return the ids of the Dask workers' processes, those included that are coming up."""
    found = []
    for pid, line in call.running().items():
        with suppress(OSError):
            parent = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
            if parent == call.process.pid and "spawn_main" in line:
                found.append(pid)
    return found


@pytest.mark.timeout(600)
def test_killed_every_moment(undisturbed: tuple[CampaignFolder, Answer], brief: MakeFolder) -> None:
    folder = brief(("workers = 1", "workers = 2"))
    call = folder.start("run", "campaign.toml", "--json")
    chance = random.Random(0)
    killed = dict.fromkeys(KILLS, 0)
    while call.process.poll() is None:
        stage = str(folder.state().get("stage"))
        if killed.get(stage, 0) < KILLS.get(stage, 0) and (workers := workers_of(call)):
            with suppress(ProcessLookupError):
                os.kill(chance.choice(workers), signal.SIGKILL)
                killed[stage] += 1
        time.sleep(KILL_EVERY_S)
    answer = call.wait()
    assert answer.code == 0, answer.err
    assert "Traceback" not in answer.err
    # How many there are depends on how long the machine takes; each stage that is shown to stand it had some.
    assert killed["train"] >= 3
    assert killed["featurize"] > 0
    assert answer.record["attempts"] == 1
    (one,), (other,) = undisturbed[0].runs(), folder.runs()
    for name in NUMBERS:
        assert (one / name).read_bytes() == (other / name).read_bytes(), name
    assert call.left_over(grace_s=10) == {}
