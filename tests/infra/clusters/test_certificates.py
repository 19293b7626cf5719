"""Certificates for a cluster: private, right for their role, and held against one another before they are used."""

from __future__ import annotations

import datetime
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from matsluice.infra.clusters import certificates as certificates_module
from matsluice.infra.clusters.certificates import ROLES, CertificateFolder, make_certificates
from matsluice.infra.clusters.encryption import check_certificates, security_of
from matsluice.infra.mistakes import InvalidInput


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def made(tmp_path: Path) -> CertificateFolder:
    return make_certificates(tmp_path / "certs", ["node01.cluster", "10.0.0.1"])


def verify(made: CertificateFolder, role: str, purpose: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["openssl", "verify", "-x509_strict", "-purpose", purpose, "-CAfile", made.authority]
        + [made.certificate(role)],
        capture_output=True,
        text=True,
        check=False,
    )


def test_only_their_owner_can_read_them(made: CertificateFolder) -> None:
    assert mode(made.path) == 0o700
    assert {mode(file) for file in made.path.iterdir()} == {0o600}
    assert len(list(made.path.iterdir())) == 8


def test_they_are_private_whatever_the_umask(tmp_path: Path) -> None:
    program = (
        "import os, sys; from pathlib import Path; os.umask(0); "
        "from matsluice.infra.clusters.certificates import make_certificates; make_certificates(Path(sys.argv[1]))"
    )
    import sys

    subprocess.run([sys.executable, "-c", program, str(tmp_path / "certs")], check=True)
    assert mode(tmp_path / "certs") == 0o700
    assert {mode(file) for file in (tmp_path / "certs").iterdir()} == {0o600}


@pytest.mark.parametrize("role", ROLES)
def test_somebody_elses_library_accepts_them_for_their_role(made: CertificateFolder, role: str) -> None:
    assert verify(made, role, "sslclient").returncode == 0
    as_server = verify(made, role, "sslserver")
    assert (as_server.returncode == 0) == (role != "client"), as_server.stderr


def test_the_hosts_names_stand_in_the_schedulers(made: CertificateFolder) -> None:
    text = subprocess.run(
        ["openssl", "x509", "-in", made.certificate("scheduler"), "-noout", "-text"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "DNS:node01.cluster, IP Address:10.0.0.1" in text


def test_they_are_valid_for_as_long_as_was_asked(tmp_path: Path) -> None:
    make_certificates(tmp_path / "certs", days=3)
    expire = check_certificates(tmp_path / "certs", list(ROLES))
    left = expire - datetime.datetime.now(tz=datetime.UTC)
    assert datetime.timedelta(days=2.9) < left <= datetime.timedelta(days=3)


def test_existing_ones_are_never_written_over(made: CertificateFolder) -> None:
    before = {file: file.read_bytes() for file in made.path.iterdir()}
    with pytest.raises(InvalidInput, match=r"there is .*ca\.pem already"):
        make_certificates(made.path)
    # Also where the one file that is left could be lost.
    for file in made.path.iterdir():
        if file.name != "worker-key.pem":
            file.unlink()
    with pytest.raises(InvalidInput, match=r"there is .*worker-key\.pem already"):
        make_certificates(made.path)
    assert [file.read_bytes() for file in made.path.iterdir()] == [before[made.key("worker")]]


@pytest.mark.parametrize("host", ["node 1", "", "tls://node1", "node1:8786", "-x", "ä.de"])
def test_what_is_no_host_is_said_and_nothing_written(tmp_path: Path, host: str) -> None:
    with pytest.raises(InvalidInput, match="is no name of a host"):
        make_certificates(tmp_path / "certs", [host])
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InvalidInput, match="cannot be a folder for keys"):
        make_certificates(tmp_path / "file" / "certs")


def test_dask_finds_every_role_and_requires_encryption(made: CertificateFolder) -> None:
    security = security_of(made.path)
    assert security.require_encryption
    for role in ROLES:
        assert security.get_connection_args(role)["ssl_context"] is not None


def test_a_client_needs_its_own_files_only(made: CertificateFolder, tmp_path: Path) -> None:
    clients = tmp_path / "mine"
    clients.mkdir()
    for name in ("ca.pem", "client.pem", "client-key.pem"):
        shutil.copy(made.path / name, clients)
    check_certificates(clients, ["client"])
    assert security_of(clients).get_connection_args("client")["ssl_context"] is not None
    with pytest.raises(InvalidInput, match=r"there is no .*scheduler\.pem: `matsluice cluster certs"):
        check_certificates(clients, list(ROLES))


def test_what_cannot_be_used_is_one_sentence(made: CertificateFolder, tmp_path: Path) -> None:
    def refused(role: str = "client") -> str:
        with pytest.raises(InvalidInput) as mistake:
            check_certificates(made.path, [role])
        return str(mistake.value)

    key = made.key("client")
    key.chmod(0o644)
    assert refused() == f"cluster.tls: anybody on this host can read {key}: `chmod 600 {key}`"
    key.chmod(0o640)  # a group may be trusted
    check_certificates(made.path, ["client"])

    key.write_bytes(made.key("worker").read_bytes())
    assert "is the key of another certificate" in refused()
    key.write_text("no key")
    assert "is no private key in PEM form without a password" in refused()
    made.certificate("client").write_text("nothing")
    assert "client.pem is no certificate in PEM form" in refused()

    other = make_certificates(tmp_path / "other")
    shutil.copy(other.certificate("worker"), made.path)
    assert "worker.pem is not signed by the ca.pem beside it" in refused("worker")


def test_what_has_expired_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificates_module, "CLOCK_SKEW", datetime.timedelta(days=9))
    make_certificates(tmp_path / "certs", days=-2)
    with pytest.raises(InvalidInput, match=r"ca\.pem has expired on 20\d\d-\d\d-\d\d: make new ones"):
        check_certificates(tmp_path / "certs", ["client"])


def test_clocks_that_differ_are_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificates_module, "CLOCK_SKEW", -datetime.timedelta(hours=2))
    make_certificates(tmp_path / "certs")
    with pytest.raises(InvalidInput, match="look at the clocks"):
        check_certificates(tmp_path / "certs", ["client"])
