"""A certificate authority for one cluster, and certificates that it signs for scheduler, workers and clients."""

from __future__ import annotations

import datetime
import ipaddress
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from matsluice.infra.mistakes import Failed, InvalidInput
from matsluice.infra.workspace.permissions import PRIVATE_MODE

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.x509 import Certificate, GeneralName, KeyUsage, Name

AUTHORITY: Final = "ca"
# Who plays which part of a TLS connection: scheduler and workers call one another and are called, a client only calls.
# So a client's key, which lies where people work, cannot be used to pose as the scheduler.
ROLES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"scheduler": ("server", "client"), "worker": ("server", "client"), "client": ("client",)}
)
# Hosts' clocks differ.
CLOCK_SKEW: Final = datetime.timedelta(minutes=5)
PRIVATE_FILE: Final = 0o600


@dataclass(frozen=True, slots=True)
class CertificateFolder:
    """Where the files of a cluster's certificates stand: NAME.pem, and the key to it in NAME-key.pem.

    Examples
    --------
    >>> CertificateFolder(Path("certs")).key("worker").name
    'worker-key.pem'
    """

    path: Path

    @property
    def authority(self) -> Path:
        """The certificate that all others are signed by."""
        return self.certificate(AUTHORITY)

    def certificate(self, name: str) -> Path:
        """Return the file of a role's certificate."""
        return self.path / f"{name}.pem"

    def key(self, name: str) -> Path:
        """Return the file of the key to it."""
        return self.path / f"{name}-key.pem"


def make_certificates(folder: Path, hosts: Sequence[str] = (), days: int = 365) -> CertificateFolder:
    """Write a new authority and a certificate for each role, readable by the owner only.

    Keys are on the curve P-256; Dask asks both sides of every connection for a certificate of this authority.

    Parameters
    ----------
    folder
        Made if it is missing; existing certificates are never written over.
    hosts
        Names and addresses of the scheduler's host, for browsers that open its dashboard; Dask does not compare
        them.
    days
        How long they are valid.

    Raises
    ------
    InvalidInput
        There is a certificate already, or the folder cannot be written.
    """
    made = CertificateFolder(folder)
    named = tuple(_host(host) for host in hosts)
    _take_folder(made)
    now = datetime.datetime.now(tz=datetime.UTC)
    valid = (now - CLOCK_SKEW, now + datetime.timedelta(days=days))
    authority_key = _new_key()
    authority = _signed(AUTHORITY, authority_key, valid)
    _write(made, AUTHORITY, authority_key, authority)
    for role in ROLES:
        key = _new_key()
        names = named if role == "scheduler" else ()
        _write(made, role, key, _signed(role, key, valid, (authority, authority_key), names))
    return made


def _take_folder(made: CertificateFolder) -> None:
    names = (AUTHORITY, *ROLES)
    there = [path for name in names for path in (made.certificate(name), made.key(name)) if path.exists()]
    if there:
        raise InvalidInput(
            f"there is {there[0]} already, and who holds its key would be shut out: name a new folder, hand its "
            "files to scheduler and workers, and start them again"
        )
    try:
        made.path.mkdir(parents=True, exist_ok=True, mode=PRIVATE_MODE)
        made.path.chmod(PRIVATE_MODE)
    except OSError as error:
        raise InvalidInput(f"{made.path} cannot be a folder for keys ({error}): name another") from error


def _new_key() -> EllipticCurvePrivateKey:
    from cryptography.hazmat.primitives.asymmetric import ec

    return ec.generate_private_key(ec.SECP256R1())


def _signed(
    role: str,
    key: EllipticCurvePrivateKey,
    valid: tuple[datetime.datetime, datetime.datetime],
    authority: tuple[Certificate, EllipticCurvePrivateKey] | None = None,
    hosts: Sequence[GeneralName] = (),
) -> Certificate:
    """Return a certificate for the key, signed by the authority, or by itself where it is the authority."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.x509.oid import ExtendedKeyUsageOID

    issuer, issuer_key = authority or (None, key)
    name = _name(role)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer.subject if issuer else name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(valid[0])
        .not_valid_after(valid[1])
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(_usage(authority=issuer is None), critical=True)
    )
    if issuer is not None:
        purposes = {
            "server": ExtendedKeyUsageOID.SERVER_AUTH,
            "client": ExtendedKeyUsageOID.CLIENT_AUTH,
        }
        parts = x509.ExtendedKeyUsage([purposes[part] for part in ROLES[role]])
        builder = builder.add_extension(parts, critical=False)
    if hosts:
        builder = builder.add_extension(x509.SubjectAlternativeName(hosts), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def _name(role: str) -> Name:
    from cryptography import x509

    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"matsluice {role}")])


def _usage(*, authority: bool) -> KeyUsage:
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _host(text: str) -> GeneralName:
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        pass
    if not re.fullmatch(r"(\*\.)?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?", text):
        raise InvalidInput(
            f'--host "{text}" is no name of a host: write one such as node01.cluster, or an address such as '
            "10.0.0.1, without a port"
        )
    return x509.DNSName(text)


def _write(
    made: CertificateFolder, name: str, key: EllipticCurvePrivateKey, certificate: Certificate
) -> None:
    from cryptography.hazmat.primitives import serialization

    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = certificate.public_bytes(serialization.Encoding.PEM)
    try:
        for path, content in ((made.key(name), private), (made.certificate(name), public)):
            # Never readable by others, not even for a moment, and never over an existing file.
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE), "wb") as file:
                file.write(content)
    except OSError as error:
        raise Failed(f"{error}: make room, and make the certificates in a new folder") from error
