"""Dask's timing of Python's garbage collections, begun between two of them."""

from __future__ import annotations

import gc
import threading
import time
from functools import cache

TRY_AGAIN_S = 0.001


@cache
def time_collections() -> None:
    """Let Dask time the full collections of this process from now on, for as long as it lives.

    Dask begins when a scheduler starts. Where another thread is then in the midst of a full collection, Dask meets
    its end without its beginning, and Python prints a stack trace that means nothing. While a young generation is
    collected no full collection is under way, and Dask's timing passes young ones over.
    """
    from distributed.gc import enable_gc_diagnosis

    caller = threading.get_ident()
    begun = False

    def begin(_phase: str, collection: dict[str, int]) -> None:
        nonlocal begun
        if collection["generation"] == 0 and threading.get_ident() == caller:
            begun = True
            gc.callbacks.remove(begin)
            enable_gc_diagnosis()

    gc.callbacks.append(begin)
    gc.collect(0)
    while not begun:  # another thread was collecting
        time.sleep(TRY_AGAIN_S)
        gc.collect(0)
