"""Times that scheduler, workers and clients on different hosts are to agree on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import yaml  # type: ignore[import-untyped]

from matsluice.infra.clusters.between_hosts import SETTINGS_FILE, settings, write_dask_file
from matsluice.infra.clusters.certificates import ROLES, make_certificates

NAMES = (
    "distributed.scheduler.worker-ttl",
    "distributed.comm.timeouts.connect",
    "distributed.comm.timeouts.tcp",
)
PROGRAM = f"""
import dask.config, distributed, json
from matsluice.infra.clusters.between_hosts import wait_as_between_hosts
wait_as_between_hosts()
print(json.dumps([dask.config.get(name) for name in {NAMES!r}]))
"""


def times(**environment: str) -> list[str]:
    mine = {name: text for name, text in os.environ.items() if not name.startswith("DASK_")}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**mine, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    found: list[str] = json.loads(done.stdout)
    return found


def test_they_are_ours_where_nobody_has_said_otherwise() -> None:
    assert times() == ["15s", "15s", "15s"]


def test_what_a_person_has_set_stays() -> None:
    assert times(DASK_DISTRIBUTED__COMM__TIMEOUTS__TCP="40s") == ["15s", "15s", "40s"]


def test_dask_reads_the_file_as_its_own() -> None:
    """As an operator names it, without matsluice in the way."""
    program = (
        f"import dask.config, distributed, json; print(json.dumps([dask.config.get(n) for n in {NAMES!r}]))"
    )
    mine = {**os.environ, "DASK_CONFIG": str(SETTINGS_FILE)}
    done = subprocess.run(
        [sys.executable, "-c", program], env=mine, capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == ["15s", "15s", "15s"]


def test_the_file_beside_certificates_names_them_and_the_times(tmp_path: Path) -> None:
    made = make_certificates(tmp_path / "certs")
    found = yaml.safe_load(write_dask_file(made).read_text())["distributed"]
    assert found["scheduler"] == settings()["distributed"]["scheduler"]
    tls = found["comm"]["tls"]
    paths = [tls["ca-file"], *(tls[role][kind] for role in ROLES for kind in ("cert", "key"))]
    assert all(Path(path).is_absolute() and Path(path).is_file() for path in paths)
    assert len(set(paths)) == 7
