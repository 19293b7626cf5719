"""The cluster a campaign names: there, alike, large enough, and with the same folders."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, cast

from matsluice.infra.clusters import CLUSTERS, OpenCluster, check_cluster
from matsluice.infra.doctor.check_spec import Finding, Subject, failure, ok, unused, warning
from matsluice.infra.doctor.workspace_files import probe_folder
from matsluice.infra.mistakes import Failed, InvalidInput

if TYPE_CHECKING:
    from distributed import Client

GIB = 1024**3
_OWN = "a run starts its workers itself"


def _is_foreign(subject: Subject) -> bool:
    return subject.cluster is not None and bool(getattr(subject.cluster, "address", ""))


def reachable(subject: Subject) -> Finding:
    """Do what a run does before it writes anything."""
    if subject.cluster is None:
        return unused("no campaign was named")
    try:
        check_cluster(subject.cluster)
    except InvalidInput as mistake:
        said, _, do = str(mistake).partition("; ")
        return failure(said, do or "mend [cluster]")
    where = f" at {subject.cluster.address}" if _is_foreign(subject) else f": {_OWN}"
    return ok(f"{subject.cluster.kind}{where}")


@contextmanager
def _client(subject: Subject) -> Iterator[Client]:
    """Give a client as a run has it; connecting compares the versions."""
    assert subject.cluster is not None
    module, function = CLUSTERS[subject.cluster.kind].opener.split(":")
    with TemporaryDirectory(prefix="matsluice-doctor-") as scratch:
        opened: OpenCluster = getattr(import_module(module), function)(subject.cluster, scratch)
        try:
            yield opened.client
        finally:
            opened.close()


def versions(subject: Subject) -> Finding:
    """Connect as a run connects, which refuses other versions of what decides the numbers."""
    if not _is_foreign(subject):
        return unused(_OWN)
    try:
        with _client(subject) as client:
            there = len(_workers(client))
    except Failed as mistake:
        said, _, do = str(mistake).rpartition(": ")
        return failure(said, do)
    return ok(f"scheduler and {there} workers have what is installed here")


def workers(subject: Subject) -> Finding:
    """Count the workers, and look at their limits of memory."""
    if not _is_foreign(subject):
        return unused(_OWN)
    with _client(subject) as client:
        found = _workers(client)
    assert subject.cluster is not None
    if not found:
        return failure(
            "the scheduler has no workers",
            f"start some: `dask worker {subject.cluster.address} --nthreads 1`",
        )
    asked = subject.cluster.memory_per_worker_bytes
    small = [address for address, one in found.items() if 0 < one["memory_limit"] < asked]
    if small:
        return warning(
            f"{len(small)} of {len(found)} workers have less than cluster.memory_per_worker "
            f"({asked / GIB:.1f} GiB), such as {small[0]}",
            "start them with a larger --memory-limit, or lower cluster.memory_per_worker",
        )
    return ok(f"{len(found)} workers, {sum(one['nthreads'] for one in found.values())} calls at once")


def folder(subject: Subject) -> Finding:
    """Have every worker read a file that is made in the workspace, and make one there."""
    if not _is_foreign(subject):
        return unused(_OWN)
    with probe_folder(subject) as place, _client(subject) as client:
        (place / "probe").write_text("seen")
        said = cast("dict[str, str]", client.run(_sees, str(place)))
    blind = {address: why for address, why in said.items() if why}
    if blind:
        address, why = next(iter(blind.items()))
        return failure(
            f"{len(blind)} of {len(said)} workers cannot use {subject.folder}, such as {address}: {why}",
            "put the workspace on a file system that all workers mount at the same path, writable for their account",
        )
    return ok(f"{len(said)} workers read and write there")


def _sees(place: str) -> str:
    """Return why a worker cannot read and write in a folder, "" where it can; it runs on the worker."""
    import os
    import tempfile

    try:
        with open(os.path.join(place, "probe"), encoding="utf-8") as file:  # noqa: PTH118, PTH123
            file.read()
        with tempfile.NamedTemporaryFile(dir=place):
            return ""
    except OSError as error:
        return error.strerror or str(error)


def _workers(client: Client) -> dict[str, Any]:
    found: dict[str, Any] = client.scheduler_info(n_workers=-1)["workers"]
    return found
