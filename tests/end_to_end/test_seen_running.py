"""A run as it is seen from outside: its pages, its numbers, its log, and who can reach what it listens on."""

from __future__ import annotations

import json
import re
import signal
import socket
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Answer, Call, CampaignFolder, MakeFolder

PATIENCE_S = 800.0  # several share this machine
LISTENS = "0A"  # the state of a listening socket in /proc/net/tcp


def listeners(pids: list[int]) -> dict[str, set[str]]:
    """Return address → ports on which some processes listen."""
    sockets = set()
    for pid in pids:
        for handle in Path(f"/proc/{pid}/fd").glob("*"):
            try:
                sockets.add(str(handle.readlink()))
            except OSError:  # closed, or the process is gone
                continue
    found: dict[str, set[str]] = {}
    for table, family in (("tcp", socket.AF_INET), ("tcp6", socket.AF_INET6)):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            words = line.split()
            if words[3] == LISTENS and f"socket:[{words[9]}]" in sockets:
                host, port = words[1].split(":")
                # Words of 32 bits in the machine's order.
                raw = b"".join(bytes.fromhex(host[i : i + 8])[::-1] for i in range(0, len(host), 8))
                found.setdefault(socket.inet_ntop(family, raw), set()).add(str(int(port, 16)))
    return found


def metrics(address: str) -> dict[tuple[str, ...], float]:
    with urllib.request.urlopen(address, timeout=60) as answer:
        text = answer.read().decode()
    families = text_string_to_metric_families(text)
    return {(one.name, *one.labels.values()): one.value for family in families for one in family.samples}


def log_of(run: Path) -> list[dict[str, Any]]:
    files = [*run.glob("log/*.jsonl"), run / "log.jsonl"]
    lines = [line for file in files for line in file.read_text().splitlines(keepends=True)]
    return [json.loads(line) for line in lines if line.endswith("\n")]


def wait_for_said(call: Call, pattern: str) -> str:
    call.wait_for(lambda: re.search(pattern, call.err.read_text(), re.MULTILINE) is not None, PATIENCE_S)
    found = re.search(pattern, call.err.read_text(), re.MULTILINE)
    assert found is not None
    return found[1]


@pytest.mark.faults
@pytest.mark.timeout(1800)
def test_pages_numbers_and_listeners_of_a_run(new_folder: MakeFolder) -> None:
    folder = new_folder(("[cluster]", "[tracking]\ncore_hour_price = 0.5\n[cluster]"))
    call = folder.start("run", "campaign.toml", "--metrics-port", "0")
    address = wait_for_said(call, r"^metrics  (\S+)$")
    prefect = wait_for_said(call, r"^Prefect  (\S+)$")
    assert metrics(address)["matsluice_running",] == 1
    call.wait_for(lambda: folder.state().get("stage") == "train", PATIENCE_S)
    dask = wait_for_said(call, r"^Dask     (\S+)$")
    assert folder.state()["prefect"]["flow_run_id"] in prefect
    for page in (prefect, dask):
        as_a_browser = urllib.request.Request(page, headers={"Accept": "text/html"})
        with urllib.request.urlopen(as_a_browser, timeout=120) as answer:
            assert answer.status == 200
            assert "<html" in answer.read().decode().lower()
    # Prefect's page shows this run.
    api = prefect.replace("/runs/flow-run/", "/api/flow_runs/")
    with urllib.request.urlopen(api, timeout=60) as answer:
        assert json.load(answer)["name"]
    now = metrics(address)
    assert now["matsluice_workers",] == 2
    assert now["matsluice_stage", "train"] == 1
    assert now["matsluice_rows", "computed"] == 244
    assert now["matsluice_price_total", "EUR"] > 0
    found = listeners(list(call.running()))
    assert set(found) == {"127.0.0.1"}
    assert {re.sub(r".*:(\d+)/.*", r"\1", page) for page in (address, prefect, dask)} <= found["127.0.0.1"]
    answer = call.wait(PATIENCE_S)
    assert answer.code == 0, answer.err
    assert all(len(line) <= 80 for line in answer.err.splitlines() if "://" not in line)
    # The report names the commands that show the pages again; the embedded servers are gone.
    page = (folder.runs()[-1] / "report.html").read_text()
    assert "matsluice ui --workspace" in page
    assert prefect not in page


@pytest.mark.faults
@pytest.mark.timeout(1800)
def test_the_log_of_a_killed_run_is_whole_and_goes_on(brief: MakeFolder) -> None:
    folder = brief()
    call = folder.start("run", "campaign.toml")
    call.wait_for(lambda: bool(folder.state().get("contests")), PATIENCE_S)
    following = folder.start("logs", "campaign.toml", "--follow", "--level", "debug")
    call.send(signal.SIGKILL)
    call.process.wait(60)
    assert following.wait(PATIENCE_S).code == 0  # it ends with the run
    (run,) = folder.runs()
    before = log_of(run)
    assert {"ingest", "featurize", "train"} <= {line.get("stage") for line in before}
    assert any(line["worker"] != "driver" and line.get("chunk") for line in before)
    shown = folder("logs", "campaign.toml", "--level", "debug", "--json").out.splitlines()
    assert len({json.dumps(line, sort_keys=True) for line in before}) == len(shown)
    again = folder("run", "campaign.toml", "--json", timeout_s=PATIENCE_S)
    assert again.record["attempts"] == 2, again.err
    after = log_of(run)
    assert not (run / "log").exists()
    assert all(line in after for line in before)
    # Workers' lines are gathered behind the driver's; `matsluice logs` puts all into the order of time.
    assert [line["message"] for line in after if line["worker"] == "driver"][-1] == "the run is complete"
    assert folder("logs", "campaign.toml").out.rstrip().endswith("the run is complete")


def test_every_line_says_what_it_belongs_to(finished: tuple[CampaignFolder, Answer]) -> None:
    folder, answer = finished
    (run,) = folder.runs()
    log = log_of(run)
    assert {line["run"] for line in log} == {answer.record["run_id"]}
    for line in log:
        assert {"time", "level", "run", "host", "worker", "message"} <= line.keys()
    stages = [line["stage"] for line in log if line["message"] == "begins" and line["worker"] == "driver"]
    assert stages == ["ingest", "featurize", "train", "screen", "report"]


@pytest.mark.parametrize(
    ("words", "needle"),
    [
        ((), "the run is complete"),
        (("--stage", "train"), "MAE"),
        (("--level", "debug", "--chunk", "ridge/fold-0"), "fit_fold done"),
    ],
)
def test_the_log_is_printed_in_80_columns(
    finished: tuple[CampaignFolder, Answer], words: tuple[str, ...], needle: str
) -> None:
    answer = finished[0]("logs", "campaign.toml", *words)
    assert (answer.code, answer.err) == (0, "")
    assert needle in answer.out
    assert max(map(len, answer.out.splitlines())) <= 80


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--stage", "trian"), 'unknown stage "trian": did you mean "train"?'),
        (("--level", "warn"), 'unknown level "warn": did you mean "warning"?'),
        (("--run", "2026"), 'unknown run "2026"'),
    ],
)
def test_a_word_that_is_none_is_answered(
    finished: tuple[CampaignFolder, Answer], words: tuple[str, ...], sentence: str
) -> None:
    answer = finished[0]("logs", "campaign.toml", *words)
    assert answer.code == 2
    assert sentence in answer.err


def test_a_new_workspace_is_private(finished: tuple[CampaignFolder, Answer]) -> None:
    workspace = finished[0].path / "workspace"
    assert workspace.stat().st_mode & 0o777 == 0o700
    assert (workspace / "features").stat().st_mode & 0o777 == 0o700


@pytest.mark.faults
def test_the_pages_of_a_workspace_listen_on_loopback_only(finished: tuple[CampaignFolder, Answer]) -> None:
    call = finished[0].start("ui", "campaign.toml")
    try:
        call.wait_for(lambda: "Ctrl-C" in call.out.read_text(), PATIENCE_S)
        time.sleep(2)  # what a server starts beside itself
        assert set(listeners(list(call.running()))) == {"127.0.0.1"}
        record = finished[1].record
        assert f"/runs/flow-run/{record['prefect']['flow_run_id']}" in call.out.read_text()
        assert f"/runs/{record['mlflow']['run_id']}" in call.out.read_text()
    finally:
        call.send(signal.SIGINT)
        assert call.wait().code == 0
