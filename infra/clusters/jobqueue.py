"""dask-jobqueue, imported without what its import does to this process and to a person's home."""

from __future__ import annotations

import signal
from functools import cache
from typing import TYPE_CHECKING
from unittest.mock import patch

if TYPE_CHECKING:
    from dask_jobqueue.slurm import SLURMJob

# What dask-jobqueue looks up in a person's files where it is given None.
LOOKED_UP = (
    "queue",
    "account",
    "project",
    "job-cpu",
    "job-mem",
    "interface",
    "job-extra",
    "extra",
    "env-extra",
    "header-skip",
    "log-directory",
)


def slurm_job_class() -> type[SLURMJob]:
    """Return dask-jobqueue's job of Slurm, which leaves to Slurm what it is not told.

    Importing the package takes Ctrl-C for itself, which is the run's to answer and which only the main thread may do
    at all, and writes a file of settings into a person's home; neither is wanted here.
    """
    import dask.config

    found = _imported()
    dask.config.set({f"jobqueue.slurm.{key}": None for key in LOOKED_UP})
    return found


@cache
def _imported() -> type[SLURMJob]:
    import dask.config

    with patch.object(signal, "signal"), patch.object(dask.config, "ensure_file"):
        from dask_jobqueue.slurm import SLURMJob

    from distributed import Status

    class ClosedJob(SLURMJob):
        """A job that is known as closed once it is: Dask's cluster looks, and dask-jobqueue does not say."""

        async def close(self) -> None:
            await super().close()  # type: ignore[no-untyped-call]
            self.status = Status.closed

    return ClosedJob
