"""Worker processes on this machine: up in the background, alike, and gone with the run."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from matsluice.infra.clusters import ClusterOptions, Connection, OpenCluster, connected, local
from matsluice.infra.clusters import connection as connection_module
from matsluice.infra.clusters.local import LocalOptions
from matsluice.infra.fan_out import fan_out
from matsluice.infra.mistakes import Failed

if TYPE_CHECKING:
    from distributed import Client

pytestmark = pytest.mark.cluster

StartChild = Callable[..., "subprocess.Popen[str]"]

MEMORY_BYTES = 2**30
RUN = """
import sys, time
from pathlib import Path
from matsluice.infra.clusters import connected
from matsluice.infra.clusters.local import LocalOptions
class Settings:
    options = LocalOptions()
    kind, workers, memory_per_worker_bytes, threads_per_worker, address = "local", 2, 2**30, 1, ""
if __name__ == "__main__":
    with connected(Settings(), Path(sys.argv[1]) / "scratch") as connection:
        pids = connection.wait_ready().run(__import__("os").getpid)
        Path(sys.argv[1], "pids").write_text(" ".join(map(str, pids.values())))
        print("ready", flush=True)
        sys.stdin.read()
"""


@dataclass(frozen=True)
class Settings:
    """What a campaign's [cluster] says."""

    kind: str = "local"
    workers: int = 2
    memory_per_worker_bytes: int = MEMORY_BYTES
    threads_per_worker: int = 1
    address: str = ""
    options: ClusterOptions = field(default_factory=LocalOptions)


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    with connected(Settings(), tmp_path_factory.mktemp("cluster") / "scratch") as connection:
        yield connection


@pytest.fixture
def client(connection: Connection) -> Client:
    return connection.wait_ready()


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_until_gone(pids: list[int]) -> None:
    deadline = time.monotonic() + 15
    while any(map(lives, pids)):
        assert time.monotonic() < deadline, f"{pids} are still there"
        time.sleep(0.1)


def test_the_workers_the_campaign_asks_for_are_there(client: Client) -> None:
    workers = client.scheduler_info()["workers"].values()
    assert [worker["nthreads"] for worker in workers] == [1, 1]
    assert [worker["memory_limit"] for worker in workers] == [MEMORY_BYTES, MEMORY_BYTES]
    assert len(set(client.run(os.getpid).values()) - {os.getpid()}) == 2


def test_everybody_finds_the_same_client(client: Client) -> None:
    from distributed import Client as AnyClient

    assert AnyClient.current() is client


def test_only_this_machine_can_reach_them(client: Client) -> None:
    known = client.scheduler_info()
    addresses = [known["address"], *known["workers"]]
    assert all(address.startswith("tls://127.0.0.1:") for address in addresses)


def test_other_users_of_this_machine_cannot_speak_to_them(client: Client) -> None:
    """Whoever reaches a scheduler runs code as its owner, and ports on loopback are everybody's."""
    known = client.scheduler_info()
    for address in (known["address"], *known["workers"], *client.run(os.getpid, nanny=True)):
        port = int(address.rpartition(":")[2])
        anonymous = ssl.create_default_context()
        anonymous.check_hostname, anonymous.verify_mode = False, ssl.CERT_NONE
        with (
            socket.create_connection(("127.0.0.1", port), 30) as plain,
            pytest.raises(ssl.SSLError, match=r"(?i)certificate required"),
            anonymous.wrap_socket(plain) as encrypted,
        ):
            encrypted.recv(1)


def test_somebody_elses_certificate_is_refused(client: Client) -> None:
    from distributed import Client as AnyClient
    from distributed import Security

    with pytest.raises(OSError, match=r"(?i)certificate|timed out"):
        AnyClient(
            client.scheduler_info()["address"],
            security=Security.temporary(),
            timeout=20,
            set_as_default=False,
        )


def test_the_dashboard_is_drawn_when_it_is_opened(client: Client) -> None:
    address = client.dashboard_link
    assert address.startswith("http://127.0.0.1:")
    for page in ("status", "tasks", "status"):
        with urllib.request.urlopen(address.replace("status", page), timeout=120) as answer:
            assert answer.status == 200
            assert "bokeh" in answer.read().decode().lower()
    assert fan_out_still_works(client)


def fan_out_still_works(client: Client) -> bool:
    return sorted(fan_out(client, abs, [(-1,), (-2,)])) == [1, 2]


@pytest.mark.parametrize(
    "name", ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"]
)
def test_numeric_libraries_keep_to_one_thread(client: Client, name: str) -> None:
    """More would fight for the cores, and change the order of sums and so their last bits."""
    assert set(client.run(lambda: os.environ.get(name)).values()) == {"1"}


def test_the_threads_really_are_capped(client: Client) -> None:
    def threads() -> list[int]:
        import numpy  # noqa: F401 - loads the BLAS whose threads are counted
        from threadpoolctl import threadpool_info

        return [pool["num_threads"] for pool in threadpool_info()]

    assert {number for pools in client.run(threads).values() for number in pools} == {1}


def test_workers_write_below_the_scratch_folder_only(client: Client) -> None:
    folders = set(client.run(lambda dask_worker: dask_worker.local_directory).values())
    assert all("/scratch/" in folder for folder in folders)


def test_the_signal_to_the_run_leaves_nothing_behind(tmp_path: Path, start_child: StartChild) -> None:
    child = start_child(RUN, tmp_path)
    pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    assert all(map(lives, pids))
    child.communicate("", timeout=120)  # the block ends
    assert child.returncode == 0
    assert not any(map(lives, pids))


def test_workers_do_not_outlive_a_run_that_is_killed(tmp_path: Path, start_child: StartChild) -> None:
    child = start_child(RUN, tmp_path)
    pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    child.kill()
    wait_until_gone(pids)


def test_workers_that_do_not_come_are_said_in_words(
    connection: Connection, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_module, "READY_TIMEOUT_S", 0.2)
    asked_for_three = replace(connection._starting.result(), workers=3)
    starting: Future[OpenCluster] = Future()
    starting.set_result(asked_for_three)
    waiting = Connection(starting)
    with pytest.raises(Failed, match=r"2 of 3 workers came up in 0 s: lower cluster\.workers"):
        waiting.wait_ready()


def test_what_kept_the_cluster_from_starting_is_raised(tmp_path: Path) -> None:
    (tmp_path / "scratch").write_text("a file in the place of a folder")
    with pytest.raises(FileExistsError), connected(Settings(), tmp_path / "scratch") as connection:
        connection.wait_ready()


def test_the_number_follows_the_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "IDLE_S", 1.0)

    def doze(seconds: float) -> None:
        time.sleep(seconds)

    settings = Settings(workers=3, options=LocalOptions(min_workers=0))
    with connected(settings, tmp_path / "scratch") as connection:
        client = connection.wait_ready()

        def there() -> int:
            return len(cast("dict[str, int]", client.nthreads()))

        time.sleep(3.0)
        assert there() == 1  # the run has not begun to compute
        # As many calls are under way as all workers together have in hand, however few there are now.
        assert max(there() for _ in fan_out(client, doze, [(1.0,)] * 30)) == 3
        deadline = time.monotonic() + 60
        while there():
            assert time.monotonic() < deadline
            time.sleep(0.2)
        assert list(fan_out(client, abs, [(-7,)])) == [7]
