"""Memory and processors of this machine, where a campaign starts its workers here."""

from __future__ import annotations

from matsluice.infra.doctor.check_spec import Finding, Subject, failure, ok, unused, warning

GIB = 1024**3
FOR_THE_REST = 1.5 * GIB  # the flow, its servers and the scheduler, of the first campaign


def _workers_here(subject: Subject) -> bool:
    return subject.cluster is not None and subject.cluster.kind == "local"


def memory(subject: Subject) -> Finding:
    """Compare what the workers may take with what there is; limits of containers and shells count."""
    if not _workers_here(subject):
        return unused("the campaign starts no workers on this machine")
    from distributed.system import MEMORY_LIMIT

    cluster = subject.cluster
    assert cluster is not None
    asked = cluster.workers * cluster.memory_per_worker_bytes
    said = (
        f"{cluster.workers} × {cluster.memory_per_worker_bytes / GIB:.1f} GiB of {MEMORY_LIMIT / GIB:.1f} GiB"
    )
    do = "lower cluster.workers or cluster.memory_per_worker"
    if asked > MEMORY_LIMIT:
        return failure(f"{said}: the kernel would end workers", do)
    if asked + FOR_THE_REST > MEMORY_LIMIT:
        return warning(f"{said}: little is left for the run itself and its servers", do)
    return ok(said)


def processors(subject: Subject) -> Finding:
    """Compare the calls that run at once with the processors this process may use."""
    if not _workers_here(subject):
        return unused("the campaign starts no workers on this machine")
    from dask.system import CPU_COUNT

    cluster = subject.cluster
    assert cluster is not None
    at_once = cluster.workers * cluster.threads_per_worker
    said = f"{at_once} calls at once on {CPU_COUNT} processors"
    if at_once > CPU_COUNT:
        return warning(
            f"{said}: they wait for one another, and rows may run into row_timeout",
            f"cluster.workers = {max(1, CPU_COUNT // cluster.threads_per_worker)} is as fast",
        )
    return ok(said)
