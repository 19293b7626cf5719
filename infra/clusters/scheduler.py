"""A Dask scheduler that runs already, and workers that are somebody else's: they are used and left as they are."""

from __future__ import annotations

import logging
import ssl
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING

from matsluice.infra.clusters.between_hosts import wait_as_between_hosts
from matsluice.infra.clusters.cluster_options import EncryptedOptions
from matsluice.infra.clusters.encryption import check_certificates, security_of
from matsluice.infra.clusters.greeting import CONNECT_WAIT_S, check_greeting
from matsluice.infra.clusters.opened import ClusterSettings, OpenCluster
from matsluice.infra.clusters.versions import check_same_everywhere
from matsluice.infra.mistakes import Hindered, InvalidInput

if TYPE_CHECKING:
    from distributed import Client, Security


class SchedulerOptions(EncryptedOptions):
    """It has no keys of its own beside address."""


def check_answers(settings: ClusterSettings) -> None:
    """Raise InvalidInput where nothing listens at the address, or something that is no Dask scheduler.

    An encrypted one is spoken to with the certificates of cluster.tls, or with those of Dask's own configuration.
    """
    if not settings.address.startswith("tls://"):
        check_greeting(settings.address)
        return
    if folder := certificates_of(settings):
        check_certificates(folder, ["client"])
    check_greeting(settings.address, _context(settings))


def _context(settings: ClusterSettings) -> ssl.SSLContext:
    """Return what a client of the scheduler shows and asks for."""
    context = _security(settings).get_connection_args("client")["ssl_context"]
    if context is None:
        raise InvalidInput(
            f'cluster.address "{settings.address}" is encrypted, and no certificates are named: write '
            'tls = "certs" with the folder that the scheduler was started with, or name the files in Dask\'s '
            "own configuration"
        )
    found: ssl.SSLContext = context
    return found


def _security(settings: ClusterSettings) -> Security:
    from distributed import Security

    # Without a folder, what Dask's own configuration says, and else no certificates.
    folder = certificates_of(settings)
    return security_of(folder) if folder else Security()


def certificates_of(settings: ClusterSettings) -> Path | None:
    """Return the folder with the certificates that the campaign names, or None."""
    assert isinstance(settings.options, SchedulerOptions)
    return Path(settings.options.tls) if settings.options.tls else None


def open_cluster(settings: ClusterSettings, _scratch: Path) -> OpenCluster:
    """Connect to the scheduler, and see that it computes with what this process computes with.

    Raises
    ------
    Hindered
        It does not answer as a Dask scheduler does, or has other versions of what decides the numbers.
    """
    from distributed.utils import silence_logging_cmgr

    with ExitStack() as stack:
        # A scheduler that goes is told in one sentence; Dask's own traces are for the run's log.
        stack.enter_context(silence_logging_cmgr(logging.CRITICAL))
        client = stack.enter_context(closing(connect(settings)))
        check_same_everywhere(client)
        return OpenCluster(client, stack.pop_all().close, workers=None)


def connect(settings: ClusterSettings) -> Client:
    """Return a connection to the scheduler.

    Raises
    ------
    Hindered
        It does not answer as a Dask scheduler does.
    """
    from distributed import Client

    wait_as_between_hosts()
    try:
        return Client(
            settings.address,
            timeout=CONNECT_WAIT_S * 2,
            set_as_default=True,
            security=_security(settings),
        )
    except (OSError, ValueError, RuntimeError) as error:
        raise Hindered(
            f"no Dask scheduler of this version answers at {settings.address} ({type(error).__name__}: {error}): "
            "look at its log, and run the same command"
        ) from error
