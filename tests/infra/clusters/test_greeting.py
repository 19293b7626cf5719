"""What is said of whatever listens at cluster.address: a real Dask scheduler, encrypted or not, or something else."""

from __future__ import annotations

import datetime
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from matsluice.infra.clusters import certificates as certificates_module
from matsluice.infra.clusters import greeting as greeting_module
from matsluice.infra.clusters.certificates import CertificateFolder, make_certificates
from matsluice.infra.clusters.encryption import security_of
from matsluice.infra.clusters.greeting import check_greeting
from matsluice.infra.clusters.scheduler import SchedulerOptions, check_answers, connect
from matsluice.infra.mistakes import InvalidInput

if TYPE_CHECKING:
    from distributed import Security

StartScheduler = Callable[..., str]


@pytest.fixture(scope="module")
def start_scheduler() -> Iterator[StartScheduler]:
    """A function: start a Dask scheduler in this process, and return its address."""
    from distributed import LocalCluster

    clusters = []

    def start(security: Security | None = None) -> str:
        clusters.append(
            LocalCluster(
                n_workers=0,
                processes=False,
                protocol="tls://" if security else "tcp://",
                security=security,
                host="127.0.0.1",
                dashboard_address="127.0.0.1:0",
                silence_logs=60,
            )
        )
        return str(clusters[-1].scheduler_address)

    yield start
    for cluster in clusters:
        cluster.close()


@pytest.fixture(scope="module")
def certs(tmp_path_factory: pytest.TempPathFactory) -> CertificateFolder:
    return make_certificates(tmp_path_factory.mktemp("tls") / "certs")


@pytest.fixture(scope="module")
def encrypted(start_scheduler: StartScheduler, certs: CertificateFolder) -> str:
    return start_scheduler(security_of(certs.path))


@pytest.fixture(scope="module")
def plain(start_scheduler: StartScheduler) -> str:
    return start_scheduler()


@pytest.fixture
def little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(greeting_module, "GREETING_WAIT_S", 1.0)


@pytest.fixture
def silent() -> Iterator[str]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield f"127.0.0.1:{listener.getsockname()[1]}"


def context(folder: CertificateFolder) -> ssl.SSLContext:
    found: ssl.SSLContext = security_of(folder.path).get_connection_args("client")["ssl_context"]
    return found


def settings(address: str, folder: CertificateFolder | None = None) -> Any:
    options = SchedulerOptions(tls=str(folder.path) if folder else "")
    return SimpleNamespace(kind="scheduler", address=address, options=options)


def refused(address: str, folder: CertificateFolder | None = None) -> str:
    with pytest.raises(InvalidInput) as mistake:
        check_greeting(address, context(folder) if folder else None)
    sentence = str(mistake.value)
    assert sentence.startswith(f'cluster.address "{address}": ')
    return sentence


def test_a_scheduler_is_found_and_spoken_to(plain: str, encrypted: str, certs: CertificateFolder) -> None:
    for those in (settings(plain), settings(encrypted, certs)):
        check_answers(those)
        with connect(those) as client:
            assert client.scheduler_info()["address"] == those.address


def test_a_client_without_a_certificate_is_refused(encrypted: str, certs: CertificateFolder) -> None:
    """Nothing of ours is in the way: it is the scheduler that refuses."""
    host, _, port = encrypted.removeprefix("tls://").rpartition(":")
    without = ssl.create_default_context(cafile=str(certs.authority))
    without.check_hostname = False
    with (
        socket.create_connection((host, int(port)), 10) as connection,
        pytest.raises(ssl.SSLError, match=r"(?i)certificate required"),
        without.wrap_socket(connection) as tls,
    ):
        tls.recv(1)
    for word in ("", f"tls_ca_file={str(certs.authority)!r}"):
        # In a process of its own: a client that could not be made may wait for itself when it is collected.
        made = f"Client({encrypted!r}, security=Security({word}), timeout=5)"
        program = [sys.executable, "-c", f"from distributed import Client, Security; {made}"]
        tried = subprocess.run(program, check=False, capture_output=True, text=True, timeout=120)
        assert tried.returncode == 1
        assert tried.stderr.splitlines()[-1].startswith(("TypeError", "OSError", "TimeoutError")), (
            tried.stderr
        )
    began = time.monotonic()
    with pytest.raises(
        InvalidInput, match=r'is encrypted, and no certificates are named: write tls = "certs"'
    ):
        check_answers(settings(encrypted))
    assert time.monotonic() - began < 60


def test_the_certificate_of_another_authority_is_refused(
    encrypted: str, certs: CertificateFolder, tmp_path: Path
) -> None:
    other = make_certificates(tmp_path / "other")
    assert "its certificate is not of the authority in the folder cluster.tls" in refused(encrypted, other)
    # One that trusts the scheduler, and is not trusted by it.
    mixed = CertificateFolder(tmp_path / "mixed")
    shutil.copytree(other.path, mixed.path)
    shutil.copy(certs.authority, mixed.authority)
    assert "does not accept the certificate in the folder cluster.tls (unknown ca)" in refused(
        encrypted, mixed
    )


@contextmanager
def listening_with(security: Security) -> Iterator[str]:
    """Listen as a scheduler with these certificates does; Dask itself would not come up with wrong ones."""
    server = security.get_listen_args("scheduler")["ssl_context"]

    def greet() -> None:
        with suppress(OSError), listener.accept()[0] as connection:
            server.wrap_socket(connection, server_side=True).close()

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        answering = threading.Thread(target=greet)
        answering.start()
        yield f"tls://127.0.0.1:{listener.getsockname()[1]}"
        answering.join(30)


def test_certificates_that_have_expired_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificates_module, "CLOCK_SKEW", datetime.timedelta(days=9))
    old = make_certificates(tmp_path / "old", days=-1)
    with listening_with(security_of(old.path)) as address:
        assert "its certificate has expired" in refused(address, old)
    with pytest.raises(InvalidInput, match=r"ca\.pem has expired on"):
        check_answers(settings("tls://127.0.0.1:1", old))


def test_a_clients_key_does_not_make_a_scheduler(certs: CertificateFolder, tmp_path: Path) -> None:
    posing = CertificateFolder(tmp_path / "posing")
    shutil.copytree(certs.path, posing.path)
    shutil.copy(certs.certificate("client"), posing.certificate("scheduler"))
    shutil.copy(certs.key("client"), posing.key("scheduler"))
    with listening_with(security_of(posing.path)) as address:
        assert "its certificate is one for clients" in refused(address, certs)


@pytest.mark.usefixtures("little_patience")
def test_plain_words_to_an_encrypted_scheduler(encrypted: str) -> None:
    address = encrypted.replace("tls://", "tcp://")
    assert "what listens there is encrypted; write tls://" in refused(address)


def test_encrypted_words_to_a_plain_scheduler(plain: str, certs: CertificateFolder) -> None:
    address = plain.replace("tcp://", "tls://")
    assert "what listens there is not encrypted" in refused(address, certs)


@pytest.mark.usefixtures("little_patience")
@pytest.mark.parametrize("scheme", ["tcp", "tls"])
def test_whoever_says_nothing_is_no_scheduler(silent: str, certs: CertificateFolder, scheme: str) -> None:
    address = f"{scheme}://{silent}"
    sentence = refused(address, certs if scheme == "tls" else None)
    assert "does not answer as a Dask scheduler does" in sentence


@pytest.mark.parametrize("scheme", ["tcp", "tls"])
def test_nobody_is_said_to_be_there(certs: CertificateFolder, scheme: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"{scheme}://127.0.0.1:{free.getsockname()[1]}"
        assert "nothing answers there" in refused(address, certs if scheme == "tls" else None)
