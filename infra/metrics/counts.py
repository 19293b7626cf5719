"""What is counted while a run goes on, from any of the driver's threads."""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

RATE_OVER_S: Final = 60.0  # a rate is that of the last minute, so that one slow chunk does not hide


@dataclass(frozen=True, slots=True)
class Price:
    """What a core costs for an hour, in the units of some currency."""

    core_hour: float
    currency: str


@dataclass(slots=True)
class StageCounts:
    """What is counted of one stage.

    Attributes
    ----------
    unit
        What `done` counts: rows, fits, candidates.
    done, expected
        So many are done, of so many known by now.
    rejected
        Reason → how many of the done ones were rejected.
    seconds
        Time in the stage, this attempt's and those of earlier ones.
    began
        Monotonic time since when the stage is under way, or None.
    """

    unit: str = "rows"
    done: int = 0
    expected: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    chunks: int = 0
    chunk_seconds: float = 0.0
    seconds: float = 0.0
    began: float | None = None
    recent: deque[tuple[float, int]] = field(default_factory=deque)

    def seconds_now(self) -> float:
        """Return the seconds up to this moment."""
        return self.seconds + (0.0 if self.began is None else time.monotonic() - self.began)

    def rate(self) -> float:
        """Return how many were done a second, over the last minute or since the stage began."""
        now = time.monotonic()
        while self.recent and now - self.recent[0][0] > RATE_OVER_S:
            self.recent.popleft()
        since = RATE_OVER_S if self.began is None else min(RATE_OVER_S, now - self.began)
        return sum(count for _, count in self.recent) / max(since, 1e-3)


@dataclass(slots=True)
class RunCounts:
    """The numbers of a run under way in this process.

    Attributes
    ----------
    stages
        Stage → its counts, in the order in which stages began.
    rows
        "computed", "reused", "rejected" → rows, known when the features are assembled.
    in_flight
        Calls that workers have in hand or wait for.
    retries
        Calls handed over anew because their worker died.
    workers, threads
        Workers that are there, and how many calls they run at once.
    workers_lost
        Workers that went away before the run let go of the cluster.
    core_seconds
        What the cluster's threads cost: threads × time, whether they computed or waited.
    outbox
        Records that are not yet delivered to MLflow.
    ended
        How the attempt ended, "" while it goes on.
    address
        Where the numbers can be scraped, "" where nowhere.
    """

    campaign: str = ""
    run_id: str = ""
    version: str = ""
    price: Price | None = None
    stage: str = ""
    stages: dict[str, StageCounts] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    in_flight: int = 0
    retries: int = 0
    workers: int = 0
    threads: int = 0
    workers_lost: int = 0
    core_seconds: float = 0.0
    outbox: int = 0
    ended: str = ""
    address: str = ""
    last_progress: float = field(default_factory=time.time)
    lock: threading.RLock = field(default_factory=threading.RLock)
    _threads_since: float = field(default_factory=time.monotonic)

    def begin(self, stage: str, earlier_seconds: float = 0.0) -> None:
        """Say that a stage begins, which earlier attempts have spent some seconds on."""
        with self.lock:
            self.stage = stage
            found = self.stages.setdefault(stage, StageCounts())
            found.seconds, found.began = earlier_seconds, time.monotonic()
            self.last_progress = time.time()

    def end(self, stage: str) -> None:
        """Say that the stage is over."""
        with self.lock:
            found = self.stages.setdefault(stage, StageCounts())
            found.seconds, found.began = found.seconds_now(), None
            self.stage = ""

    def expect(self, stage: str, count: int, unit: str) -> None:
        """Count some more as to be done."""
        with self.lock:
            found = self.stages.setdefault(stage, StageCounts())
            found.unit = unit
            found.expected += count

    def advance(self, stage: str, count: int, unit: str, refused: Mapping[str, int] | None = None) -> None:
        """Count some more as done, and of these how many were rejected for which reason."""
        with self.lock:
            found = self.stages.setdefault(stage, StageCounts())
            found.unit = unit
            found.done += count
            found.rejected.update(refused or {})
            found.recent.append((time.monotonic(), count))
            found.rate()  # lets go of what is too old
            self.last_progress = time.time()

    def call_done(self, seconds: float) -> None:
        """Count a call that came back, and the seconds its worker spent on it."""
        with self.lock:
            found = self.stages.setdefault(self.stage or "other", StageCounts())
            found.chunks += 1
            found.chunk_seconds += seconds
            self.last_progress = time.time()

    def sent(self, count: int) -> None:
        """Count calls that were sent; a negative number for those that came back."""
        with self.lock:
            self.in_flight += count

    def call_again(self) -> None:
        """Count a call that is handed over anew."""
        with self.lock:
            self.retries += 1

    def cluster(self, workers: int, threads: int, lost: int = 0) -> None:
        """Say which workers are there now, and how many went away since it was last said."""
        with self.lock:
            self.core_seconds = self.core_seconds_now()
            self._threads_since = time.monotonic()
            self.workers, self.threads = workers, threads
            self.workers_lost += lost

    def core_seconds_now(self) -> float:
        """Return what the cluster has cost up to this moment."""
        with self.lock:
            return self.core_seconds + self.threads * (time.monotonic() - self._threads_since)


# One process has one run under way; outside of one, what is counted is forgotten.
_open: list[RunCounts] = []


def counts() -> RunCounts:
    """Return the counts of the run under way in this process."""
    return _open[-1] if _open else RunCounts()


@contextmanager
def counting() -> Iterator[RunCounts]:
    """Count from zero while the block lasts."""
    begun = RunCounts()
    _open.append(begun)
    try:
        yield begun
    finally:
        _open.remove(begun)
