"""From the keys of kind = "slurm" to the jobs that dask-jobqueue writes and submits."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from matsluice.infra.clusters.opened import ClusterSettings
from matsluice.infra.clusters.own_scheduler import encryption_words
from matsluice.infra.clusters.slurm_options import SlurmOptions
from matsluice.infra.clusters.slurm_words import memory_bytes, walltime_seconds
from matsluice.infra.clusters.worker_settings import shared_folder_line, worker_environment

JOB_NAME = "matsluice"
# Beside a worker a job holds its nanny and the child process in which blocks are computed.
ROOM_BYTES_PER_WORKER = 512 * 1024**2
# How long a worker tries to reach a run that is not there (any more).
ORPHAN_WAIT_S = 120


@dataclass(frozen=True, slots=True)
class JobShape:
    """One job, whatever it is for.

    Attributes
    ----------
    workers, threads
        Workers of the job, and the calls each runs at once.
    worker_bytes, job_bytes
        Limit of a worker, and what is asked of Slurm for all of them.
    resource
        What the workers name, or "".
    queue, walltime, directives
        As in the campaign file.
    """

    workers: int
    threads: int
    worker_bytes: int
    job_bytes: int
    resource: str
    queue: str
    walltime: str
    directives: tuple[str, ...]


def shapes_of(settings: ClusterSettings) -> Mapping[str, tuple[JobShape, int]]:
    """Return resource, or "", → the shape of its jobs and how many there may be."""
    options = settings.options
    assert isinstance(options, SlurmOptions)
    workers = options.workers_per_job
    asked = workers * (settings.memory_per_worker_bytes + ROOM_BYTES_PER_WORKER)
    first = JobShape(
        workers=workers,
        threads=settings.threads_per_worker,
        worker_bytes=settings.memory_per_worker_bytes,
        job_bytes=memory_bytes(options.memory) if options.memory else asked,
        resource="featurize" if options.train else "",
        queue=options.queue,
        walltime=options.walltime,
        directives=options.directives,
    )
    shapes = {first.resource: (first, settings.workers // workers)}
    train = options.train
    if train is not None:
        job = memory_bytes(train.memory)
        shapes["train"] = (
            JobShape(
                workers=1,
                threads=train.threads_per_worker or settings.threads_per_worker,
                worker_bytes=max(job // 2, job - ROOM_BYTES_PER_WORKER),
                job_bytes=job,
                resource="train",
                queue=options.queue if train.queue is None else train.queue,
                walltime=train.walltime or options.walltime,
                directives=options.directives if train.directives is None else train.directives,
            ),
            train.workers,
        )
    return MappingProxyType(shapes)


def lifetime(walltime_s: float) -> tuple[float, float]:
    """Return how long a worker lives before it leaves of itself, and by how much that is spread (s).

    Slurm ends a job at its walltime whatever it does. A worker leaves before, having handed on what it holds; the
    spread keeps a hundred workers that came together from leaving together. Counted from the worker's start,
    which is later than the job's.

    Examples
    --------
    >>> lifetime(60.0), lifetime(3600.0)
    ((40.0, 5.0), (3200.0, 100.0))
    """
    margin = min(300.0, max(15.0, 0.15 * walltime_s))
    spread = margin / 3
    return walltime_s - margin - spread, spread


def job_arguments(shape: JobShape, options: SlurmOptions, scratch: Path) -> dict[str, Any]:
    """Return the arguments of dask-jobqueue's SLURMJob; every one is given, so that no file in a home counts.

    Parameters
    ----------
    shape
        The job.
    options
        What all jobs share.
    scratch
        The run's folder for the jobs' output, and for what workers keep where the campaign names no other.
    """
    lives, spread = lifetime(walltime_seconds(shape.walltime))
    words = [
        "--no-dashboard",
        "--lifetime",
        f"{lives:.0f}s",
        "--lifetime-stagger",
        f"{spread:.0f}s",
        *encryption_words(options.tls),
    ]
    if shape.resource:
        words += ["--resources", f"{shape.resource}={shape.threads}"]
    exports = [f"export {name}={shlex.quote(text)}" for name, text in worker_environment().items()]
    return {
        "queue": _or_none(shape.queue),
        "account": _or_none(options.account),
        "walltime": shape.walltime,
        "cores": shape.workers * shape.threads,
        # cluster.cores is for jobs of several workers; those for training have one each.
        "job_cpu": None if shape.resource == "train" else options.cores,
        "processes": shape.workers,
        "memory": shape.workers * shape.worker_bytes,
        "job_mem": f"{-(-shape.job_bytes // 1024**2)}M",
        # The environment of the run, and no second start by Slurm of a job that the run has replaced.
        "job_extra_directives": [
            f'--output="{scratch}/jobs/{JOB_NAME}-%j.log"',
            "--export=ALL",
            "--no-requeue",
            *shape.directives,
        ],
        "job_directives_skip": [],
        "job_script_prologue": [*options.setup, shared_folder_line(scratch), *exports],
        "python": shlex.quote(options.python or sys.executable),
        "interface": _or_none(options.interface),
        "local_directory": options.scratch or shlex.quote(str(scratch)),
        "log_directory": None,  # it would be written without quotes
        "death_timeout": ORPHAN_WAIT_S,
        "worker_command": "distributed.cli.dask_worker",
        "worker_extra_args": words,
        "nanny": True,
        "shebang": "#!/usr/bin/env bash",
        "job_name": JOB_NAME,
        "protocol": None,
    }


def _or_none(text: str) -> str | None:
    """Return a word of the campaign file, or None where it is left to Slurm."""
    return text or None
