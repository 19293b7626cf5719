"""Workers on this machine that nobody else on it can reach: kind local with certificates."""

from __future__ import annotations

import os
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path

import pytest

from matsluice.infra.clusters import check_cluster, connected
from matsluice.infra.clusters.certificates import make_certificates
from matsluice.infra.clusters.cluster_options import ClusterOptions
from matsluice.infra.clusters.local import LocalOptions
from matsluice.infra.fan_out import fan_out
from matsluice.infra.mistakes import InvalidInput


@dataclass(frozen=True)
class Settings:
    """What a campaign's [cluster] says."""

    options: ClusterOptions
    kind: str = "local"
    workers: int = 1
    memory_per_worker_bytes: int = 2**30
    threads_per_worker: int = 1
    address: str = ""


def test_it_computes_and_refuses_whoever_has_no_certificate(tmp_path: Path) -> None:
    made = make_certificates(tmp_path / "certs")
    settings = Settings(LocalOptions(tls=str(made.path)))
    check_cluster(settings)
    with connected(settings, tmp_path / "scratch") as connection:
        client = connection.wait_ready()
        assert sorted(fan_out(client, abs, [(-1,), (-2,)])) == [1, 2]
        known = client.scheduler_info()
        for address in (known["address"], *known["workers"], *client.run(os.getpid, nanny=True)):
            assert address.startswith("tls://127.0.0.1:")
            anonymous = ssl.create_default_context(cafile=str(made.authority))
            anonymous.check_hostname = False
            port = int(address.rpartition(":")[2])
            with (
                socket.create_connection(("127.0.0.1", port), 10) as plain,
                pytest.raises(ssl.SSLError, match="(?i)certificate required"),
                anonymous.wrap_socket(plain) as encrypted,
            ):
                encrypted.recv(1)


def test_certificates_that_are_not_there_are_said_before_anything_is_started(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"cluster\.tls: there is no .*ca\.pem"):
        check_cluster(Settings(LocalOptions(tls=str(tmp_path / "certs"))))
