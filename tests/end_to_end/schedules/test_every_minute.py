"""A cron of every minute: it fires, the second run trains nothing, kills are survived, missed times are said."""

from __future__ import annotations

import http.server
import json
import os
import signal
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.end_to_end.schedules.conftest import Api, Night

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(3600)]

NOTIFY = (sys.executable, "-m", "matsluice.infra.prefect.notify")


@pytest.fixture
def listener() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The address of an HTTP server on this machine, and the bodies that are posted to it."""
    heard: list[dict[str, Any]] = []

    class Heard(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *words: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Heard)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hook", heard
    server.shutdown()
    thread.join()
    server.server_close()


def test_every_minute(night: Night, listener: tuple[str, list[dict[str, Any]]]) -> None:
    folder, (url, heard) = night.folder, listener
    first = night.schedule("--cron", "* * * * *", "--timezone", "Europe/Rome")
    again = night.schedule("--cron", "* * * * *", "--timezone", "Europe/Rome")
    assert first.out.startswith("gaps: scheduled\n")
    assert first.out.count("Europe/Rome\n") == 3
    assert again.out.startswith("gaps: was scheduled so already\n")

    serving, api = night.serve()
    assert folder("serve", "campaign.toml").code == 2  # one is enough
    told = folder.start("--url", url, "--on", "completed", "--workspace", "workspace", program=NOTIFY).wait()
    assert told.code == 0, told.err
    night.until(lambda: len(api.ended()) >= 2, "two scheduled runs complete")
    one, two = folder.runs()[:2]
    check_nothing_was_done_twice(one, two, night.state(0), night.state(1))
    check_artifacts(api)
    hits = night.until(
        lambda: [body for body in heard if body["state"] == "Completed"], "the webhook is called"
    )
    assert hits[0]["campaign"] == "gaps"

    os.kill(serving.process.pid, signal.SIGKILL)
    serving.process.wait(10)
    # What it had started goes on to its end, and so does its server until then.
    assert serving.left_over(grace_s=900) == {}
    done = len(folder.runs())
    handled = json.loads((folder.path / "workspace" / "runs" / "gaps" / "scheduled.json").read_text())["gaps"]
    goal = datetime.fromisoformat(handled) + timedelta(minutes=3, seconds=2)
    night.until(lambda: datetime.now().astimezone() > goal, "three times of the schedule have passed")

    serving, api = night.serve()
    assert "missed" in serving.err.read_text()
    night.until(
        lambda: len(folder.runs()) > done and night.state(done)["status"] == "completed", "it makes up"
    )
    missed = night.state(done)["occasion"]["missed"]
    assert missed
    changes = json.loads((folder.runs()[done] / "changes.json").read_text())
    assert changes["missed"] == missed
    closed = [run for run in api.runs() if run["state_name"] == "Missed"]
    assert {run["expected_start_time"][:16] for run in closed} & {text_in_utc(each) for each in missed}

    serving.send(signal.SIGTERM)
    assert serving.wait().code == 0
    assert serving.left_over(grace_s=30) == {}
    assert "Traceback" not in serving.err.read_text()
    assert folder("schedule", "campaign.toml", "--remove").out.startswith("gaps: removed")
    assert folder("schedule", "--list", "--json").record == {"schedules": []}


def check_nothing_was_done_twice(one: Path, two: Path, first: dict[str, Any], second: dict[str, Any]) -> None:
    for name in ("cv_predictions.parquet", "hits.parquet", "hits.csv", "rejected.parquet"):
        assert (one / name).read_bytes() == (two / name).read_bytes(), name
    assert (second["features"]["computed"], second["features"]["rejected"]) == (0, 0)
    assert all(entry["reused_folds"] == 2 for entry in second["contests"].values())
    assert not any(entry["reused_folds"] for entry in first["contests"].values())
    assert second["screen"] == {**first["screen"], "reused": True}
    assert second["champion"]["registered_version"] == first["champion"]["registered_version"] == 1
    changes = json.loads((two / "changes.json").read_text())
    assert (changes["since"], changes["fits"], changes["fits_reused"]) == (one.name, 12, 12)
    assert "Nothing has moved" in (two / "report.html").read_text()
    assert second["occasion"]["cron"] == "* * * * *"
    assert not (one / "changes.json").exists()


def check_artifacts(api: Api) -> None:
    found = {each["key"]: each for each in api("/artifacts/filter", content={"limit": 200})}
    assert {"gaps-scores", "gaps-hits", "gaps-changes"} <= set(found)
    assert found["gaps-scores"]["type"] == "table"
    assert (
        "Nothing has moved" in found["gaps-changes"]["data"] or "first run" in found["gaps-changes"]["data"]
    )


def text_in_utc(moment: str) -> str:
    return datetime.fromisoformat(moment).astimezone(UTC).strftime("%Y-%m-%dT%H:%M")
