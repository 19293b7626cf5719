"""Loaded by every local worker: signals are the run's to answer."""

from __future__ import annotations

import signal


def dask_setup(_worker: object) -> None:
    """Ignore SIGINT and SIGTERM, which a terminal, Slurm and Kubernetes send to workers too.

    The run stops its workers, or their end of its pipe does when the run is gone.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
