"""What was installed when a run was made."""

from __future__ import annotations

import platform
import sys
from importlib.metadata import distributions
from pathlib import Path

from matsluice.infra.redaction import redacted


def write_environment(path: Path) -> None:
    """Write Python, the platform, and every installed distribution with its version, one a line."""
    installed = sorted(
        {f"{found.metadata['Name']}=={found.version}" for found in distributions()}, key=str.lower
    )
    lines = [f"# Python {sys.version.split()[0]}, {platform.platform()}", *installed]
    path.write_text(redacted("\n".join(lines) + "\n"), encoding="utf-8")
