"""How far a run is, in a file that the terminal, `matsluice status` and anybody else reads."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from matsluice.infra.metrics import counts
from matsluice.infra.workspace.atomic_files import read_json

# A reader looks a few times a second; writing more often would only cost.
WRITE_EVERY_S = 0.25
WAITING_FILE = "waiting.json"  # there while records wait for MLflow


@dataclass(slots=True)
class Progress:
    """Counts of one stage, from any of its threads, written to progress.json at most four times a second.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> Progress(folder, "featurize", total=4, unit="materials").advance(4)
    >>> read_progress(folder)["done"]
    4
    """

    run_directory: Path
    stage: str
    total: int | None = None
    unit: str = "rows"
    done: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    _began: float = field(default_factory=time.monotonic)
    _written: float = 0.0
    _counting: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Say at once that the stage has begun."""
        if self.total:
            counts().expect(self.stage, self.total, self.unit)
        self._write()

    def expect(self, count: int) -> None:
        """Count some more as to be done."""
        with self._counting:
            self.total = (self.total or 0) + count
            counts().expect(self.stage, count, self.unit)
            self._write()

    def advance(self, count: int, refused: Mapping[str, int] | None = None) -> None:
        """Count some more as done; of these, how many were refused for which reason."""
        with self._counting:
            self.done += count
            self.refused.update(refused or {})
            counts().advance(self.stage, count, self.unit, refused)
            if time.monotonic() - self._written > WRITE_EVERY_S or self.done == self.total:
                self._write()

    def finish(self) -> None:
        """Write the last counts, which came too soon after the ones before."""
        with self._counting:
            self._write()

    def _write(self) -> None:
        self._written = time.monotonic()
        path = self.run_directory / "progress.json"
        draft = path.with_suffix(".part")
        counts = {
            "stage": self.stage,
            "done": self.done,
            "total": self.total,
            "unit": self.unit,
            "refused": dict(self.refused),
            # Since the stage began in this attempt, by a clock that nobody sets.
            "seconds": self._written - self._began,
        }
        # What is shown is not worth stopping for; a disk that is full is met by what is.
        with suppress(OSError):
            draft.write_text(json.dumps(counts), encoding="utf-8")
            draft.replace(path)


def read_progress(run_directory: Path) -> dict[str, object] | None:
    """Return the latest counts, or None before the first."""
    path = run_directory / "progress.json"
    if not path.exists():
        return None
    counts: dict[str, object] = read_json(path)
    return counts


def read_waiting(run_directory: Path) -> dict[str, object] | None:
    """Return how many records wait for MLflow, since when and why, or None where none does."""
    try:
        waiting: dict[str, object] = read_json(run_directory / WAITING_FILE)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return waiting
