"""Cancel, suspend and resume as the Prefect UI asks for them, and runs of one campaign that would overlap."""

from __future__ import annotations

import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Call
    from tests.end_to_end.schedules.conftest import Night

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(3600)]

NUMBERS = ("cv_predictions.parquet", "hits.parquet", "hits.csv", "rejected.parquet")
# What is promised is 30 s, on a machine that is not busy with other tests.
FREED_S = 90.0


def workers(call: Call) -> dict[int, str]:
    """Return the processes a call has started that compute: Dask's, and their killable children."""
    return {pid: line for pid, line in call.running().items() if "distributed" in line or "isolation" in line
            or "multiprocessing" in line}  # fmt: skip


def test_what_the_ui_wishes(slow_night: Night) -> None:
    night, folder = slow_night, slow_night.folder
    night.schedule("--cron", "0 2 1 1 *", "--timezone", "UTC")
    # A run by hand is under way, on a server that makes no runs by schedule: it is started again under the run.
    (folder.path / "workspace" / "servers" / "prefect" / "scheduled").unlink()
    by_hand = folder.start("run", "campaign.toml")
    night.until(lambda: len(night.rows_computed()) > 4, "the run by hand featurizes")
    serving, api = night.serve()

    # When the schedule's run comes, it waits, and says so.
    waiting = api.start()
    night.until(
        lambda: "waits for its end" in serving.err.read_text(), "the scheduled run says that it waits"
    )
    assert len(folder.runs()) == 1

    # Cancelled in the UI, the run by hand ends resumably: nobody but itself could do so.
    by_hand_id = folder.state()["prefect"]["flow_run_id"]
    api.set_state(by_hand_id, "CANCELLING")
    answer = by_hand.wait()
    assert answer.code == 3, answer.err
    assert "cancelled in Prefect" in answer.err
    assert api.state(by_hand_id)[0] == "CANCELLED"

    # The one that waited takes it up; another has to queue behind it.
    before = len(night.rows_computed())
    night.until(
        lambda: len(night.rows_computed()) > before + 4, "the scheduled run goes on with the features"
    )
    queued = api.start()
    night.until(lambda: api.state(queued)[1] == "AwaitingConcurrencySlot", "the other run queues")

    # Cancelled in the UI, its workers are gone.
    api.set_state(waiting, "CANCELLING")
    night.until(lambda: not workers(serving), "the workers are freed", FREED_S)
    night.until(lambda: api.state(waiting)[0] == "CANCELLED", "Prefect shows it as cancelled")
    assert "Crashed" not in api.history(waiting)  # which somebody may have asked to be told of
    assert (folder.state()["status"], folder.state()["cancelled"]) == ("interrupted", True)

    # The queued one takes it up. Suspended in the UI, it ends, and goes on when it is resumed.
    before = len(night.rows_computed())
    night.until(lambda: len(night.rows_computed()) > before + 4, "the queued run goes on with the features")
    api.set_state(queued, "PAUSED", "Suspended", pause_reschedule=True)
    night.until(lambda: not workers(serving), "the workers are freed", FREED_S)
    assert api.state(queued) == ("PAUSED", "Suspended")
    lines = night.rows_computed()
    # It was stopped three times with a chunk of 4 rows in hand.
    assert len(lines) - len(set(lines)) <= 3 * 4
    night.hurry()
    api(f"/flow_runs/{queued}/resume")
    night.until(lambda: api.state(queued)[0] == "COMPLETED", "the resumed run completes")

    (run,) = folder.runs()
    assert night.state()["status"] == "completed"
    serving.send(signal.SIGTERM)
    assert serving.wait().code == 0
    undisturbed = folder("run", "campaign.toml", "--workspace", "other", "--json")
    assert undisturbed.code == 0, undisturbed.err
    (other,) = folder.runs("other")
    for name in NUMBERS:
        assert (run / name).read_bytes() == (other / name).read_bytes(), name


def test_a_work_pool_executes(night: Night, tmp_path: Path) -> None:
    """A named server, and a worker of Prefect's own in place of `matsluice serve`."""
    from matsluice.infra.servers.prefect_server import start_prefect
    from matsluice.infra.servers.prefect_services import mark_scheduled

    mark_scheduled(tmp_path)
    with start_prefect(tmp_path) as server:
        server.wait_ready()
        home = {"PREFECT_HOME": str(tmp_path / "home"), "PREFECT_API_URL": server.api_url}
        night.folder = folder = replace(night.folder, environment={**night.folder.environment, **home})
        night.schedule("--cron", "0 2 1 1 *", "--timezone", "UTC", "--pool", "nightly")
        assert not (folder.path / "workspace" / "servers" / "prefect.json").exists()
        api = night.api(server.api_url)
        wanted = api.start()
        command = (sys.executable, "-m", "prefect", "worker", "start", "--pool", "nightly", "--run-once")
        worker = folder.start(program=command)
        night.until(lambda: api.state(wanted)[0] == "COMPLETED", "the pool's worker has executed it")
        worker.wait(900)
        assert len(folder.runs()) == 1
        assert night.state()["occasion"]["schedule"] == "gaps"
