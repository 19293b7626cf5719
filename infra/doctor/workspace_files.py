"""What the workspace's file system lets one do: every promise that resuming and sharing rest on, tried."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from matsluice.infra.doctor.check_spec import Finding, Subject, failure, ok, warning
from matsluice.infra.workspace.file_lock import has_locks

ELSEWHERE = "name another folder with --workspace or campaign.workspace"
_REASONS = {
    errno.EACCES: "no permission",
    errno.EPERM: "not permitted",
    errno.EROFS: "the disk is read-only",
    errno.ENOSPC: "no room is left",
    errno.EDQUOT: "the quota is used up",
    errno.ENOTDIR: "a file stands in its way",
}


@contextmanager
def probe_folder(subject: Subject) -> Iterator[Path]:
    """Give a folder for a moment, in the workspace or where it will be made."""
    with TemporaryDirectory(prefix=".matsluice-doctor-", dir=subject.folder) as folder:
        yield Path(folder)


def reason_of(error: OSError) -> str:
    """Return an error of the file system in few words."""
    return _REASONS.get(error.errno or 0, error.strerror or str(error))


def writable(subject: Subject) -> Finding:
    """Make a folder with a file."""
    try:
        with probe_folder(subject) as folder:
            (folder / "probe").write_bytes(b"written")
    except OSError as error:
        return failure(
            f"{subject.workspace} cannot be written: {reason_of(error)} in {subject.folder}",
            f"mount it for writing, have its owner give you the right, or {ELSEWHERE}",
        )
    made = "" if subject.workspace.is_dir() else ", which a run will make"
    return ok(f"{subject.workspace}{made}")


def private(subject: Subject) -> Finding:
    """Look at the rights of group and others."""
    if not subject.workspace.is_dir():
        return ok("not made yet")
    mode = subject.workspace.stat().st_mode
    sticky = bool(mode & stat.S_ISVTX)
    if mode & stat.S_IWOTH and not sticky:
        return failure(
            f"everybody may change {subject.workspace} ({stat.filemode(mode)}), models among it, which are "
            "code when they are loaded",
            f"`chmod o-w {subject.workspace}`",
        )
    if mode & (stat.S_IRGRP | stat.S_IROTH | stat.S_IWGRP):
        who = "the group may change" if mode & stat.S_IWGRP else "others may read"
        return warning(
            f"{who} {subject.workspace} ({stat.filemode(mode)})",
            f"where that is not meant, `chmod go= {subject.workspace}`",
        )
    return ok(f"yours alone ({stat.filemode(mode)})")


def rename(subject: Subject) -> Finding:
    """Let one file take another's place."""
    with probe_folder(subject) as folder:
        (folder / "old").write_text("old")
        (folder / "new").write_text("new")
        try:
            (folder / "new").replace(folder / "old")
        except OSError as error:
            return failure(f"a file cannot take another's place: {reason_of(error)}", f"{ELSEWHERE}")
        if (folder / "old").read_text() != "new" or (folder / "new").exists():
            return failure("a file that takes another's place is not seen there", ELSEWHERE)
    return ok("in one step")


def links(subject: Subject) -> Finding:
    """Give a file a second name, and see that a name that is taken is refused."""
    with probe_folder(subject) as folder:
        (folder / "one").write_text("one")
        try:
            os.link(folder / "one", folder / "two")
            first = (folder / "one").stat().st_nlink == 2
        except OSError as error:
            return _no_links(reason_of(error))
        try:
            os.link(folder / "one", folder / "two")
        except FileExistsError:
            return ok("hard links") if first else _no_links("a second name is another file")
    return _no_links("a name that is taken is given away again")


def _no_links(why: str) -> Finding:
    return warning(
        f"no hard links ({why}): writers of the feature store that are not matsluice's may undo its entries",
        f"let only matsluice write to this store, or {ELSEWHERE}",
    )


def locks(subject: Subject) -> Finding:
    """Lock a file twice, by two openings of it, as two processes would."""
    with probe_folder(subject) as folder:
        if not has_locks(folder):
            return warning(
                "the file system has no locks; a file with a heartbeat stands for them, and after a crash of "
                "another machine a campaign is free again only within a minute",
                f"mount it with locks (NFS: lockd, without `nolock`), or {ELSEWHERE}",
            )
        with (folder / "lock").open("w") as one, (folder / "lock").open("w") as other:
            fcntl.flock(one, fcntl.LOCK_EX)
            try:
                fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return ok("one process at a time")
    return failure("a lock that is held is given again: two runs would write the same files", ELSEWHERE)
