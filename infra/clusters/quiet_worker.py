"""Loaded by every local worker: Ctrl-C is the run's to answer."""

from __future__ import annotations

import signal


def dask_setup(_worker: object) -> None:
    """Ignore SIGINT, which a terminal sends to workers too; the run stops them, or their end of its pipe does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
