"""The scheduler of a cluster whose workers are on other machines: it lives in the run's process."""

from __future__ import annotations

import logging
import shlex
from pathlib import Path
from typing import Any

from matsluice.infra.clusters.certificates import ROLES
from matsluice.infra.clusters.encryption import check_certificates, security_of
from matsluice.infra.clusters.worker_settings import WORKER_SETTINGS


def scheduler_settings(interface: str, tls: str) -> dict[str, Any]:
    """Return what Dask's cluster starts its scheduler with.

    Parameters
    ----------
    interface
        The network it listens on; "" for the one that the host's name leads to.
    tls
        Folder with certificates, without which nobody is listened to; "" for none.
    """
    import dask.config
    from distributed import Scheduler

    dask.config.set(dict(WORKER_SETTINGS))
    security = security_of(Path(tls)) if tls else None
    options = {
        "interface": interface or None,
        "port": 0,
        "protocol": "tls" if tls else "tcp",
        "security": security,
        "dashboard": True,
        "dashboard_address": "127.0.0.1:0",
        "preload": ["matsluice.infra.clusters.forgetful_scheduler"],
    }
    return {
        "scheduler": {"cls": Scheduler, "options": options},
        "security": security,
        # A worker that is lost is said with a stack trace; the run says what it means.
        "silence_logs": logging.CRITICAL,
    }


def check_own_certificates(tls: str) -> None:
    """Raise InvalidInput where the certificates that the campaign names cannot be used."""
    if tls:
        check_certificates(Path(tls), list(ROLES))


def encryption_words(tls: str) -> list[str]:
    """Return the options with which `dask worker` speaks to an encrypted scheduler, as words of shell."""
    if not tls:
        return []
    found = security_of(Path(tls)).get_tls_config_for_role("worker")
    names = {"ca_file": "--tls-ca-file", "cert": "--tls-cert", "key": "--tls-key"}
    return [word for key, option in names.items() for word in (option, shlex.quote(found[key]))]
