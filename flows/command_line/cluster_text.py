"""What `matsluice cluster` prints."""

from __future__ import annotations

import datetime
import json
import shlex
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matsluice.infra.clusters.kinds import CLUSTERS

if TYPE_CHECKING:
    from matsluice.infra.clusters.overview import SeenCluster, SeenWorker

# Before certificates expire, when a person should know.
SOON = datetime.timedelta(days=30)


def cluster_record(kind: str, seen: SeenCluster | None) -> dict[str, Any]:
    """Return what is known of a cluster as JSON can hold it."""
    if seen is None:
        return {"kind": kind, "runs": False, "workers": []}
    expire = seen.certificates_expire
    record = asdict(seen) | {"runs": True, "certificates_expire": expire.isoformat() if expire else None}
    return record | {"calls_at_once": sum(worker.threads for worker in seen.workers)}


def cluster_lines(kind: str, seen: SeenCluster | None) -> Iterator[str]:
    """Give the lines about a cluster."""
    if seen is None:
        yield f"{kind}: {CLUSTERS[kind].summary}; there is none until then"
        return
    yield f"scheduler  {seen.address}"
    if seen.dashboard:
        yield f"dashboard  {seen.dashboard}"
    yield f"encrypted  {_encrypted(seen)}"
    calls = sum(worker.threads for worker in seen.workers)
    yield f"workers    {len(seen.workers)}, {calls} {'call' if calls == 1 else 'calls'} at once"
    if not seen.workers:
        return
    yield ""
    yield f"{'worker':<28}{'threads':>8}{'memory':>10}{'in hand':>9}  resources"
    for worker in seen.workers:
        yield _worker_line(worker)


def _encrypted(seen: SeenCluster) -> str:
    if seen.certificates_expire is None:
        return "yes, by Dask's own configuration" if seen.address.startswith("tls://") else "no"
    until = f"yes, certificates valid until {seen.certificates_expire:%Y-%m-%d}"
    soon = seen.certificates_expire - datetime.datetime.now(tz=datetime.UTC) < SOON
    return f"{until}: make new ones soon" if soon else until


def _worker_line(worker: SeenWorker) -> str:
    resources = ", ".join(f"{name} {amount:g}" for name, amount in sorted(worker.resources.items()))
    memory = f"{worker.memory_bytes / 1024**3:.3g} GiB" if worker.memory_bytes else "no limit"
    place = worker.address.partition("://")[2]
    return f"{place:<28}{worker.threads:>8}{memory:>10}{worker.computing:>9}  {resources or '-'}"


def what_is_wrong(seen: SeenCluster) -> str:
    """Return one sentence where a run would refuse the cluster, naming every difference once; else ""."""
    found = Counter(difference for worker in seen.workers for difference in worker.other_versions)
    said = [f"{difference} (the scheduler)" for difference in seen.scheduler_other_versions]
    said += [f"{difference} ({count} of {len(seen.workers)} workers)" for difference, count in found.items()]
    return f"not the same everywhere: {'; '.join(said)}: install the same on all" if said else ""


def certificate_lines(
    folder: Path, dask_file: Path, hosts: Sequence[str], expire: datetime.datetime
) -> Iterator[str]:
    """Give what to do with new certificates: the lines to start scheduler and workers with, and the file's."""
    host = hosts[0] if hosts else "HOST"
    at = f"tls://{f'[{host}]' if ':' in host else host}:8786"
    with_file = f"DASK_CONFIG={shlex.quote(str(dask_file))}"
    yield f"wrote {folder}: certificates of scheduler, worker and client, valid until {expire:%Y-%m-%d}"
    yield ""
    yield "On the scheduler's host:"
    yield f"  {with_file} dask scheduler --port 8786"
    yield "On every host that computes:"
    yield f"  {with_file} dask worker {at}"
    yield "In the campaign file:"
    yield "  [cluster]"
    yield '  kind = "scheduler"'
    yield f'  address = "{at}"'
    yield f"  tls = {json.dumps(str(folder.absolute()), ensure_ascii=False)}"
    yield ""
    yield "A host that does not see this folder needs a copy: ca.pem, the two files of its"
    yield "role, and dask.yaml with the paths of that host. Who has a key can compute in"
    yield "your name. ca-key.pem signs certificates, and none of them needs it."
