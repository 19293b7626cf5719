"""A campaign on an encrypted cluster, started with the very lines that `matsluice cluster certs` prints."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from matsluice.infra.servers.ports import free_port

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Answer, CampaignFolder, MakeFolder

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(1500)]

NUMBERS = ("cv_predictions.parquet", "hits.parquet", "hits.csv", "rejected.parquet")
BIN = Path(sys.executable).parent


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[list[subprocess.Popen[bytes]]]:
    """What was started in a terminal; ended with the test."""
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for process in started:
        os.killpg(process.pid, signal.SIGTERM)
    for process in started:
        process.wait(60)


def enter(shell: list[subprocess.Popen[bytes]], line: str, log: Path) -> None:
    environment = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}"}
    with log.open("ab") as out:
        shell.append(
            subprocess.Popen(
                ["/bin/sh", "-c", line], env=environment, stdout=out, stderr=out, start_new_session=True
            )
        )


def answers(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def test_as_printed(
    finished: tuple[CampaignFolder, Answer],
    new_folder: MakeFolder,
    shell: list[subprocess.Popen[bytes]],
    port: int,
    tmp_path: Path,
) -> None:
    folder = new_folder()
    made = folder("cluster", "certs", "certs", "--host", "127.0.0.1")
    assert (made.code, made.err) == (0, ""), made.err
    assert max(len(line) for line in made.out.splitlines() if str(folder.path) not in line) <= 80
    lines = made.out.replace("8786", str(port)).splitlines()
    scheduler, worker = (line.strip() for line in lines if "DASK_CONFIG=" in line)
    cluster = [line.strip() for line in lines if line.startswith(("  kind", "  address", "  tls"))]
    folder.change(("workers = 2", "\n".join(cluster)))
    log = tmp_path / "dask.log"

    # Nobody there yet: said before anything is written.
    early = folder("run", "campaign.toml")
    assert (early.code, (folder.path / "workspace").exists()) == (2, False)
    assert f'cluster.address "tls://127.0.0.1:{port}": nothing answers there' in early.err

    enter(shell, f"{scheduler} --no-dashboard", log)
    deadline = time.monotonic() + 300
    while not answers(port):
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.2)
    scratch = f"--no-dashboard --nthreads 1 --local-directory {tmp_path / 'scratch'}"
    enter(shell, f"{worker} {scratch} --resources featurize=1", log)
    enter(shell, f"{worker} {scratch}", log)
    while len((seen := folder("cluster", "show", "campaign.toml", "--json").record)["workers"]) < 2:
        assert time.monotonic() < deadline, log.read_text()
    assert seen["certificates_expire"].startswith("20")
    assert all(each["address"].startswith("tls://") for each in (seen, *seen["workers"]))
    assert sorted(len(each["resources"]) for each in seen["workers"]) == [0, 1]
    shown = folder("cluster", "show", "campaign.toml")
    assert shown.code == 0, shown.err
    assert "encrypted  yes, certificates valid until 20" in shown.out
    assert "workers    2, 2 calls at once" in shown.out
    assert max(map(len, shown.out.splitlines())) <= 80

    folder.run()
    (this,), (that,) = finished[0].runs(), folder.runs()
    for name in NUMBERS:
        assert (this / name).read_bytes() == (that / name).read_bytes(), name
    # No key was copied into the run's folder.
    assert not [file for file in that.rglob("*") if file.is_file() and b"PRIVATE KEY" in file.read_bytes()]

    # Other certificates, and none at all.
    folder("cluster", "certs", "others")
    folder.change((f'tls = "{folder.path / "certs"}"', 'tls = "others"'))
    refused = folder("run", "campaign.toml")
    assert refused.code == 2
    assert "its certificate is not of the authority in the folder cluster.tls" in refused.err
    folder.change(('tls = "others"\n', ""))
    refused = folder("run", "campaign.toml")
    assert refused.code == 2
    assert 'is encrypted, and no certificates are named: write tls = "certs"' in refused.err
    folder.change(("tls://", "tcp://"))
    refused = folder("run", "campaign.toml")
    assert refused.code == 2
    assert "what listens there is encrypted; write tls://" in refused.err
    assert "Traceback" not in refused.err
