"""What a file system may do to a workspace, done by real ones, or by the kernel at a debugger's word."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from matsluice.infra.doctor import Subject
from matsluice.infra.doctor.workspace_disk import file_system_of

if TYPE_CHECKING:
    from tests.infra.doctor.conftest import Look, NotOk

Mount = Callable[[Path, str], Path]
Program = Callable[..., list[str]]
CHECKS = ("writable", "private", "rename", "links", "locks", "room", "inodes", "speed", "clock")


@pytest.mark.parametrize("name", CHECKS)
def test_a_workspace_in_order(look: Look, subject: Subject, name: str) -> None:
    before = set(subject.workspace.iterdir())
    assert look(f"workspace.{name}").status == "ok"
    assert set(subject.workspace.iterdir()) == before


def test_one_that_is_not_made_yet(look: Look, tmp_path: Path) -> None:
    later = Subject(tmp_path / "not" / "yet")
    for name in CHECKS:
        assert look(f"workspace.{name}", later).status == "ok"
    assert not later.workspace.parent.exists()


def test_a_file_in_its_place(not_ok: NotOk, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    not_ok(
        "workspace.writable",
        Subject(tmp_path / "file" / "workspace"),
        said="cannot be written: a file stands in its way",
        do="--workspace",
    )


def test_a_disk_that_is_read_only(not_ok: NotOk, mount: Mount, tmp_path: Path) -> None:
    disk = mount(tmp_path / "disk", "size=8m,ro")
    not_ok("workspace.writable", Subject(disk), said="the disk is read-only", do="mount it for writing")


def test_others_may_change_it(not_ok: NotOk, subject: Subject) -> None:
    subject.workspace.chmod(0o757)
    not_ok("workspace.private", said=r"everybody may change .*drwxr-xrwx", do=r"chmod o-w /")


def test_others_may_read_it(not_ok: NotOk, subject: Subject) -> None:
    subject.workspace.chmod(0o750)
    not_ok("workspace.private", said="others may read", do="chmod go= /", status="warning")
    subject.workspace.chmod(0o770)
    not_ok("workspace.private", said="the group may change", do="chmod go= /", status="warning")


def test_a_disk_in_memory(not_ok: NotOk, mount: Mount, tmp_path: Path) -> None:
    disk = mount(tmp_path / "disk", "size=8m")
    not_ok(
        "workspace.kind",
        Subject(disk / "workspace"),
        said="tmpfs on .*/disk: in memory, gone when the machine stops",
        do="another folder",
        status="warning",
    )


def test_the_topmost_of_two_disks_counts(tmp_path: Path) -> None:
    line = "{} 1 0:1 / {} rw shared:1 - {} source rw\n"
    mounts = (
        line.format(20, "/", "ext4")
        + line.format(21, r"/a\040b", "xfs")
        + line.format(22, r"/a\040b", "nfs4")
    )
    assert file_system_of(Path("/a b/c"), mounts) == ("nfs4", "/a b")
    assert file_system_of(Path("/a"), mounts) == ("ext4", "/")
    assert file_system_of(tmp_path, "") == ("unknown", "")


def test_no_room(not_ok: NotOk, mount: Mount, tmp_path: Path) -> None:
    small = mount(tmp_path / "small", "size=64m")
    not_ok("workspace.room", Subject(small), said=r"0\.1 GiB free, and a run needs 1 GiB", do="store prune")


def test_no_more_files(not_ok: NotOk, mount: Mount, tmp_path: Path) -> None:
    few = mount(tmp_path / "few", "size=64m,nr_inodes=100")
    not_ok("workspace.inodes", Subject(few), said=r"\d\d more files, and a run makes", do="store compact")
    some = mount(tmp_path / "some", "size=64m,nr_inodes=5000")
    not_ok("workspace.inodes", Subject(some), said=r"49\d\d more files", do="store compact", status="warning")


def answering(program: Program, calls: str, answer: str) -> list[str]:
    """Return a command below which the kernel gives another answer to some system calls."""
    names = ",".join(f"?{name}" for name in calls.split(","))
    return program(
        "strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={names}", "-e", f"inject={names}:{answer}"
    )


@pytest.mark.cluster
def test_no_rename(by_command: Look, not_ok: NotOk, program: Program) -> None:
    below = answering(program, "rename,renameat,renameat2", "error=EPERM")
    not_ok(
        "workspace.rename",
        by_command("workspace.rename", below=below),
        said="cannot take another's place: not permitted",
        do="another folder",
    )


@pytest.mark.cluster
def test_no_hard_links(by_command: Look, not_ok: NotOk, program: Program) -> None:
    # What FAT, and some parallel file systems between folders, answer.
    not_ok(
        "workspace.links",
        by_command("workspace.links", below=answering(program, "link,linkat", "error=EPERM")),
        said="no hard links .not permitted.",
        do="let only matsluice write",
        status="warning",
    )


@pytest.mark.cluster
def test_no_locks(by_command: Look, not_ok: NotOk, program: Program) -> None:
    # What NFS without lockd answers.
    not_ok(
        "workspace.locks",
        by_command("workspace.locks", below=answering(program, "flock", "error=ENOLCK")),
        said="has no locks; a file with a heartbeat",
        do="lockd",
        status="warning",
    )


@pytest.mark.cluster
def test_locks_that_hold_nobody_off(by_command: Look, not_ok: NotOk, program: Program) -> None:
    not_ok(
        "workspace.locks",
        by_command("workspace.locks", below=answering(program, "flock", "retval=0")),
        said="given again: two runs would write the same files",
        do="another folder",
    )


@pytest.mark.cluster
def test_a_slow_disk(by_command: Look, not_ok: NotOk, program: Program) -> None:
    below = answering(program, "fsync", "delay_exit=80000")
    not_ok(
        "workspace.speed",
        by_command("workspace.speed", below=below),
        said=r"\d\d+\.\d ms until a small file is safe",
        do="chunk_rows",
        status="warning",
    )
    below = answering(program, "fsync", "delay_exit=1100000")
    not_ok(
        "workspace.speed",
        by_command("workspace.speed", below=below),
        said=r"1\d\d\d\.\d ms",
        do="disk is ill",
    )


@pytest.mark.cluster
def test_a_clock_of_its_own(by_command: Look, not_ok: NotOk, program: Program) -> None:
    unmoved = {"NO_FAKE_STAT": "1", "DONT_FAKE_MONOTONIC": "1"}
    for shift, status in (("-60s", "warning"), ("+1h", "failure")):
        found = by_command("workspace.clock", below=program("faketime", "-f", shift), environment=unmoved)
        ahead = "60 s ahead" if shift.startswith("-") else "3600 s behind"
        not_ok("workspace.clock", found, said=f"file system's clock is {ahead}", do="NTP", status=status)
