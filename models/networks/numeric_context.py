"""Where a network's arithmetic happens: on the processor, in the asked precision, on one thread."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Final

from threadpoolctl import ThreadpoolController

PRECISIONS: Final = ("float64", "float32")
# Read when JAX starts its processor back end. Products of matrices that are split over threads are summed in
# another order, so a fit would depend on the cores of the machine it ran on.
_FLAGS: Final = ("--xla_cpu_multi_thread_eigen=false",)


@cache  # JAX reads them once
def _ask_for_one_thread() -> None:
    given = os.environ.get("XLA_FLAGS", "")
    missing = [flag for flag in _FLAGS if flag.split("=")[0] not in given]
    os.environ["XLA_FLAGS"] = " ".join([given, *missing]).strip()


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
    _ask_for_one_thread()
    import jax
    import scipy.linalg  # noqa: F401 - brings a BLAS of its own, which has to be there to be held

    cpu = jax.devices("cpu")[0]
    with jax.enable_x64(precision == "float64"), jax.default_device(cpu), _libraries().limit(limits=1):
        yield
