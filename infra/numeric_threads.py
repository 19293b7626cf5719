"""One thread for BLAS, OpenMP and Numba: more would fight for the cores, and change the order of sums."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, TypeVar

from matsluice.infra.first_import import import_first

Result = TypeVar("Result")

# What libraries read when they are loaded.
ONE_THREAD: Mapping[str, str] = MappingProxyType(
    {
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "NUMBA_NUM_THREADS": "1",
    }
)


@cache  # once in a process: what is loaded later reads the environment
def use_one_thread() -> None:
    """Keep the numeric libraries of this process to one thread, those that are loaded and those to come."""
    from threadpoolctl import ThreadpoolController

    # Numba compares the variable with the threads it has started, so once it is loaded it is left alone; our
    # kernels use one thread whatever it says.
    os.environ.update({name: text for name, text in ONE_THREAD.items() if not name.startswith("NUMBA")})
    # Without a `with` the limit stays.
    ThreadpoolController().limit(limits=1)


def on_one_thread(function: Callable[..., Result], *call: Any) -> Result:
    """Return ``function(*call)``, computed with one thread: for a worker whose environment is somebody else's.

    It is what workers run for every call, so what their threads must not begin to import at once is imported here.
    """
    use_one_thread()
    import_first()
    return function(*call)
