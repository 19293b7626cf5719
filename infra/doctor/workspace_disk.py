"""The disk below the workspace: its kind, its room, its speed."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path
from statistics import median

from matsluice.infra.doctor.check_spec import Finding, Subject, failure, ok, warning
from matsluice.infra.doctor.workspace_files import ELSEWHERE, probe_folder

GIB = 1024**3
LEAST_ROOM, LITTLE_ROOM = 1 * GIB, 10 * GIB  # the first campaign leaves 30 MB, a million materials some GB
LEAST_FILES, FEW_FILES = 1_000, 20_000
# A run writes a file for each fold and chunk, and each waits for the disk: 50 ms make 1000 of them a minute.
SLOW_S, TOO_SLOW_S = 0.05, 1.0
WRITES = 7
IN_MEMORY = frozenset({"tmpfs", "ramfs", "devtmpfs"})
NETWORKED = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "9p", "lustre", "beegfs", "gpfs", "ceph", "glusterfs", "afs"}
)
ODD = frozenset({"vfat", "exfat", "msdos", "overlay", "aufs", "squashfs", "iso9660"})


def file_system_of(folder: Path, mounts: str) -> tuple[str, str]:
    r"""Return kind and mount point of the file system a folder lies on.

    Parameters
    ----------
    folder
        Absolute, without symbolic links.
    mounts
        What stands in /proc/self/mountinfo.

    Examples
    --------
    >>> lines = "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n30 22 0:40 / /data rw - nfs4 server:/data rw\n"
    >>> file_system_of(Path("/data/group"), lines), file_system_of(Path("/database"), lines)
    (('nfs4', '/data'), ('ext4', '/'))
    """
    best = ("unknown", "")
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        words = before.split()
        if len(words) < 5 or not after:
            continue
        # Blanks in the name of a mount point stand as \040.
        point = re.sub(r"\\([0-7]{3})", lambda m: chr(int(m[1], 8)), words[4])
        # Of several on one point, the last is on top.
        if folder.is_relative_to(point) and len(point) >= len(best[1]):
            best = (after.split()[0], point)
    return best


def kind(subject: Subject) -> Finding:
    """Name the file system, and say what is known of its kind."""
    mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace")
    name, point = file_system_of(subject.folder.resolve(), mounts)
    if name in IN_MEMORY:
        return warning(f"{name} on {point}: in memory, gone when the machine stops", ELSEWHERE)
    if name in ODD:
        return warning(
            f"{name} on {point}: made for other things than results that last",
            f"{ELSEWHERE}; in a container, mount a volume there",
        )
    if name in NETWORKED or name.startswith("fuse"):
        return ok(f"{name} on {point}, over the network: other machines may see it too")
    return ok(f"{name} on {point}: of this machine alone")


def room(subject: Subject) -> Finding:
    """Look at the bytes a person without special rights may still write."""
    disk = os.statvfs(subject.folder)
    free = disk.f_bavail * disk.f_frsize
    said = f"{free / GIB:.1f} GiB free"
    do = f"make room, for instance with `matsluice store prune`, or {ELSEWHERE}"
    if free < LEAST_ROOM:
        return failure(f"{said}, and a run needs {LEAST_ROOM // GIB} GiB", do)
    return warning(f"{said}: little for large campaigns", do) if free < LITTLE_ROOM else ok(said)


def inodes(subject: Subject) -> Finding:
    """Look at the number of files that may still be made; file systems without a limit say 0 of 0."""
    disk = os.statvfs(subject.folder)
    if disk.f_files == 0:
        return ok("no limit")
    said = f"{disk.f_favail} more files"
    do = f"`matsluice store compact` and `prune` make many files few; or {ELSEWHERE}"
    if disk.f_favail < LEAST_FILES:
        return failure(f"{said}, and a run makes up to some {LEAST_FILES}", do)
    return warning(said, do) if disk.f_favail < FEW_FILES else ok(said)


def speed(subject: Subject) -> Finding:
    """Write small files and wait until they are safe, as every result of a run is written."""
    taken = []
    with probe_folder(subject) as folder:
        for number in range(WRITES):
            began = time.perf_counter()
            with (folder / str(number)).open("wb") as file:
                file.write(bytes(4096))
                file.flush()
                os.fsync(file.fileno())
            taken.append(time.perf_counter() - began)
    seconds = median(taken)
    said = f"{1000 * seconds:.1f} ms until a small file is safe"
    if seconds > TOO_SLOW_S:
        return failure(said, f"see whether the disk is ill or overloaded, or {ELSEWHERE}")
    if seconds > SLOW_S:
        return warning(
            said, f"larger chunks (features.chunk_rows) write fewer files; or {ELSEWHERE}, a local one"
        )
    return ok(said)
