from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from matsluice.infra.run_log.line import Origin, line_of
from matsluice.infra.run_log.log_file import LogFile

ORIGIN = Origin("run-1")
WRITER = """
import sys
from pathlib import Path
from matsluice.infra.run_log.line import Origin, line_of
from matsluice.infra.run_log.log_file import LogFile
log = LogFile(Path(sys.argv[1]), Origin("run-1"), 2**30)
print("ready", flush=True)
for number in range(10**9):
    log.append(line_of(Origin("run-1"), "info", f"line {number}", facts={"long": "x" * 9000}), "info")
    if number == 50:
        print("going", flush=True)
"""


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_line_says_when_who_and_what(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "log.jsonl", ORIGIN, 10**6)
    log.append(
        line_of(ORIGIN, "warning", "a\nb", stage="train", chunk="fold-1", facts={"rows": 3}), "warning"
    )
    (told,) = lines(log.path)
    assert {"time", "level", "run", "stage", "chunk", "host", "worker", "pid", "message"} <= told.keys()
    assert (told["level"], told["run"], told["worker"], told["rows"]) == ("warning", "run-1", "driver", 3)
    assert told["message"] == "a\nb"


def test_a_killed_writer_leaves_all_it_said(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    writer = subprocess.Popen([sys.executable, "-c", WRITER, path], stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    assert writer.stdout.readline() == "ready\n"
    assert writer.stdout.readline() == "going\n"
    os.kill(writer.pid, signal.SIGKILL)
    writer.communicate()
    whole = [line for line in path.read_text().splitlines(keepends=True) if line.endswith("\n")]
    numbers = [int(json.loads(line)["message"].split()[1]) for line in whole]
    assert len(numbers) > 50
    assert numbers == list(range(len(numbers)))


def test_half_a_line_of_a_killed_writer_spoils_no_other(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text('{"message": "cut in the mid')
    LogFile(path, ORIGIN, 10**6).append(line_of(ORIGIN, "info", "next"), "info")
    assert json.loads(path.read_text().splitlines()[-1])["message"] == "next"


def test_its_size_is_bounded_and_warnings_have_room_of_their_own(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "log.jsonl", ORIGIN, 20_000)
    for number in range(500):
        log.append(line_of(ORIGIN, "info", f"chunk {number}"), "info")
    log.append(line_of(ORIGIN, "error", "it went wrong"), "error")
    log.close()
    told = lines(log.path)
    assert log.path.stat().st_size < 21_000
    assert [line["message"] for line in told if line["level"] == "error"] == ["it went wrong"]
    kept = sum(line["message"].startswith("chunk") for line in told)
    assert 0 < kept < 500
    assert told[-1]["left_out"] == 500 - kept


def test_a_huge_message_is_cut_in_its_middle(tmp_path: Path) -> None:
    line = line_of(ORIGIN, "error", "begin " + "x" * 10**6 + " end")
    told = json.loads(line)["message"]
    assert len(line) < 20_000
    assert told.startswith("begin ")
    assert told.endswith(" end")
    assert "left out" in told


def test_secrets_do_not_reach_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MP_API_KEY", "k3y-of-somebody")
    error = ValueError("k3y-of-somebody")
    line = line_of(ORIGIN, "error", "k3y-of-somebody", facts={"examples": [["k3y-of-somebody"]]}, error=error)
    assert b"k3y" not in line
    assert b"ValueError" in line


def test_a_full_disk_stops_nothing(tmp_path: Path) -> None:
    log = LogFile(Path("/dev/full"), ORIGIN, 10**6)
    log.append(line_of(ORIGIN, "info", "x"), "info")
    assert log.left_out == 1
    log.close()
