"""Where a network's arithmetic happens: on the processor, in the asked precision, on one thread."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Final

from threadpoolctl import ThreadpoolController

PRECISIONS: Final = ("float64", "float32")
# Work that is split over threads is summed in another order, so a fit would depend on the cores of the machine it ran
# on. Both are read once, when JAX starts its processor back end; where another part of the program has started it
# before, its threads are as they are.
_SETTINGS: Final = {"XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false", "NPROC": "1"}


@cache
def _processor() -> Any:
    """Return JAX's processor device, started with one thread for arithmetic; the environment is left as it was."""
    before = {name: os.environ.get(name) for name in _SETTINGS}
    os.environ["XLA_FLAGS"] = f"{before['XLA_FLAGS'] or ''} {_SETTINGS['XLA_FLAGS']}".strip()
    os.environ["NPROC"] = _SETTINGS["NPROC"]
    try:
        import jax

        return jax.devices("cpu")[0]
    finally:
        for name, text in before.items():
            if text is None:
                del os.environ[name]
            else:
                os.environ[name] = text


@cache
def _libraries() -> ThreadpoolController:
    return ThreadpoolController()


@contextmanager
def computing_in(precision: str) -> Iterator[None]:
    """Hold JAX to the processor and to float64 or float32 inside the block, and leave it as it was outside.

    Examples
    --------
    >>> import numpy as np
    >>> with computing_in("float64"):
    ...     import jax.numpy as jnp
    ...     str(jnp.asarray(np.ones(1)).dtype)
    'float64'
    """
    cpu = _processor()
    import jax
    import scipy.linalg  # type: ignore[import-untyped]  # noqa: F401 - its own BLAS has to be there to be held

    with jax.enable_x64(precision == "float64"), jax.default_device(cpu), _libraries().limit(limits=1):
        yield
