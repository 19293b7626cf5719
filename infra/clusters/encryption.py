"""The certificates with which a run speaks to scheduler and workers, held against one another before they are used."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from matsluice.infra.clusters.certificates import CertificateFolder
from matsluice.infra.mistakes import InvalidInput

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from distributed import Security

READABLE_BY_ANYBODY = 0o004


def security_of(folder: Path) -> Security:
    """Return what Dask needs so that nobody is spoken to without a certificate of the folder's authority.

    Roles whose files are not in the folder are left out: a client has no need of the scheduler's key.
    """
    from distributed import Security

    files = CertificateFolder(folder)
    roles = [role for role in ("scheduler", "worker", "client") if files.key(role).exists()]
    named = {f"tls_{role}_cert": str(files.certificate(role)) for role in roles}
    keys = {f"tls_{role}_key": str(files.key(role)) for role in roles}
    return Security(require_encryption=True, tls_ca_file=str(files.authority), **named, **keys)


def of_this_run_only() -> Security:
    """Return certificates that are made now, stand in no file, and are forgotten with the processes of the run.

    Ports on loopback are open to every user of the machine, and whoever reaches a scheduler runs code as its owner.
    """
    from distributed import Security

    made: Security = Security.temporary()
    return made


def check_certificates(folder: Path, roles: Sequence[str]) -> datetime.datetime:
    """Check the certificates of the given roles and of their authority, and return when the first of them expires.

    Raises
    ------
    InvalidInput
        One is missing, cannot be read, has expired, is not signed by the authority, has another key, or its key can
        be read by anybody.
    """
    files = CertificateFolder(folder)
    authorities = _read(files.authority, folder)
    found = list(authorities)
    for role in roles:
        chain = _read(files.certificate(role), folder)
        _check_signed(files.certificate(role), chain, authorities)
        _check_key(files.key(role), chain[0], folder)
        found += chain
    return min(certificate.not_valid_after_utc for certificate in found)


def _read(file: Path, folder: Path) -> list[Certificate]:
    from cryptography import x509

    try:
        certificates = x509.load_pem_x509_certificates(_content(file, folder))
    except ValueError as error:
        raise InvalidInput(f"cluster.tls: {file} is no certificate in PEM form ({error})") from error
    now = datetime.datetime.now(tz=datetime.UTC)
    for one in certificates:
        if now > one.not_valid_after_utc:
            raise InvalidInput(
                f"cluster.tls: {file} has expired on {one.not_valid_after_utc:%Y-%m-%d}: make new ones with "
                "`matsluice cluster certs`, hand them out, and start scheduler and workers again"
            )
        if now < one.not_valid_before_utc:
            raise InvalidInput(
                f"cluster.tls: {file} is valid from {one.not_valid_before_utc:%Y-%m-%d %H:%M} UTC on, and here it is "
                f"{now:%Y-%m-%d %H:%M}: look at the clocks of this host and of the one that made it"
            )
    return certificates


def _content(file: Path, folder: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        raise InvalidInput(
            f"cluster.tls: there is no {file}: `matsluice cluster certs {folder}` makes certificates for a new "
            "cluster; those of a cluster that runs already come from whoever has started it"
        ) from None
    except OSError as error:
        raise InvalidInput(
            f"cluster.tls: {file} cannot be read ({error.strerror}): it is for its owner only"
        ) from error


def _check_signed(file: Path, chain: Sequence[Certificate], authorities: Sequence[Certificate]) -> None:
    from cryptography.exceptions import InvalidSignature

    # Longer chains, as large sites have, are left to the connection.
    if len(chain) > 1 or len(authorities) > 1:
        return
    try:
        chain[0].verify_directly_issued_by(authorities[0])
    except (InvalidSignature, ValueError, TypeError) as error:
        raise InvalidInput(
            f"cluster.tls: {file} is not signed by the {file.with_name('ca.pem').name} beside it: take all files "
            "from one call of `matsluice cluster certs`"
        ) from error


def _check_key(file: Path, certificate: Certificate, folder: Path) -> None:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    content = _content(file, folder)
    if file.stat().st_mode & READABLE_BY_ANYBODY:
        raise InvalidInput(f"cluster.tls: anybody on this host can read {file}: `chmod 600 {file}`")
    try:
        key = load_pem_private_key(content, password=None)
    except (ValueError, TypeError) as error:
        raise InvalidInput(
            f"cluster.tls: {file} is no private key in PEM form without a password ({error})"
        ) from error
    if key.public_key() != certificate.public_key():
        raise InvalidInput(
            f"cluster.tls: {file} is the key of another certificate: take all files from one call of "
            "`matsluice cluster certs`"
        )
