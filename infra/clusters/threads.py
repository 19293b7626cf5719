"""How many threads numerical libraries may use in a process that is one of several."""

from __future__ import annotations

from types import MappingProxyType

# BLAS, OpenMP and Numba would each start a thread per core in every worker, and change the order of sums.
ONE_THREAD = MappingProxyType(
    {
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "NUMBA_NUM_THREADS": "1",
    }
)
