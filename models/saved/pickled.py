"""The one place where pickles are read: a run's own working files, and models that nothing else holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def write_pickle(value: Any, path: Path) -> None:
    """Write an object as a pickle, its arrays uncompressed so that they are read quickly."""
    import joblib

    joblib.dump(value, path, compress=0)


def read_pickle(path: Path) -> Any:
    """Return the object in a pickle. Reading one runs code it names: only our own files, or of whom one trusts."""
    import joblib

    return joblib.load(path)
