"""Addresses that are listened on or talked to: who else can reach them, and who can listen in."""

from __future__ import annotations

import ipaddress
import os
import socket
from pathlib import Path
from urllib.parse import urlsplit

from matsluice.infra.doctor.check_spec import Finding, Subject, failure, ok, unused, warning
from matsluice.infra.servers.ports import LOOPBACK
from matsluice.infra.servers.prefect_settings import named_api_url
from matsluice.infra.servers.server_record import read_record

_LISTENS = "0A"
_PREFECT_LOGIN = ("PREFECT_API_AUTH_STRING", "PREFECT_API_KEY")
_MLFLOW_LOGIN = ("MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN")


def loopback(_subject: Subject) -> Finding:
    """Listen for a moment where the embedded servers will, and call oneself."""
    try:
        with socket.create_server((LOOPBACK, 0)) as server:
            port = server.getsockname()[1]
            socket.create_connection((LOOPBACK, port), timeout=5).close()
    except OSError as error:
        return failure(
            f"nothing can be reached on {LOOPBACK} ({error.strerror or error})",
            "`ip link set lo up`; in a container, let it have a loopback interface",
        )
    return ok(f"{LOOPBACK}, such as port {port}")


def listeners(subject: Subject) -> Finding:
    """Look at what the processes of the workspace's servers listen on."""
    record = read_record(subject.workspace / "servers" / "prefect.json")
    if record is None or not record.running:
        return unused("no server runs on this workspace")
    family = _with_children(record.pid)
    found = [address for pid in family for address in listening(pid)]
    others = [address for address in found if not _is_loopback(address.rpartition(":")[0])]
    if others:
        return failure(
            f"open to other machines, without a password: {', '.join(others)}",
            "end the run or the pages that started it, and look at who starts servers on this workspace",
        )
    return ok(", ".join(found) or "they listen on nothing yet")


def listening(pid: int) -> list[str]:
    """Return the addresses a process listens on, as "address:port"."""
    inodes = set()
    try:
        for link in Path(f"/proc/{pid}/fd").iterdir():
            target = str(link.readlink())
            if target.startswith("socket:["):
                inodes.add(target[8:-1])
    except OSError:
        return []
    found = []
    for name in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{name}").read_text(encoding="ascii").splitlines()[1:]:
            words = line.split()
            if words[3] == _LISTENS and words[9] in inodes:
                found.append(_address(words[1]))
    return sorted(found)


def _address(text: str) -> str:
    """Return an address of /proc/net/tcp: hexadecimal words in the machine's order of bytes.

    >>> _address("0100007F:1F90"), _address("00000000:0050")
    ('127.0.0.1:8080', '0.0.0.0:80')
    """
    host, _, port = text.partition(":")
    raw = b"".join(bytes.fromhex(host[i : i + 8])[::-1] for i in range(0, len(host), 8))
    return f"{ipaddress.ip_address(raw)}:{int(port, 16)}"


def _with_children(pid: int) -> list[int]:
    try:
        words = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except OSError:
        return [pid]
    return [pid, *(grown for child in words for grown in _with_children(int(child)))]


def plain_passwords(subject: Subject) -> Finding:
    """Look for a server that is named by http:// on another machine, and logged in to."""
    named = {
        "PREFECT_API_URL": (named_api_url() or "", _PREFECT_LOGIN),
        "MLflow's address": (subject.tracking_server, _MLFLOW_LOGIN),
        "AWS_ENDPOINT_URL": (os.environ.get("AWS_ENDPOINT_URL", ""), ()),
    }
    in_clear = [
        f"{what} is {url}"
        for what, (url, login) in named.items()
        if url.startswith("http://")
        and not _is_loopback(urlsplit(url).hostname or "")
        and any(name in os.environ for name in login)
    ]
    if in_clear:
        return warning(
            f"passwords cross the network in the clear: {'; '.join(in_clear)}",
            "put a server with TLS in front and name it by https://, or reach it through an SSH tunnel",
        )
    if not any(url for url, _ in named.values()):
        return unused("no server is named")
    return ok("none in the clear")


def open_scheduler(subject: Subject) -> Finding:
    """Look whether the scheduler that is named can be reached by others, without certificates."""
    address = getattr(subject.cluster, "address", "")
    if not address:
        return unused("the campaign names no scheduler")
    kind, _, place = address.partition("://")
    if kind == "tls":
        return ok("tls: only who has a certificate is let in")
    if _is_loopback(place.rpartition(":")[0].strip("[]")):
        return ok(f"{address}: only accounts of this machine reach it, and each of them can run code there")
    return warning(
        f"{address}: whoever reaches the port has the workers run what he likes",
        "start scheduler and workers with certificates and name it by tls://, or keep others off by a firewall",
    )


def _is_loopback(host: str) -> bool:
    try:
        found = [ipaddress.ip_address(host.strip("[]"))]
    except ValueError:
        try:
            found = [ipaddress.ip_address(one[4][0]) for one in socket.getaddrinfo(host, None)]
        except OSError:
            return False
    return bool(found) and all(
        one.is_loopback or bool(getattr(one, "ipv4_mapped", None) and one.ipv4_mapped.is_loopback)  # type: ignore[union-attr]
        for one in found
    )
