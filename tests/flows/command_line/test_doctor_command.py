"""`matsluice doctor` as a person sees it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from matsluice.flows.campaign_file import write_starter
from matsluice.infra.doctor import CHECKS
from matsluice.infra.servers.ports import free_port

COMMAND = Path(sys.executable).with_name("matsluice")


def doctor(
    folder: Path, *words: str, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    mine = {
        name: text
        for name, text in os.environ.items()
        if not name.startswith(("PREFECT_", "MLFLOW_", "AWS_"))
    }
    return subprocess.run(
        [str(COMMAND), "doctor", *words],
        cwd=folder,
        env={**mine, "COLUMNS": "80", **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a campaign that was never run."""
    place = tmp_path_factory.mktemp("doctor")
    write_starter(place)
    return place


def test_all_in_order(folder: Path) -> None:
    before = sorted(folder.rglob("*"))
    answer = doctor(folder, "campaign.toml", "--json")
    assert (answer.returncode, answer.stderr) == (0, ""), answer.stdout
    record = json.loads(answer.stdout)
    assert [check["name"] for check in record["checks"]] == list(CHECKS)
    assert record["counts"]["failure"] == record["counts"]["skipped"] == 0
    assert sum(record["counts"].values()) == len(CHECKS)
    assert record["cluster"] == "local"
    assert sorted(folder.rglob("*")) == before


def test_what_is_wrong_is_said_with_what_to_do(folder: Path) -> None:
    gone = f"postgresql://mlflow:hunter2@127.0.0.1:{free_port()}/mlflow"
    api = f"http://127.0.0.1:{free_port()}/api"
    answer = doctor(
        folder,
        "campaign.toml",
        "--only",
        "prefect,mlflow",
        environment={"MLFLOW_TRACKING_URI": gone, "PREFECT_API_URL": api},
    )
    assert answer.returncode == 4
    assert answer.stderr == "failed: 2 of 13 checks: prefect.reachable, mlflow.reachable\n"
    assert "hunter2" not in answer.stdout + answer.stderr
    assert f"  FAIL  reachable  PREFECT_API_URL {api} does not" in answer.stdout
    assert "→ start the server, mend PREFECT_API_URL, or unset it" in answer.stdout
    assert "not looked at (needs prefect.reachable): prefect.access, prefect.version," in answer.stdout
    assert "127.0.0.1" in answer.stdout.partition("postgresql://mlflow@")[2]
    assert max(map(len, answer.stdout.splitlines())) <= 80


def test_lines_are_short(folder: Path) -> None:
    answer = doctor(folder, "campaign.toml", "--only", "installation,machine,loopback")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert max(map(len, answer.stdout.splitlines())) <= 80
    assert answer.stdout.splitlines()[-1].startswith("7 ok, 0 warnings, 0 failures, in ")


def test_without_a_campaign(folder: Path) -> None:
    answer = doctor(folder, "--only", "workspace.room,cluster", "--json")
    assert answer.returncode == 0, answer.stdout
    record = json.loads(answer.stdout)
    assert record["workspace"] == str(folder / "workspace")
    assert [check["status"] for check in record["checks"]] == ["ok", *4 * ["unused"]]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("no-such.toml",), "there is no file no-such.toml"),
        (("campaign.toml", "--only", "workspace.lokcs"), 'did you mean "workspace.locks"'),
        (("--constraints", "none.txt"), "--constraints none.txt: there is no such file"),
    ],
)
def test_a_mistake_of_the_person(folder: Path, words: tuple[str, ...], said: str) -> None:
    answer = doctor(folder, *words)
    assert answer.returncode == 2
    assert said in answer.stderr
    assert "Traceback" not in answer.stderr
