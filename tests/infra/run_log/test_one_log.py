from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from matsluice.infra.run_log import Wanted, begin_stage, follow_lines, logging_run, read_lines, say
from matsluice.infra.run_log.line import Origin, line_of
from matsluice.infra.run_log.observed import CallNote, observed_call
from matsluice.infra.run_log.worker_files import worker_file, worker_paths

ALL = Wanted("debug")


@dataclass(frozen=True)
class Done:
    rows: int
    refused: Mapping[str, int]
    examples: tuple[tuple[str, str, str], ...] = ()


def refuses(rows: int) -> Done:
    logging.getLogger("some.library").warning("it warns")
    return Done(rows, {"raised": 2}, (("0a", "raised", "ValueError: no"),))


def breaks() -> None:
    raise OSError("the disk is gone")


def messages(folder: Path, wanted: Wanted = ALL) -> list[str]:
    return [line["message"] for line in read_lines(folder, wanted)]


def note(folder: Path, chunk: str = "block/0-7") -> CallNote:
    return CallNote(str(folder), "run-1", "featurize", chunk)


def test_driver_and_workers_end_in_one_file(tmp_path: Path) -> None:
    with logging_run(tmp_path, "run-1"):
        begin_stage("featurize")
        say("info", "begins")
        assert observed_call(note(tmp_path), refuses, 7).result.rows == 7
        assert len(worker_paths(tmp_path)) == 1  # it stands there at once, for whoever looks during the run
        seen = messages(tmp_path)
        begin_stage("train")
        say("info", "the end")
    assert messages(tmp_path) == [*seen, "the end"]
    assert [path.name for path in tmp_path.iterdir()] == ["log.jsonl"]
    told = list(read_lines(tmp_path, ALL))
    assert {line["stage"] for line in told[:-1]} == {"featurize"}
    refusal = next(line for line in told if "refused" in line)
    assert refusal["level"] == "warning"
    assert refusal["refused"] == {"raised": 2}
    assert refusal["examples"] == [["0a", "raised", "ValueError: no"]]
    assert refusal["chunk"] == "block/0-7"
    assert next(line for line in told if line.get("logger") == "some.library")["message"] == "it warns"


def test_what_a_call_raises_is_told_with_its_trace_and_raised(tmp_path: Path) -> None:
    with logging_run(tmp_path, "run-1"), pytest.raises(OSError, match="the disk is gone"):
        observed_call(note(tmp_path), breaks)
    (told,) = read_lines(tmp_path, Wanted("error"))
    assert "breaks raised OSError" in told["message"]
    assert "Traceback" in told["trace"]


def test_what_was_gathered_when_the_driver_was_killed_is_read_once(tmp_path: Path) -> None:
    with logging_run(tmp_path, "run-1"):
        observed_call(note(tmp_path), refuses, 7)
        (left,) = worker_paths(tmp_path)
        content = left.read_bytes()
    whole = messages(tmp_path)
    left.parent.mkdir()
    left.write_bytes(content + b'{"time": "2026-05-04T')  # killed after gathering, and a worker within a line
    assert messages(tmp_path) == whole
    with logging_run(tmp_path, "run-1"):  # the next attempt gathers what is left
        say("info", "goes on")
    assert not worker_paths(tmp_path)
    assert messages(tmp_path) == [*whole, "goes on"]


def test_a_log_can_be_followed_to_its_end(tmp_path: Path) -> None:
    going = iter([True, True, False])
    with logging_run(tmp_path, "run-1"):
        say("info", "first")
        followed = follow_lines(tmp_path, Wanted(), lambda: next(going))
        assert next(followed)["message"] == "first"
        say("info", "second")
        assert next(followed)["message"] == "second"
        say("debug", "not of interest")
        say("warning", "last")
        assert [line["message"] for line in followed] == ["last"]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Wanted("warning"), ["b"]),
        (Wanted("debug", stage="train"), ["a", "b"]),
        (Wanted("debug", chunk="ridge"), ["a"]),
        (Wanted("info", stage="screen"), []),
    ],
)
def test_lines_are_chosen(tmp_path: Path, wanted: Wanted, expected: list[str]) -> None:
    with logging_run(tmp_path, "run-1"):
        begin_stage("train")
        say("debug", "a", chunk="random/ridge/fold-1")
        say("warning", "b", chunk="random/svm/fold-1")
    assert messages(tmp_path, wanted) == expected


def test_outside_of_a_run_nothing_is_said_and_nothing_breaks(tmp_path: Path) -> None:
    say("error", "to nobody")
    assert observed_call(CallNote("", "", "", "x"), len, "abc").result == 3
    assert observed_call(note(tmp_path / "gone"), len, "abc").result == 3
    assert list(tmp_path.iterdir()) == []


def test_libraries_are_heard_and_silenced_afterwards(tmp_path: Path) -> None:
    library = logging.getLogger("some.library")
    with logging_run(tmp_path, "run-1"):
        library.warning("%s went wrong", "it")
        library.info("all is well")
    library.warning("afterwards")
    (told,) = (json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines())
    assert told["message"] == "it went wrong"


def test_a_worker_that_serves_one_run_after_the_other_writes_to_each(tmp_path: Path) -> None:
    for name in ("one", "other", "one"):
        (tmp_path / name / "log").mkdir(parents=True, exist_ok=True)
        worker_file(tmp_path / name, Origin(name, "0")).append(
            line_of(Origin(name, "0"), "info", "x"), "info"
        )
    found: dict[str, Any] = {name: messages(tmp_path / name) for name in ("one", "other")}
    assert found["other"] == ["x"]
    assert found["one"] in (["x"], ["x", "x"])  # equal lines of one moment are one
