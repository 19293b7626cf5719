"""A Prefect server whose address is plain http: its clients read no list of authorities, which takes 40 ms each time.

Prefect makes a client for every task and some more, 44 in a small campaign, and each of them first reads the 150
authorities of certifi's list, whether or not anything will be encrypted.
"""

from __future__ import annotations

import os
from pathlib import Path

# By which a person says whom to trust.
TRUSTED = "PREFECT_API_SSL_CERT_FILE"
# One certificate, as OpenSSL refuses a list of none: made for this, and nobody has the key to it.
NOBODY = Path(__file__).with_name("no-authority.pem")


def authorities_read(api_url: str | None) -> dict[str, str]:
    """Return the setting by which Prefect's clients read next to nothing; none where an address is encrypted.

    Examples
    --------
    >>> authorities_read("https://prefect.example/api")
    {}
    """
    plain = api_url is not None and api_url.startswith("http://")
    return {TRUSTED: str(NOBODY)} if plain and TRUSTED not in os.environ else {}
