"""Worker processes on this machine."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from matsluice.infra.clusters.threads import ONE_THREAD

if TYPE_CHECKING:
    from distributed import LocalCluster


def open_cluster(workers: int, memory_per_worker_bytes: int, scratch: Path) -> LocalCluster:
    """Start a scheduler and `workers` processes of one thread each, listening on loopback only.

    Parameters
    ----------
    workers
        Number of worker processes.
    memory_per_worker_bytes
        A worker that holds more is restarted by its nanny.
    scratch
        Folder for what workers spill.
    """
    import dask
    from distributed import LocalCluster

    settings = {
        "distributed.nanny.pre-spawn-environ": {**ONE_THREAD, "MALLOC_TRIM_THRESHOLD_": "65536"},
        "distributed.worker.memory.target": False,
        "distributed.worker.memory.spill": False,
        "distributed.worker.preload": ["matsluice.infra.clusters.quiet_worker"],
        "distributed.admin.tick.limit": "30s",
    }
    with dask.config.set(settings):
        return LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            memory_limit=memory_per_worker_bytes,
            local_directory=str(scratch),
            dashboard_address="127.0.0.1:0",
            host="127.0.0.1",
            # A worker that loses its scheduler says so with a stack trace; the run says what it means.
            silence_logs=logging.CRITICAL,
        )
