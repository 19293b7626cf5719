"""What of a model is code that is run when it is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

PICKLE_FILE: Final = "pipeline.pickle"


def code_brought(record: Mapping[str, Any]) -> list[str]:
    """Return what of a model is code, in words; nothing for most models.

    Examples
    --------
    >>> code_brought({"plugins": ["plugins/0/mine.py"], "pipeline": {"format": "skops"}})
    ['the plug-in plugins/0/mine.py']
    """
    brings = [f"the plug-in {name}" for name in record["plugins"]]
    if record["pipeline"]["format"] == "pickle":
        brings.append(
            f"the pickle {PICKLE_FILE}, since skops does not hold {record['pipeline'].get('because')}"
        )
    return brings
