"""One thread at a time for what every thread of a worker needs first."""

from __future__ import annotations

import threading
from importlib import import_module

_IMPORTING = threading.Lock()


def import_first() -> None:
    """Import scikit-learn's root, or wait until another thread has.

    Every fit and every model that is loaded needs it. Two threads of a worker that begin it at once each meet a half of
    the other's, and Python ends both imports with an error.
    """
    with _IMPORTING:
        import_module("sklearn")
