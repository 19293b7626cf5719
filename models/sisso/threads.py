"""As many threads as BLAS may use here: all cores on a person's machine, one in a worker."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Work = TypeVar("Work")
Result = TypeVar("Result")


def allowed_threads() -> int:
    """Return how many threads BLAS is set to use: what ``threadpoolctl`` or ``OMP_NUM_THREADS`` left it."""
    import os

    from threadpoolctl import threadpool_info

    limits = [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(min(limits, default=1), cores))


def on_all_threads(function: Callable[[Work], Result], work: Iterable[Work]) -> Iterator[Result]:
    """Give the result of each piece of work in turn; each is computed on one thread, several pieces at once.

    Parameters
    ----------
    function
        What leaves the interpreter lock for most of its time: matrix products and compiled kernels.
    work
        Taken up a few pieces ahead, so that results do not pile up.

    Examples
    --------
    >>> list(on_all_threads(lambda x: x * x, range(4)))
    [0, 1, 4, 9]
    """
    from threadpoolctl import threadpool_limits

    threads = allowed_threads()
    if threads == 1:
        yield from map(function, work)
        return
    # Each piece is small: BLAS's own threads would spend their time waiting for one another.
    with threadpool_limits(limits=1, user_api="blas"), ThreadPoolExecutor(threads) as pool:
        waiting: deque[Future[Result]] = deque()
        try:
            for piece in work:
                waiting.append(pool.submit(function, piece))
                if len(waiting) > 2 * threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
