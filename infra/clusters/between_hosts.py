"""How long scheduler, workers and clients on different hosts wait for one another, and the file that says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from matsluice.infra.clusters.certificates import ROLES, CertificateFolder
from matsluice.infra.workspace.atomic_files import written_whole

SETTINGS_FILE: Final = Path(__file__).parents[1] / "dask" / "several-hosts.yaml"


def wait_as_between_hosts() -> None:
    """Take the file's times in this process, for connections and schedulers to come; what a person has set stays."""
    import dask.config
    import distributed  # noqa: F401 - its own times are the ones to replace

    dask.config.update_defaults(settings())


def settings() -> dict[str, Any]:
    """Return what the file says, as Dask's configuration has it."""
    import yaml  # type: ignore[import-untyped]

    found: dict[str, Any] = yaml.safe_load(SETTINGS_FILE.read_text(encoding="utf-8"))
    return found


def write_dask_file(certificates: CertificateFolder) -> Path:
    """Write dask.yaml beside certificates and return it: the times, and the files with which each role speaks.

    `dask scheduler` and `dask worker` take it from DASK_CONFIG, and need no other word to be encrypted.
    """
    import yaml  # type: ignore[import-untyped]

    tls: dict[str, Any] = {"ca-file": str(certificates.authority.absolute())}
    for role in ROLES:
        tls[role] = {
            "cert": str(certificates.certificate(role).absolute()),
            "key": str(certificates.key(role).absolute()),
        }
    found = settings()
    found["distributed"]["comm"] |= {"require-encryption": True, "default-scheme": "tls", "tls": tls}
    path = certificates.path / "dask.yaml"
    with written_whole(path) as temporary:
        temporary.write_text(
            "# For DASK_CONFIG, where scheduler, workers and clients are started; where these files lie elsewhere "
            "on a host,\n# change the paths there.\n" + yaml.safe_dump(found, sort_keys=False),
            encoding="utf-8",
        )
    return path
