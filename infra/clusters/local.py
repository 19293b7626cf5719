"""Worker processes on this machine."""

from __future__ import annotations

import logging
from pathlib import Path

from matsluice.infra.clusters.cluster_options import EncryptedOptions, GrowingOptions
from matsluice.infra.clusters.encryption import of_this_run_only, security_of
from matsluice.infra.clusters.group import Group
from matsluice.infra.clusters.opened import ClusterSettings, OpenCluster, opened_by_run
from matsluice.infra.clusters.own_scheduler import check_own_certificates
from matsluice.infra.clusters.worker_settings import ALLOCATOR, WORKER_SETTINGS
from matsluice.infra.numeric_threads import ONE_THREAD

# A worker here is there again within seconds, so one that has nothing to do need not stay.
IDLE_S = 10.0


class LocalOptions(GrowingOptions, EncryptedOptions):
    """The number of workers may follow the work, and others on this machine may be kept out."""


def check_startable(settings: ClusterSettings) -> None:
    """Raise InvalidInput where the certificates that the campaign names cannot be used."""
    assert isinstance(settings.options, LocalOptions)
    check_own_certificates(settings.options.tls)


def open_cluster(settings: ClusterSettings, scratch: Path) -> OpenCluster:
    """Start a scheduler and worker processes that listen on loopback only.

    Parameters
    ----------
    settings
        Number of workers, calls that one runs at once, and the memory beyond which its nanny restarts it.
    scratch
        Folder for what workers spill.
    """
    import dask.config

    from matsluice.infra.clusters.dashboard import NOT_DRAWN_YET, draw_when_opened
    from matsluice.infra.clusters.kept_cluster import KeptCluster

    assert isinstance(settings.options, LocalOptions)
    least = settings.options.min_workers
    at_least = settings.workers if least is None else least
    configuration = {
        **WORKER_SETTINGS,
        "distributed.nanny.pre-spawn-environ": {**ONE_THREAD, **ALLOCATOR},
        "distributed.scheduler.preload": ["matsluice.infra.clusters.forgetful_scheduler"],
        # Nothing of ours stands in a folder of /tmp whose name others know.
        "temporary-directory": str(scratch),
        "distributed.worker.preload": ["matsluice.infra.clusters.quiet_worker"],
    }
    with dask.config.set(configuration):
        cluster = KeptCluster(
            groups=[Group(at_least, settings.workers, settings.threads_per_worker, IDLE_S)],
            n_workers=max(1, at_least),
            threads_per_worker=settings.threads_per_worker,
            processes=True,
            memory_limit=settings.memory_per_worker_bytes,
            local_directory=str(scratch),
            dashboard_address="127.0.0.1:0",
            scheduler_kwargs=NOT_DRAWN_YET,
            host="127.0.0.1",
            # What a person has set for numpy in the shell goes before the configuration, and not before this.
            env=ONE_THREAD,
            # A worker that loses its scheduler says so with a stack trace; the run says what it means.
            silence_logs=logging.CRITICAL,
            security=security_of(Path(settings.options.tls)) if settings.options.tls else of_this_run_only(),
        )
    draw_when_opened(cluster.scheduler)
    return opened_by_run(cluster, max(1, at_least))
