"""Workers behind a real sshd on loopback, with keys and a port of its own."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from matsluice.infra.clusters import ClusterOptions, check_cluster, connected
from matsluice.infra.clusters.certificates import make_certificates
from matsluice.infra.clusters.ssh_options import SshOptions
from matsluice.infra.fan_out import fan_out
from matsluice.infra.mistakes import Hindered, InvalidInput
from matsluice.infra.servers.ports import free_port

if TYPE_CHECKING:
    from distributed import Client

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(400)]


@dataclass(frozen=True)
class Settings:
    """What a campaign's [cluster] says."""

    options: ClusterOptions
    kind: str = "ssh"
    workers: int = 2
    memory_per_worker_bytes: int = 2**30
    threads_per_worker: int = 1
    address: str = ""


def answers(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


@dataclass
class Sshd:
    """An SSH server, and the configuration with which hosts "one" and "two" both lead to it."""

    folder: Path
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def config(self) -> str:
        return str(self.folder / "ssh_config")

    def start(self) -> None:
        for name in ("host", "mine"):
            subprocess.run(
                ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.folder / name], check=True
            )
        shutil.copy(self.folder / "mine.pub", self.folder / "authorized")
        (self.folder / "authorized").chmod(0o600)
        port = free_port()
        settings = {
            "Port": port,
            "ListenAddress": "127.0.0.1",
            "HostKey": self.folder / "host",
            "AuthorizedKeysFile": self.folder / "authorized",
            "PidFile": "none",
            "StrictModes": "no",
            "UsePAM": "no",
            "PasswordAuthentication": "no",
        }
        (self.folder / "sshd_config").write_text(
            "".join(f"{key} {value}\n" for key, value in settings.items())
        )
        self._write_client_settings(port)
        sshd = shutil.which("sshd", path=os.environ["PATH"] + ":/usr/sbin")
        assert sshd is not None
        with (self.folder / "sshd.log").open("wb") as log:
            # -D: it stays this process's child; it calls itself, so it wants its whole path.
            self.processes.append(
                subprocess.Popen(
                    [sshd, "-D", "-e", "-f", self.folder / "sshd_config"], stdout=log, stderr=log
                )
            )
        deadline = time.monotonic() + 60
        while not answers(port):
            assert time.monotonic() < deadline, (self.folder / "sshd.log").read_text()
            time.sleep(0.1)

    def _write_client_settings(self, port: int) -> None:
        (self.folder / "ssh_config").write_text(
            f"Host one two\n  HostName 127.0.0.1\n  Port {port}\n"
            "Host nowhere\n  HostName 127.0.0.1\n  Port 1\n"
            f"Host *\n  User root\n  IdentityFile {self.folder / 'mine'}\n  IdentitiesOnly yes\n"
            f"  UserKnownHostsFile {self.folder / 'known'}\n  StrictHostKeyChecking accept-new\n  LogLevel ERROR\n"
        )


@pytest.fixture(scope="module")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    if os.geteuid() != 0:
        pytest.skip("an sshd of its own takes root")
    if shutil.which("sshd", path="/usr/sbin:/usr/bin") is None:
        words = ("apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=300", "install", "--no-install-recommends")
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
        subprocess.run([*words, "openssh-server"], env=quiet, stdout=subprocess.DEVNULL, check=True)
    Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    server = Sshd(tmp_path_factory.mktemp("sshd"))
    server.start()
    yield server
    for process in server.processes:
        process.terminate()
        process.wait(30)


def asked(sshd: Sshd, *hosts: str, workers: int = 2, **keys: object) -> Settings:
    table = {"hosts": hosts, "ssh_config": sshd.config, "interface": "lo", **keys}
    return Settings(SshOptions.model_validate(table), workers=workers)


def there(client: Client) -> set[str]:
    workers = cast("dict[str, dict[str, str]]", client.scheduler_info(n_workers=-1)["workers"])
    return {worker["name"] for worker in workers.values()}


def wait_until(condition: Callable[[], bool], timeout_s: float = 120.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.2)


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_workers_come_are_replaced_and_go(sshd: Sshd, tmp_path: Path) -> None:
    settings = asked(sshd, "one", "two")
    check_cluster(settings)

    def square(number: int) -> int:
        time.sleep(0.5)
        return number * number

    with connected(settings, tmp_path / "scratch") as connection:
        client = connection.wait_ready()
        wait_until(lambda: len(there(client)) == 2)
        assert {log.name for log in (tmp_path / "scratch").glob("*.log")} == {"ssh1-one.log", "ssh2-two.log"}
        pids = list(cast("dict[str, int]", client.run(os.getppid)).values())  # their nannies
        results = fan_out(client, square, [(number,) for number in range(16)])
        found = [next(results)]
        os.kill(pids[0], signal.SIGKILL)
        found += results
        assert sorted(found) == [number * number for number in range(16)]
        wait_until(lambda: len(there(client)) == 2)
        pids += cast("dict[str, int]", client.run(os.getppid)).values()
    wait_until(lambda: not any(map(lives, pids)))


def test_a_host_that_is_down_keeps_nobody_from_working(sshd: Sshd, tmp_path: Path) -> None:
    with connected(asked(sshd, "nowhere", "one"), tmp_path / "scratch") as connection:
        client = connection.wait_ready()
        assert list(fan_out(client, abs, [(-3,)])) == [3]
        # Its share of the workers is not put on the other one, which has memory for its own.
        assert len(there(client)) == 1


def test_hosts_that_start_no_worker(sshd: Sshd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from matsluice.infra.clusters import patience

    monkeypatch.setattr(patience, "PAUSE_FIRST_S", 0.5)
    settings = asked(sshd, "one", setup=("echo no disk >&2", "exit 3"))
    with (
        pytest.raises(Hindered, match=r"no worker comes up on one; the last one said: no disk\. Look at"),
        connected(settings, tmp_path / "scratch") as connection,
    ):
        connection.wait_ready()


def test_what_cannot_work_is_said_beforehand(sshd: Sshd) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_cluster(asked(sshd, "nowhere", "one", python="/no/python"))
    first, second = str(caught.value).splitlines()
    assert first.startswith(
        "cluster.hosts: nowhere cannot be reached (ssh: connect to host 127.0.0.1 port 1: "
    )
    assert first.endswith("`ssh nowhere true` must work without a question")
    assert second.startswith("cluster.hosts: one cannot run matsluice with /no/python (")


def test_workers_with_certificates(sshd: Sshd, tmp_path: Path) -> None:
    made = make_certificates(tmp_path / "certs of ours")
    settings = asked(sshd, "one", workers=1, tls=str(made.path))
    check_cluster(settings)
    with connected(settings, tmp_path / "scratch") as connection:
        client = connection.wait_ready()
        assert list(fan_out(client, abs, [(-3,)])) == [3]
        known = client.scheduler_info(n_workers=-1)
        assert [address[:6] for address in (known["address"], *known["workers"])] == ["tls://", "tls://"]
