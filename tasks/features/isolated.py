"""A block over some materials in a killable child: a row that hangs or kills costs that row alone."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from matsluice.infra.feature_store import Refused
from matsluice.infra.isolation import KillableProcess, Lost, RaisedInChild
from matsluice.infra.mistakes import Failed
from matsluice.infra.numeric_threads import ONE_THREAD
from matsluice.tasks.features.blocks import find_block
from matsluice.tasks.features.each import BlockRows, joined
from matsluice.tasks.features.in_child import RowsTask, compute, prepare

# A child that starts imports for some seconds, and compiles kernels for up to a minute where none are on disk.
START_TIMEOUT_S = 300.0
# Rows asked for at first, before it is known what one costs; then as many as take about this long.
FIRST_ROWS = 16
ASKED_AT_ONCE_S = 1.0
GROWTH = 4
# A process may be killed from outside; twice in the same row alone is the row's doing.
DEATHS_ALONE = 2

_of_thread = threading.local()


def child_of_this_thread() -> KillableProcess:
    """Return the child of the calling thread; a Dask worker's thread keeps its child from chunk to chunk."""
    if not hasattr(_of_thread, "child"):
        _of_thread.child = KillableProcess(ONE_THREAD)
    child: KillableProcess = _of_thread.child
    return child


def compute_isolated(child: KillableProcess, task: RowsTask, row_timeout_s: float) -> BlockRows:
    """Return a block's values of the task's rows.

    Rows are asked for some at a time. Where that takes longer than one row may, or kills the child, those rows are
    asked for one by one; so what a poison row costs is its own time, once or twice, and its neighbours' again.

    Parameters
    ----------
    child
        Where it is computed.
    task
        What.
    row_timeout_s
        Seconds a row may take.

    Raises
    ------
    Failed
        The block cannot be used here at all.
    """
    columns = len(find_block(task.block).make().columns())
    asker = _Asker(child, task, row_timeout_s, columns)
    return in_groups(asker.ask, len(task.rows), columns)


def in_groups(ask: Callable[[int, int], BlockRows | Lost], rows: int, columns: int) -> BlockRows:
    """Ask for all rows in groups that take about a second; the rows of a group that is lost one by one.

    Parameters
    ----------
    ask
        From (start, stop) to the values, or to how they were lost; a row alone is never lost.
    rows, columns
        Shape of the whole.
    """
    parts: list[BlockRows] = []
    start, size, suspected_until = 0, FIRST_ROWS, 0
    while start < rows:
        stop = min(rows, start + (1 if start < suspected_until else size))
        began = time.monotonic()
        answer = ask(start, stop)
        if isinstance(answer, Lost):
            suspected_until = stop
            continue
        parts.append(answer)
        size = _next_size(stop - start, time.monotonic() - began)
        start = stop
    return joined(parts, columns)


def _next_size(rows: int, seconds: float) -> int:
    """Return how many rows to ask for after so many took so long."""
    return max(1, int(min(rows * ASKED_AT_ONCE_S / max(seconds, 1e-6), GROWTH * rows)))


@dataclass(slots=True)
class _Asker:
    """Asks a child, and starts it anew where it was lost."""

    child: KillableProcess
    task: RowsTask
    row_timeout_s: float
    columns: int
    prepared: int = field(default=-1)

    def ask(self, start: int, stop: int) -> BlockRows | Lost:
        """Return the rows' values or how they were lost; of one row alone, that it was refused."""
        for death in range(1, DEATHS_ALONE + 1):
            began = time.monotonic()
            try:
                self._prepare()
                began = time.monotonic()
                return self.child.call(compute, start, stop, timeout_s=self.row_timeout_s)
            except Lost as loss:
                if stop - start > 1:
                    return loss
                if loss.reason == "killed" and death < DEATHS_ALONE:
                    continue
                return BlockRows.nothing(self.columns, _refused(loss), time.monotonic() - began)
            except RaisedInChild as error:
                if stop - start > 1:
                    return Lost("killed", error.text)
                return BlockRows.nothing(
                    self.columns, Refused("raised", error.text), time.monotonic() - began
                )
        raise AssertionError("the last attempt has returned")

    def _prepare(self) -> None:
        if self.prepared == self.child.starts and self.child.pid is not None:
            return
        for try_out in (True, False):
            try:
                why = self.child.call(prepare, self.task, try_out, timeout_s=START_TIMEOUT_S)
            except RaisedInChild as error:
                raise Failed(f"block {self.task.block} cannot be used: {error.text}") from error
            except Lost as loss:
                # A plug-in may not survive the material it is tried out with; its rows may do better.
                if try_out:
                    continue
                raise Failed(f"block {self.task.block} cannot be started: {loss.detail}") from loss
            if why:
                raise Failed(why)
            self.prepared = self.child.starts
            return


def _refused(loss: Lost) -> Refused:
    if loss.reason == "timeout":
        return Refused("timeout", f"{loss.detail}, which is what features.row_timeout allows")
    return Refused("killed", loss.detail)
