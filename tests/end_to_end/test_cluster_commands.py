"""`matsluice cluster` as a person types it, where no cluster runs."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.end_to_end.conftest import MakeFolder


def test_certificates_are_made_once(new_folder: MakeFolder) -> None:
    folder = new_folder()
    made = folder(
        "cluster", "certs", "certs", "--host", "node01", "--host", "10.0.0.1", "--days", "30", "--json"
    )
    assert (made.code, made.err) == (0, "")
    assert Path(made.record["dask_config"]) == folder.path / "certs" / "dask.yaml"
    assert stat.S_IMODE((folder.path / "certs").stat().st_mode) == 0o700
    before = {file: (folder.path / file).stat().st_mtime_ns for file in folder.files()}
    again = folder("cluster", "certs", "certs")
    assert again.code == 2
    assert again.err.startswith(
        "error: there is certs/ca.pem already, and who holds its key would be shut out"
    )
    assert {file: (folder.path / file).stat().st_mtime_ns for file in folder.files()} == before


def test_a_cluster_that_a_run_starts_is_not_there_before(new_folder: MakeFolder) -> None:
    folder = new_folder()
    shown = folder("cluster", "show", "campaign.toml")
    assert (shown.code, shown.err) == (0, "")
    assert "started and stopped by the run; there is none until then" in shown.out
    record = folder("cluster", "show", "campaign.toml", "--json").record
    assert record == {"kind": "local", "runs": False, "workers": []}


def test_a_scheduler_that_is_not_there_is_said(new_folder: MakeFolder) -> None:
    folder = new_folder(("workers = 2", 'kind = "scheduler"\naddress = "tcp://127.0.0.1:1"'))
    shown = folder("cluster", "show", "campaign.toml")
    assert (shown.code, shown.out) == (2, "")
    assert 'cluster.address "tcp://127.0.0.1:1": nothing answers there' in shown.err


def test_certificates_and_an_address_that_is_not_encrypted(new_folder: MakeFolder) -> None:
    folder = new_folder(
        ("workers = 2", 'kind = "scheduler"\naddress = "tcp://127.0.0.1:1"\ntls = "certs"'),
    )
    answer = folder("plan", "campaign.toml")
    assert answer.code == 2
    assert (
        'tls names certificates, and address "tcp://127.0.0.1:1" is not encrypted; write tls://' in answer.err
    )


def test_certificates_that_are_missing(new_folder: MakeFolder) -> None:
    folder = new_folder(("workers = 2", 'workers = 2\ntls = "certs"'))
    answer = folder("run", "campaign.toml")
    assert answer.code == 2
    assert (
        f"cluster.tls: there is no {folder.path / 'certs' / 'ca.pem'}: `matsluice cluster certs" in answer.err
    )
    assert not (folder.path / "workspace").exists()
