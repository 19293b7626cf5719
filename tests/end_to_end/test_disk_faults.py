"""A disk that is full in the middle of a run, or read-only: one sentence, and the same command goes on after it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Answer, CampaignFolder, MakeFolder

pytestmark = pytest.mark.faults

NUMBERS = ("cv_predictions.parquet", "hits.parquet", "hits.csv", "rejected.parquet")
Mount = Callable[..., Path]


@pytest.fixture
def mount() -> Iterator[Mount]:
    """A function: a folder that is a disk of its own, of some size; skips where one may not mount."""
    mounted: list[Path] = []

    def at(folder: Path, options: str) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        again = "remount," if folder in mounted else ""
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", again + options, "tmpfs", str(folder)],
            check=False,
            capture_output=True,
        )
        if done.returncode:
            pytest.skip(f"no disk can be mounted here: {done.stderr.decode().strip()}")
        mounted.extend([] if again else [folder])
        return folder

    yield at
    for folder in reversed(mounted):
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(disk: Path) -> Path:
    """Leave no room on the disk, by a file that is returned."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(4096)):
            pass
    return ballast


def check_said(answer: Answer, place: str) -> None:
    assert answer.code == 4, answer.err
    assert "is full: free space, and the same command goes on" in answer.err
    assert place in answer.err
    assert not {"Traceback", "ERROR"} & set(answer.err.split()), answer.err


def same_bytes(one: CampaignFolder, other: CampaignFolder) -> None:
    (this,), (that,) = one.runs(), other.runs()
    for name in NUMBERS:
        assert (this / name).read_bytes() == (that / name).read_bytes(), name


@pytest.mark.timeout(600)
def test_full_in_every_stage(
    undisturbed: tuple[CampaignFolder, Answer], brief: MakeFolder, mount: Mount
) -> None:
    folder = brief()
    store = mount(folder.path / "workspace" / "features", "size=100k")
    runs = mount(folder.path / "workspace" / "runs", "size=32m")
    check_said(folder("run", "campaign.toml"), "workspace")
    (record,) = folder("status", "--json").record["runs"]
    assert (record["status"], record["resumable"]) == ("failed", True)
    assert "is full" in record["failure"]

    mount(store, "size=32m")
    for come in (lambda: folder.fits() >= 2, lambda: folder.state().get("stage") == "screen"):
        call = folder.start("run", "campaign.toml")
        call.wait_for(come)
        ballast = fill(runs)
        check_said(call.wait(), str(runs))
        assert call.left_over(grace_s=10) == {}
        ballast.unlink()
    summary = folder.run()
    assert (summary["status"], summary["attempts"]) == ("completed", 4)
    same_bytes(undisturbed[0], folder)
    assert not [name for name in folder.files() if name.endswith(".part")]


@pytest.mark.timeout(600)
def test_full_with_the_databases_on_it(
    undisturbed: tuple[CampaignFolder, Answer], brief: MakeFolder, mount: Mount
) -> None:
    folder = brief(own_server=True)
    disk = mount(folder.path / "workspace", "size=5m")
    check_said(folder("run", "campaign.toml"), str(disk))
    mount(disk, "size=256m")
    assert folder.run()["status"] == "completed"
    same_bytes(undisturbed[0], folder)


@pytest.mark.parametrize("part", ["workspace", "workspace/features"])
def test_read_only(brief: MakeFolder, mount: Mount, part: str) -> None:
    folder = brief()
    disk = mount(folder.path / part, "ro")
    before = folder.files()
    answer = folder("run", "campaign.toml")
    assert answer.code == 2, answer.err
    assert f"the disk of {disk} is read-only; mount it for writing" in answer.err
    assert "Traceback" not in answer.err
    assert folder.files() == before
