"""Which workers are there, looked at as long as a run lasts: for its log and its metrics."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, cast

from matsluice.infra.metrics import counts
from matsluice.infra.run_log import say

if TYPE_CHECKING:
    from distributed import Client

LOOK_EVERY_S: Final = 2.0
# Of a thousand workers that come at once the names are not worth a line each.
NAMED_AT_ONCE: Final = 8


@contextmanager
def watching_workers(client: Client) -> Iterator[None]:
    """Tell which workers come and go while the block lasts."""
    over = threading.Event()
    seen = _present(client) or {}
    counts().cluster(len(seen), sum(seen.values()))
    say("info", f"{_number(len(seen))} with {sum(seen.values())} threads", facts={"workers": len(seen)})

    def watch() -> None:
        before = seen
        while not over.wait(LOOK_EVERY_S):
            now = _present(client)
            if now is None or over.is_set():
                continue
            tell(before, now)
            before = now

    watcher = threading.Thread(target=watch, name="worker-watch", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join(LOOK_EVERY_S)
        counts().cluster(0, 0)


def tell(before: dict[str, int], now: dict[str, int]) -> None:
    """Tell the difference between two looks: address → threads."""
    gone, come = sorted(before.keys() - now.keys()), sorted(now.keys() - before.keys())
    counts().cluster(len(now), sum(now.values()), lost=len(gone))
    for addresses, level, what in ((gone, "warning", "went away"), (come, "info", "came")):
        if addresses:
            named = ", ".join(addresses[:NAMED_AT_ONCE])
            more = f" and {len(addresses) - NAMED_AT_ONCE} more" if len(addresses) > NAMED_AT_ONCE else ""
            say(
                "warning" if level == "warning" else "info",
                f"{_number(len(addresses))} {what}: {named}{more}; {len(now)} there",
                facts={"workers": len(now), "changed": len(addresses)},
            )


def _present(client: Client) -> dict[str, int] | None:
    """Return address → threads, None where the scheduler cannot be asked now."""
    try:
        # Only an asynchronous client gives something to await.
        return dict(cast("dict[str, int]", client.nthreads()))
    except Exception:  # noqa: BLE001 - the run itself finds out what it is, and says so
        return None


def _number(workers: int) -> str:
    return "1 worker" if workers == 1 else f"{workers} workers"
