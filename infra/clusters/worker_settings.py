"""How a worker that the run starts is set up, the same in every kind of cluster."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from matsluice.infra.numeric_threads import ONE_THREAD

# Shares of cluster.memory_per_worker. A worker holds next to nothing for Dask: calls read files, write files and
# return counts. What fills its memory is the call at work, which neither `target` nor `spill` can put on disk; they
# would only write warnings and touch the disk. At `pause` a worker takes no second call until the first is done, at
# `terminate` its nanny ends it before the machine, or Slurm, ends all of them, and the call is done elsewhere.
WORKER_SETTINGS: Mapping[str, bool | float | str] = MappingProxyType(
    {
        "distributed.worker.memory.target": False,
        "distributed.worker.memory.spill": False,
        "distributed.worker.memory.pause": 0.80,
        "distributed.worker.memory.terminate": 0.95,
        "distributed.admin.tick.limit": "30s",
        # A call waits for its child, which no sample of its thread's frames shows, and a thousand seconds of samples of
        # a scheduler, which may live in the run's process, are tens of megabytes.
        "distributed.worker.profile.enabled": False,
    }
)
# glibc keeps so much freed memory at hand, in bytes, and gives back what is more, so that it does not count against the
# limit. Dask's 64 KiB have every array's pages taken from the system anew: a fifth of the time of screening a batch.
ALLOCATOR: Mapping[str, str] = MappingProxyType(
    {"MALLOC_TRIM_THRESHOLD_": str(64 * 1024**2), "MALLOC_MMAP_THRESHOLD_": str(32 * 1024**2)}
)


def worker_environment() -> dict[str, str]:
    """Return the environment that sets up a worker on another machine, where only the environment reaches it.

    Examples
    --------
    >>> environment = worker_environment()
    >>> environment["DASK_DISTRIBUTED__WORKER__MEMORY__PAUSE"], environment["OMP_NUM_THREADS"]
    ('0.8', '1')
    """
    settings = {
        f"DASK_{key.upper().replace('.', '__').replace('-', '_')}": str(value)
        for key, value in WORKER_SETTINGS.items()
    }
    return {**ONE_THREAD, **ALLOCATOR, **settings}


def shared_folder_line(folder: Path) -> str:
    """Return the line of shell that ends a start where the run's folder cannot be seen, saying why.

    Workers read and write files of the workspace, so it has to be the same folder everywhere.
    """
    text = shlex.quote(f"the folder {folder} of the run is not there on")
    why = '"$(hostname): the workspace must be on a disk that all share"'
    return f"test -d {shlex.quote(str(folder))} || {{ echo {text} {why} >&2; exit 2; }}"
