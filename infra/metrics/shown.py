"""Where a run's metrics can be seen: at an address that Prometheus scrapes, or in a file that node_exporter reads."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from matsluice.infra.metrics.exposition import registry_of
from matsluice.infra.mistakes import InvalidInput
from matsluice.infra.servers.ports import LOOPBACK, claim_port

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

    from matsluice.infra.metrics.counts import RunCounts

WRITE_EVERY_S: Final = 15.0
PORT, HOST, FILE = "MATSLUICE_METRICS_PORT", "MATSLUICE_METRICS_HOST", "MATSLUICE_METRICS_FILE"


@dataclass(frozen=True, slots=True)
class MetricsPlace:
    """Where metrics are shown; nowhere unless it is said.

    Attributes
    ----------
    port
        Port of the address, 0 for any that is free; None for none.
    host
        Interface of the address; whoever reaches it reads the numbers, for it has no password.
    file
        A file for node_exporter's collector of text files, whose name ends in .prom.
    """

    port: int | None = None
    host: str = LOOPBACK
    file: Path | None = None

    def check(self) -> None:
        """Raise InvalidInput where the port is taken or the file cannot be written."""
        if self.port is not None and self.host == LOOPBACK:
            claim_port(self.port or None, "metrics")
        if self.file is None:
            return
        if self.file.suffix != ".prom":
            raise InvalidInput(
                f"the file for metrics is {self.file}: node_exporter reads only names that end in .prom"
            )
        if not os.access(self.file.parent, os.W_OK | os.X_OK):
            raise InvalidInput(
                f"the file for metrics, {self.file}, cannot be written: make its folder, or name another"
            )


def place_named(environment: Mapping[str, str]) -> MetricsPlace:
    """Return where the environment says that metrics are shown.

    Raises
    ------
    InvalidInput
        The port is no number.

    Examples
    --------
    >>> place_named({"MATSLUICE_METRICS_PORT": "9464"})
    MetricsPlace(port=9464, host='127.0.0.1', file=None)
    """
    given, file = environment.get(PORT, ""), environment.get(FILE, "")
    if given and not (given.isascii() and given.isdigit() and int(given) <= 65535):
        raise InvalidInput(f'{PORT} is "{given}": give a port from 1 to 65535, or 0 for any that is free')
    return MetricsPlace(
        int(given) if given else None, environment.get(HOST) or LOOPBACK, Path(file) if file else None
    )


def place_chosen(
    environment: Mapping[str, str], port: int | None, host: str, file: Path | None
) -> MetricsPlace:
    """Return where a person says that metrics are shown, and for what is left unsaid, where the environment says."""
    named = place_named(environment)
    return MetricsPlace(
        named.port if port is None else port, host or named.host, named.file if file is None else file
    )


@contextmanager
def showing_metrics(counts: RunCounts, place: MetricsPlace) -> Iterator[str]:
    """Show the counts while the block lasts; gives the address, or "" where there is none.

    The file stays when the block is over, with the last numbers and how the run has ended.

    Raises
    ------
    InvalidInput
        The port cannot be used.
    """
    registry = registry_of(counts)
    with ExitStack() as shown:
        address = "" if place.port is None else shown.enter_context(_served(registry, place))
        if place.file is not None:
            shown.enter_context(_written(registry, place.file))
        yield address


@contextmanager
def _served(registry: CollectorRegistry, place: MetricsPlace) -> Iterator[str]:
    from prometheus_client import start_http_server

    try:
        server, thread = start_http_server(place.port or 0, addr=place.host, registry=registry)
    except OSError as error:
        raise InvalidInput(
            f"metrics cannot be shown at {place.host}:{place.port} ({error.strerror or error}): give another port"
        ) from error
    try:
        host = f"[{place.host}]" if ":" in place.host else place.host
        yield f"http://{host}:{server.server_port}/metrics"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def _written(registry: CollectorRegistry, file: Path) -> Iterator[None]:
    from prometheus_client import write_to_textfile

    over = threading.Event()

    def write() -> None:
        with suppress(OSError):  # a full disk is met by what the run writes
            write_to_textfile(str(file), registry)

    def write_on() -> None:
        write()
        while not over.wait(WRITE_EVERY_S):
            write()

    writer = threading.Thread(target=write_on, name="metrics-file", daemon=True)
    writer.start()
    try:
        yield
    finally:
        over.set()
        writer.join()
        write()
