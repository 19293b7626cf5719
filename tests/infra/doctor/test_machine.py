from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from matsluice.infra.doctor import Subject

if TYPE_CHECKING:
    from matsluice.infra.clusters import ClusterSettings
    from tests.infra.doctor.conftest import Look, NotOk

Cluster = Callable[..., "ClusterSettings"]


def test_workers_that_fit(look: Look, subject: Subject, cluster: Cluster) -> None:
    one = replace(subject, cluster=cluster("workers = 1", 'memory_per_worker = "256MiB"'))
    assert look("machine.memory", one).status == "ok"
    assert look("machine.processors", one).status == "ok"


def test_workers_elsewhere(look: Look, subject: Subject, cluster: Cluster) -> None:
    foreign = replace(subject, cluster=cluster('kind = "scheduler"', 'address = "tcp://192.0.2.1:8786"'))
    for name in ("machine.memory", "machine.processors"):
        assert look(name, foreign).status == look(name).status == "unused"


def test_too_little_memory(not_ok: NotOk, subject: Subject, cluster: Cluster) -> None:
    many = replace(subject, cluster=cluster("workers = 200", 'memory_per_worker = "1TiB"'))
    not_ok(
        "machine.memory",
        many,
        said=r"200 × 1024\.0 GiB of \d+\.\d GiB: the kernel",
        do="lower cluster.workers",
    )


def test_nothing_left_for_the_run(not_ok: NotOk, subject: Subject, cluster: Cluster) -> None:
    from distributed.system import MEMORY_LIMIT

    all_of_it = cluster("workers = 1", f'memory_per_worker = "{MEMORY_LIMIT // 2**20}MiB"')
    not_ok(
        "machine.memory",
        replace(subject, cluster=all_of_it),
        said="little is left for the run itself",
        do="memory_per_worker",
        status="warning",
    )


def test_too_few_processors(not_ok: NotOk, subject: Subject, cluster: Cluster) -> None:
    many = replace(subject, cluster=cluster("workers = 5000", 'memory_per_worker = "256MiB"'))
    not_ok(
        "machine.processors",
        many,
        said=r"5000 calls at once on \d+ processors",
        do=r"cluster.workers = \d+ is as fast",
        status="warning",
    )
