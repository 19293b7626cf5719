"""What a cluster that runs already consists of, without computing anything on it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from matsluice.infra.clusters.encryption import check_certificates
from matsluice.infra.clusters.kinds import CLUSTERS
from matsluice.infra.clusters.opened import ClusterSettings
from matsluice.infra.clusters.scheduler import check_answers, connect
from matsluice.infra.clusters.versions import differences, versions_here, versions_there

if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping

    from distributed import Client


@dataclass(frozen=True, slots=True)
class SeenWorker:
    """One worker.

    Attributes
    ----------
    address, host
        Where it listens, and on which host.
    threads
        How many calls it runs at once.
    memory_bytes
        Its limit, 0 where it has none.
    resources
        What it was said to have, such as {"train": 1}.
    computing
        Calls it has in hand now.
    other_versions
        What it has of another version than this process.
    """

    address: str
    host: str
    threads: int
    memory_bytes: int
    resources: Mapping[str, float]
    computing: int
    other_versions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SeenCluster:
    """A scheduler and its workers.

    Attributes
    ----------
    kind, address, dashboard
        As the campaign names it, where the scheduler listens, and where its page is.
    certificates_expire
        When the first of the certificates does, None where they are not the campaign's.
    scheduler_other_versions
        What the scheduler has of another version than this process.
    workers
        In order of address.
    """

    kind: str
    address: str
    dashboard: str
    certificates_expire: datetime.datetime | None
    scheduler_other_versions: tuple[str, ...]
    workers: tuple[SeenWorker, ...]


def look_at(settings: ClusterSettings) -> SeenCluster | None:
    """Look at a cluster, or return None where it is of a kind that a run starts and ends.

    Raises
    ------
    InvalidInput
        Nothing answers at its address, or its certificates cannot be used.
    Hindered
        It has another Dask, or cannot import matsluice.
    """
    if not CLUSTERS[settings.kind].has_address:
        return None
    check_answers(settings)
    expire = check_certificates(Path(settings.options.tls), ["client"]) if settings.options.tls else None
    client = connect(settings)
    try:
        return _seen(client, settings, expire)
    finally:
        client.close()


def _seen(client: Client, settings: ClusterSettings, expire: datetime.datetime | None) -> SeenCluster:
    here = versions_here()
    other = {who: tuple(differences(here, there)) for who, there in versions_there(client).items()}
    # Only an asynchronous client gives something to await. Without a number Dask tells of five workers.
    known = cast("dict[str, Any]", client.scheduler_info(n_workers=-1))
    workers = [
        SeenWorker(
            address=address,
            host=worker["host"],
            threads=worker["nthreads"],
            memory_bytes=worker["memory_limit"],
            resources=worker["resources"],
            computing=worker["metrics"]["task_counts"].get("executing", 0),
            other_versions=other.get(f"the worker {address}", ("does not answer",)),
        )
        for address, worker in sorted(known["workers"].items())
    ]
    return SeenCluster(
        kind=settings.kind,
        address=known["address"],
        dashboard=client.dashboard_link or "",
        certificates_expire=expire,
        scheduler_other_versions=other["the scheduler"],
        workers=tuple(workers),
    )
