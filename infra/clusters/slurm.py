"""Workers in jobs of Slurm, which the run submits, watches, replaces and ends."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matsluice.infra.clusters.between_hosts import wait_as_between_hosts
from matsluice.infra.clusters.group import Group
from matsluice.infra.clusters.jobqueue import slurm_job_class
from matsluice.infra.clusters.opened import ClusterSettings, OpenCluster, opened_by_run
from matsluice.infra.clusters.own_scheduler import scheduler_settings
from matsluice.infra.clusters.slurm_jobs import JobShape, job_arguments, shapes_of
from matsluice.infra.clusters.slurm_options import SlurmOptions

# A job that is let go is queued for anew; so long without work before it is.
IDLE_S = 60.0


def open_cluster(settings: ClusterSettings, scratch: Path) -> OpenCluster:
    """Start a scheduler in this process, which nodes must be able to reach, and submit the first jobs.

    Parameters
    ----------
    settings
        Workers, their memory and threads; `options` is a SlurmOptions.
    scratch
        Folder that this host and the nodes share.
    """
    from matsluice.infra.clusters.slurm_cluster import SlurmCluster

    options = settings.options
    assert isinstance(options, SlurmOptions)
    wait_as_between_hosts()
    logs = scratch / "jobs"
    logs.mkdir(parents=True, exist_ok=True)
    cluster = SlurmCluster(
        groups=_groups(shapes_of(settings), options, scratch),
        logs=logs,
        name="slurm",
        **scheduler_settings(options.interface, options.tls),
    )
    return opened_by_run(cluster, None, cluster.awaited)


def _groups(shapes: Mapping[str, tuple[JobShape, int]], options: SlurmOptions, scratch: Path) -> list[Group]:
    groups = []
    for resource, (shape, jobs) in shapes.items():
        # Those for training are only there while there is something to fit.
        kept = 0 if resource == "train" else options.min_workers
        spec: dict[str, Any] = {"cls": slurm_job_class(), "options": job_arguments(shape, options, scratch)}
        if shape.workers > 1:
            spec["group"] = [f"-{number}" for number in range(shape.workers)]
        groups.append(
            Group(
                at_least=jobs if options.min_workers is None else -(-(kept or 0) // shape.workers),
                at_most=jobs,
                calls_at_once=shape.workers * shape.threads,
                idle_s=IDLE_S,
                spec=spec,
                resource=resource,
            )
        )
    return groups
