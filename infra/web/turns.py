"""Work in some threads, with a bounded queue: what does not fit is refused at once and not kept waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from matsluice.infra.web.refusal import too_busy

Result = TypeVar("Result")


class Turns:
    """Threads that take calls in turn.

    Parameters
    ----------
    name
        Of the threads.
    threads
        Calls that are made at once.
    waiting
        Calls that may wait beside them.

    Examples
    --------
    >>> import asyncio
    >>> turns = Turns("example", threads=1, waiting=1)
    >>> asyncio.run(turns.take(sum, [1, 2]))
    3
    >>> turns.close()
    """

    def __init__(self, name: str, threads: int, waiting: int) -> None:
        self._pool = ThreadPoolExecutor(threads, name)
        self._room = threads + waiting
        self.under_way = 0

    async def take(self, function: Callable[..., Result], *arguments: object) -> Result:
        """Return ``function(*arguments)``, computed in one of the threads.

        Raises
        ------
        RequestRefused
            503: the queue is full.
        """
        if self.under_way >= self._room:
            raise too_busy(f"{self.under_way} requests are under way")
        self.under_way += 1
        call = self._pool.submit(function, *arguments)
        # Counted until the thread is through with it, also where nobody waits for the answer any more.
        loop = asyncio.get_running_loop()
        call.add_done_callback(lambda _: _in(loop, self._one_less))
        return await asyncio.wrap_future(call)

    def close(self) -> None:
        """Begin no further call; those under way end by themselves."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _one_less(self) -> None:
        self.under_way -= 1


def _in(loop: asyncio.AbstractEventLoop, function: Callable[[], None]) -> None:
    try:
        loop.call_soon_threadsafe(function)
    except RuntimeError:  # the loop is closed: nobody counts any more
        return
