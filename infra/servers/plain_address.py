"""A Prefect server whose address is plain http: its clients read no list of authorities, which takes 40 ms each time.

Prefect makes a client for every task and some more, 44 in a small campaign, and each of them first reads the 150
authorities of certifi's list, whether or not anything will be encrypted.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from matsluice.infra.workspace.atomic_files import written_whole

FILE = "one-authority.pem"
# By which a person says whom to trust.
TRUSTED = "PREFECT_API_SSL_CERT_FILE"
_CERTIFICATE = re.compile("-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----\n", re.DOTALL)


def authorities_read(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the setting by which Prefect's clients read one authority only; none where an address is encrypted.

    Parameters
    ----------
    environment
        Prefect's settings, with the folder PREFECT_HOME, in which the file is put.

    Examples
    --------
    >>> authorities_read({"PREFECT_API_URL": "https://prefect.example/api", "PREFECT_HOME": "/w"})
    {}
    """
    if not environment.get("PREFECT_API_URL", "").startswith("http://") or TRUSTED in os.environ:
        return {}
    file = Path(environment["PREFECT_HOME"]) / FILE
    if not file.exists():
        import certifi

        first = _CERTIFICATE.search(Path(certifi.where()).read_text(encoding="utf-8"))
        if first is None:
            return {}
        with written_whole(file) as temporary:
            temporary.write_text(first.group(), encoding="utf-8")
    return {TRUSTED: str(file)}
