"""A local cluster that keeps its number of workers, whatever ends them and when."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import Any

from distributed import LocalCluster, Status

LOOK_EVERY_S = 1.0


class KeptCluster(LocalCluster):
    """Dask's local cluster, with a thread that puts new nannies in the place of those that gave up.

    A nanny starts a new worker in the place of one that was killed. But where that one is killed too before it
    is quite up, the nanny ends for good, and the cluster would go on with a worker less, in the end with none.
    """

    def __init__(self, **settings: Any) -> None:
        self._over = threading.Event()
        super().__init__(**settings)  # type: ignore[no-untyped-call]
        self._keeper = threading.Thread(target=self._keep, name="keeps workers", daemon=True)
        self._keeper.start()

    def _keep(self) -> None:
        while not self._over.wait(LOOK_EVERY_S):
            # A worker that does not come up now is started again a second later.
            with suppress(Exception):
                self.sync(self._replace_ended)  # type: ignore[no-untyped-call]

    async def _replace_ended(self) -> None:
        ended = [
            name for name, nanny in self.workers.items() if nanny.status in (Status.closed, Status.failed)
        ]
        for name in ended:
            del self.workers[name]
        if set(self.worker_spec) - set(self.workers) and not self._over.is_set():
            await self._correct_state()  # type: ignore[no-untyped-call]

    def close(self, timeout: float | None = None) -> Any:
        """Stop keeping workers, then stop them."""
        self._over.set()
        return super().close(timeout)
