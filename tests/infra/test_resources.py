"""Calls go to the workers that name the resource they need, while any does."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from matsluice.infra import resources as resources_module
from matsluice.infra.fan_out import fan_out
from matsluice.infra.mistakes import Hindered

if TYPE_CHECKING:
    from distributed import Client


@pytest.fixture
def client() -> Iterator[Client]:
    """A cluster of somebody else: two workers, which may be given resources and lose them."""
    from distributed import Client, Scheduler, SpecCluster, Worker

    def worker(**resources: float) -> dict[str, Any]:
        return {"cls": Worker, "options": {"nthreads": 2, "resources": resources, "dashboard": False}}

    options = {"host": "127.0.0.1", "port": 0, "dashboard": False}
    workers = {"plain": worker(), "small": worker(featurize=0.5), "big": worker(train=1.0)}
    with (
        SpecCluster(workers, {"cls": Scheduler, "options": options}) as cluster,
        Client(cluster.scheduler_address) as client,
    ):
        client.wait_for_workers(3)
        yield client


def where(number: int) -> str:
    from distributed import get_worker

    time.sleep(0.02)
    return str(get_worker().name)


NUMBERS = [(number,) for number in range(24)]


def test_calls_go_where_their_resource_is_named(client: Client) -> None:
    assert set(fan_out(client, where, NUMBERS, needs="train")) == {"big"}


def test_calls_go_anywhere_where_nobody_names_a_whole_unit(client: Client) -> None:
    assert len(set(fan_out(client, where, NUMBERS, needs="featurize"))) > 1
    assert len(set(fan_out(client, where, NUMBERS))) > 1


def test_the_last_worker_with_the_resource_is_gone(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources_module, "MISSING_WAIT_S", 3.0)
    monkeypatch.setattr(resources_module, "LOOK_EVERY_S", 0.1)
    (address,) = (a for a, w in client.scheduler_info(n_workers=-1)["workers"].items() if w["name"] == "big")
    results = fan_out(client, where, [(number,) for number in range(100)], needs="train")
    assert next(results) == "big"
    client.retire_workers([address], close_workers=True)
    with pytest.raises(
        Hindered,
        match=r"calls of where need a worker with the resource train, and for 3 s there has been none "
        r"\(those that are there name featurize\): start one with `dask worker tcp://\S+ --resources train=1`",
    ):
        list(results)
