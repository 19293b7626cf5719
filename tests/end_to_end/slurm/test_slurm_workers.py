"""Workers in jobs of a real Slurm: they come, go with the work, and are replaced, whatever Slurm says."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from matsluice.infra.clusters import ClusterOptions, Connection, connected
from matsluice.infra.clusters import slurm as slurm_kind
from matsluice.infra.clusters.certificates import make_certificates
from matsluice.infra.clusters.slurm_options import SlurmOptions, TrainWorkers
from matsluice.infra.fan_out import fan_out
from matsluice.infra.mistakes import Hindered

if TYPE_CHECKING:
    from distributed import Client

    from tests.end_to_end.slurm.conftest import Slurm

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(600)]


@dataclass(frozen=True)
class Settings:
    """What a campaign's [cluster] says."""

    workers: int = 2
    options: ClusterOptions = field(default_factory=SlurmOptions)
    kind: str = "slurm"
    memory_per_worker_bytes: int = 2**30
    threads_per_worker: int = 1
    address: str = ""


Connect = Callable[..., AbstractContextManager[Connection]]


@pytest.fixture
def connect(slurm: Slurm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connect]:
    """A function: a cluster with keys of kind = "slurm"; afterwards no job of it is left."""
    monkeypatch.setenv("SLURM_CONF", slurm.settings)

    def open_one(workers: int = 2, **keys: Any) -> AbstractContextManager[Connection]:
        return connected(Settings(workers, SlurmOptions(interface="lo", **keys)), tmp_path / "scratch")

    yield open_one
    slurm.let_have(1000)
    slurm.wait_until(lambda: not slurm.jobs("PENDING", "RUNNING", "COMPLETING"))


def calls(count: int, seconds: float) -> list[tuple[int, float]]:
    return [(number, seconds) for number in range(count)]


def there(client: Client) -> set[str]:
    """Return the names of the workers that are there."""
    workers = cast("dict[str, dict[str, str]]", client.scheduler_info(n_workers=-1)["workers"])
    return {worker["name"] for worker in workers.values()}


def test_number_follows_the_work(connect: Connect, slurm: Slurm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slurm_kind, "IDLE_S", 3.0)

    def doze(number: int, seconds: float) -> int:
        time.sleep(seconds)
        return number

    with connect(workers=3, min_workers=0) as connection:
        client = connection.wait_ready()
        assert len(there(client)) == 1
        most = 0
        for _ in fan_out(client, doze, calls(30, 1.5)):
            most = max(most, len(there(client)))
        assert most == 3
        slurm.wait_until(lambda: not there(client))
        # There is no worker now, and for the next calls there are some again.
        assert sorted(fan_out(client, doze, calls(4, 0.1))) == [0, 1, 2, 3]


def test_limit_of_submitted_jobs(connect: Connect, slurm: Slurm) -> None:
    """Slurm takes one job and refuses the others: the run goes on with what came, and takes more when it may."""

    def doze(number: int, seconds: float) -> int:
        time.sleep(seconds)
        return number

    slurm.let_have(1)
    with connect(workers=3) as connection:
        client = connection.wait_ready()
        assert sorted(fan_out(client, doze, calls(6, 0.5))) == list(range(6))
        assert len(there(client)) == 1
        assert "Slurm takes no job: " not in client.cluster.trouble  # type: ignore[union-attr]
        slurm.let_have(1000)
        slurm.wait_until(lambda: len(there(client)) == 3, timeout_s=400)


def test_no_job_is_taken(connect: Connect, slurm: Slurm) -> None:
    slurm.let_have(0)
    said: list[str] = []
    with connect() as connection:

        def hear(text: str) -> None:
            said.append(text)
            if "job submit limit" in text:
                slurm.let_have(1000)

        assert connection.wait_ready(hear) is not None
    assert any(text.startswith("Slurm takes no job: ") and "job submit limit" in text for text in said), said


def test_jobs_that_start_no_worker(connect: Connect) -> None:
    lines = ("echo 'module: command not found' >&2", "exit 1")
    with (
        pytest.raises(
            Hindered, match=r"Slurm jobs in a row ended .* said: module: command not found\. Look at"
        ),
        connect(setup=lines) as connection,
    ):
        connection.wait_ready()


def test_controller_that_does_not_answer(
    connect: Connect, slurm: Slurm, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is known of the jobs then, so none is given up, and the workers go on."""
    from matsluice.infra.clusters import slurm_cluster
    from matsluice.infra.clusters.slurm_commands import Job, SlurmRefusal, my_jobs

    asked = 0

    def silent(_ids: object) -> dict[str, Job]:
        nonlocal asked
        asked += 1
        raise SlurmRefusal("Unable to contact slurm controller (connect failure)")

    def doze(number: int, seconds: float) -> int:
        time.sleep(seconds)
        return number

    with connect() as connection:
        client = connection.wait_ready()
        slurm.wait_until(lambda: len(there(client)) == 2)
        before = there(client)
        monkeypatch.setattr(slurm_cluster, "my_jobs", silent)
        assert sorted(fan_out(client, doze, calls(20, 1.5))) == list(range(20))
        assert asked >= 2
        assert there(client) == before
        monkeypatch.setattr(slurm_cluster, "my_jobs", my_jobs)


def test_workers_that_differ(connect: Connect) -> None:
    def where(number: int) -> str:
        from distributed import get_worker

        return str(get_worker().name)

    train = TrainWorkers(workers=1, memory="1G", threads_per_worker=2, queue="long")
    with connect(workers=2, workers_per_job=2, train=train) as connection:
        client = connection.wait_ready()
        numbers = [(number,) for number in range(12)]
        featurized = set(fan_out(client, where, numbers, needs="featurize"))
        trained = set(fan_out(client, where, numbers, needs="train"))
        assert featurized <= {"job1-0", "job1-1"}
        assert trained == {"job2"}


def test_walltime_that_runs_out(connect: Connect, slurm: Slurm) -> None:
    def who(seconds: float) -> str:
        from distributed import get_worker

        time.sleep(seconds)
        return str(get_worker().name)

    with connect(workers=1, walltime="00:01:00") as connection:
        client = connection.wait_ready()
        names = list(fan_out(client, who, [(1.0,)] * 60))
        assert len(names) == 60
        assert {"job1", "job2"} <= set(names)


def test_call_that_is_longer_than_any_job(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each worker leaves before the call is done, which Dask would try for ever."""
    from matsluice.infra.clusters import cut_short

    monkeypatch.setattr(cut_short, "TIMES_AT_MOST", 1)

    def long_fit(seconds: float) -> None:
        time.sleep(seconds)

    with connect(workers=1, walltime="00:01:00") as connection:
        client = connection.wait_ready()
        with pytest.raises(Hindered, match=r"a call of long_fit was cut short .* raise cluster\.walltime"):
            list(fan_out(client, long_fit, [(300.0,)]))


def test_workers_with_certificates(connect: Connect, tmp_path: Path) -> None:
    made = make_certificates(tmp_path / "certs of ours")
    with connect(workers=1, tls=str(made.path)) as connection:
        client = connection.wait_ready()
        assert list(fan_out(client, abs, [(-3,)])) == [3]
        known = client.scheduler_info(n_workers=-1)
        assert [address[:6] for address in (known["address"], *known["workers"])] == ["tls://", "tls://"]
