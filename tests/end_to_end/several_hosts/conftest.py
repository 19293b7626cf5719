"""Several hosts on one machine: network namespaces that a bridge joins, each with an address of its own.

What stands in a namespace sees its own loopback and one cable, and nothing of this machine's network sees it. The
disk is shared, as it is on a cluster.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

import matsluice.infra

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Answer, Call, CampaignFolder, MakeFolder

BIN = Path(sys.executable).parent
SETTINGS = Path(str(matsluice.infra.__file__)).parent / "dask" / "several-hosts.yaml"
NUMBERS = ("cv_predictions.parquet", "hits.parquet", "hits.csv", "rejected.parquet")
PORT = 8786  # of its own address, so nobody else's


def ip(*words: str) -> None:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(f"ip {' '.join(words)}: {done.stderr.strip()}")


@dataclass
class Host:
    """A network namespace, its address, and what runs there."""

    name: str
    namespace: str
    switch: str
    port: str
    address: str
    log: Path
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def prefix(self) -> tuple[str, ...]:
        """What makes a command run here; it becomes the command, so the process id is the command's."""
        return ("nsenter", f"--net=/run/netns/{self.namespace}", "--")

    def start(self, *words: str | Path, environment: dict[str, str] | None = None) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            self.processes.append(
                subprocess.Popen(
                    [*self.prefix, *words],
                    stdout=log,
                    stderr=log,
                    env={**os.environ, "DASK_CONFIG": str(SETTINGS), **(environment or {})},
                    start_new_session=True,
                )
            )
        return self.processes[-1]

    def unplug(self) -> None:
        """Take the cable out: nobody gets a word from here any more, not even that it has gone."""
        ip("-n", self.switch, "link", "set", self.port, "down")

    def plug(self) -> None:
        ip("-n", self.switch, "link", "set", self.port, "up")

    def lose_packets(self) -> None:
        """As where a switch fails: the cable looks well, and nothing comes out at its other end."""
        ip("-n", self.switch, "link", "set", self.port, "nomaster")

    def die(self) -> None:
        """Be gone for good, power and all."""
        self.unplug()
        self.end(signal.SIGKILL)

    def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        for process in self.processes:
            try:
                os.killpg(process.pid, number)
            except ProcessLookupError:
                continue
        for process in self.processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(20)


class Network:
    """Hosts that a bridge joins; gone with everything that runs on them when it is closed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.hosts: dict[str, Host] = {}
        self.mark = uuid4().hex[:8]
        self.switch = self._namespace("switch")
        ip("-n", self.switch, "link", "add", "bridge", "type", "bridge")
        ip("-n", self.switch, "link", "set", "bridge", "up")

    def _namespace(self, name: str) -> str:
        namespace = f"matsluice-{self.mark}-{name}"
        ip("netns", "add", namespace)
        return namespace

    def add(self, name: str) -> Host:
        number = len(self.hosts) + 1
        port, namespace = f"port{number}", self._namespace(name)
        host = Host(name, namespace, self.switch, port, f"10.77.0.{number}", self.folder / f"{name}.log")
        self.hosts[name] = host
        ip(
            "link",
            "add",
            "eth0",
            "netns",
            namespace,
            "type",
            "veth",
            "peer",
            "name",
            port,
            "netns",
            self.switch,
        )
        ip("-n", self.switch, "link", "set", port, "master", "bridge", "up")
        ip("-n", namespace, "address", "add", f"{host.address}/24", "dev", "eth0")
        for device in ("lo", "eth0"):
            ip("-n", namespace, "link", "set", device, "up")
        return host

    def close(self) -> None:
        for host in self.hosts.values():
            host.end()
        for name in ("switch", *self.hosts):
            # Cables and the bridge go with the namespaces they end in.
            subprocess.run(["ip", "netns", "delete", f"matsluice-{self.mark}-{name}"], check=False)


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Network]:
    """A network without hosts."""
    if not (shutil.which("ip") and shutil.which("nsenter")):
        pytest.skip("ip and nsenter (packages iproute2, util-linux) are not installed")
    try:
        made = Network(tmp_path)
    except OSError as error:
        pytest.skip(f"network namespaces cannot be made here: {error}")
    try:
        yield made
    finally:
        made.close()


@dataclass
class Cluster:
    """A scheduler, two workers and a driver, each on a host of its own, started as an administrator does."""

    network: Network
    scheduler: Host
    workers: tuple[Host, Host]
    driver: Host
    folder: CampaignFolder

    @property
    def address(self) -> str:
        return f"tcp://{self.scheduler.address}:{PORT}"

    def start_scheduler(self, host: Host) -> None:
        self.scheduler = host
        host.start(BIN / "dask", "scheduler", "--host", host.address, "--port", str(PORT), "--no-dashboard")

    def start_worker(self, host: Host) -> None:
        host.start(
            *(
                BIN / "dask",
                "worker",
                self.address,
                "--host",
                host.address,
                "--nthreads",
                "1",
                "--no-dashboard",
            ),
            *("--local-directory", str(self.network.folder / f"scratch-{host.name}")),
        )

    def run(self) -> Call:
        """Start the campaign on the driver's host."""
        return self.folder.start("run", "campaign.toml", program=(*self.driver.prefix, BIN / "matsluice"))

    def fits(self) -> int:
        return self.folder.fits()

    def logs(self) -> str:
        return "\n".join(
            f"{h.name}: {h.log.read_text()[-3000:]}" for h in self.network.hosts.values() if h.log.exists()
        )

    def workers_known(self) -> set[str]:
        """Ask the scheduler, from the driver's host, on which hosts it has workers."""
        program = (
            "import sys; from distributed import Client\n"
            "with Client(sys.argv[1], timeout=30) as client:\n"
            "    known = client.scheduler_info(n_workers=-1)['workers']\n"
            "print(*(worker['host'] for worker in known.values()))"
        )
        command = [*self.driver.prefix, sys.executable, "-c", program, self.address]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=90)
        return set(done.stdout.split())

    def wait_for_workers(self) -> None:
        deadline = time.monotonic() + 300
        while self.workers_known() != {worker.address for worker in self.workers}:
            assert time.monotonic() < deadline, self.logs()


@pytest.fixture
def cluster(network: Network, brief: MakeFolder) -> Cluster:
    """Scheduler and workers that are there, and a campaign that names them."""
    scheduler, one, two, driver = (network.add(name) for name in ("scheduler", "one", "two", "driver"))
    folder = brief(
        ("workers = 1", f'kind = "scheduler"\naddress = "tcp://{scheduler.address}:{PORT}"'), own_server=True
    )
    made = Cluster(network, scheduler, (one, two), driver, folder)
    made.start_scheduler(scheduler)
    for worker in made.workers:
        made.start_worker(worker)
    made.wait_for_workers()
    return made


SameBytes = Callable[["Cluster"], None]


@pytest.fixture
def same_bytes(undisturbed: tuple[CampaignFolder, Answer]) -> SameBytes:
    """A function: hold what a cluster's campaign has left against a run on this machine alone."""

    def check(cluster: Cluster) -> None:
        (this,), (that,) = undisturbed[0].runs(), cluster.folder.runs()
        for name in NUMBERS:
            assert (this / name).read_bytes() == (that / name).read_bytes(), name

    return check
