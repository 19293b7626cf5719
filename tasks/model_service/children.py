"""Features of a request's materials from a child process that is killed where one of them hangs."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from matsluice.infra.feature_store import Refused
from matsluice.infra.isolation import KillableProcess, Lost, RaisedInChild
from matsluice.infra.mistakes import Failed
from matsluice.infra.numeric_threads import ONE_THREAD
from matsluice.tasks.features.each import BlockRows
from matsluice.tasks.features.isolated import DEATHS_ALONE, START_TIMEOUT_S, in_groups
from matsluice.tasks.material import CompositionBatch, concatenate
from matsluice.tasks.model_service.in_child import ChildRows, ChildTask, compute, prepare

if TYPE_CHECKING:
    from matsluice.tasks.model_service.limits import ServiceLimits

# What a refusal quotes of an exception's text, which may be as long as the material.
LONGEST_DETAIL: Final = 300


class Children:
    """Some children, each of which computes for one request at a time; they start when they are first needed.

    Parameters
    ----------
    task
        What the model computes from.
    columns
        How many features that gives.
    limits
        What a material may cost.
    """

    def __init__(self, task: ChildTask, columns: int, limits: ServiceLimits) -> None:
        self._task, self._columns, self._limits = task, columns, limits
        # The last one that was used is the next: it lives and knows the task, others may not have been started yet.
        self._free: queue.LifoQueue[_Child] = queue.LifoQueue()
        self._all = [_Child(KillableProcess(ONE_THREAD)) for _ in range(limits.threads)]
        for child in self._all:
            self._free.put(child)
        self._stopping = threading.Event()

    def start(self) -> None:
        """Start one child, so that the first request does not wait for it.

        Raises
        ------
        Failed
            A block cannot be used here.
        """
        with self._one() as child:
            child.begin(self._task)

    def compute(self, texts: tuple[str, ...], are_structures: bool, until: float) -> ChildRows:
        """Return the features of n materials.

        Parameters
        ----------
        texts
            Structures or formulas.
        are_structures
            Which of the two.
        until
            Monotonic time after which the materials whose turn has not come are refused.
        """
        compositions: list[CompositionBatch] = []

        def ask(start: int, stop: int) -> BlockRows | Lost:
            late = "the service is stopping" if self._stopping.is_set() else ""
            if time.monotonic() > until:
                late = f"the {self._limits.request_seconds:g} s of the request were over before its turn"
            if late:
                return self._nothing(stop - start, Refused("timeout", late))
            answer = self._ask(child, texts[start:stop], are_structures)
            if isinstance(answer, ChildRows):
                compositions.append(answer.compositions)
                return answer.computed
            return answer

        with self._one() as child:
            computed = in_groups(ask, len(texts), self._columns)
        return ChildRows(computed, concatenate(compositions))

    def stop(self) -> None:
        """Begin no further material; the one under way ends by its own time."""
        self._stopping.set()

    def close(self) -> None:
        """End the children that nobody uses; those in use end with this process."""
        self.stop()
        while not self._free.empty():
            self._free.get().process.kill()

    @contextmanager
    def _one(self) -> Iterator[_Child]:
        child = self._free.get()
        try:
            yield child
        finally:
            self._free.put(child)

    def _ask(
        self, child: _Child, texts: tuple[str, ...], are_structures: bool
    ) -> ChildRows | BlockRows | Lost:
        try:
            return self._whole(self._call(child, texts, are_structures))
        except Lost as loss:
            if len(texts) > 1:
                return loss
            allowed = ", which is what a material may take" if loss.reason == "timeout" else ""
            return self._nothing(1, Refused(loss.reason, loss.detail + allowed))
        except RaisedInChild as raised:
            if len(texts) > 1:
                return Lost("killed", raised.text)
            return self._nothing(1, Refused("raised", raised.text[:LONGEST_DETAIL]))
        except Failed as failure:
            return self._nothing(len(texts), Refused("raised", str(failure)[:LONGEST_DETAIL]))

    def _call(self, child: _Child, texts: tuple[str, ...], are_structures: bool) -> ChildRows:
        """Return what the child computes; one material that kills it is tried again, since somebody else may have."""
        for death in range(1, DEATHS_ALONE + 1):
            child.begin(self._task)
            try:
                return child.process.call(compute, texts, are_structures, timeout_s=self._limits.row_seconds)
            except Lost as loss:
                if len(texts) > 1 or loss.reason != "killed" or death == DEATHS_ALONE:
                    raise
        raise AssertionError("the last attempt has returned")

    def _whole(self, rows: ChildRows) -> ChildRows:
        """Return the rows with all columns, which they lack where not one could be computed."""
        if rows.computed.values.shape[1] == self._columns:
            return rows
        count = len(rows.computed.values)
        empty = self._nothing(count, Refused("", ""))
        return ChildRows(BlockRows(empty.values, {}, rows.computed.refused, empty.seconds), rows.compositions)

    def _nothing(self, rows: int, refused: Refused) -> BlockRows:
        one = BlockRows.nothing(self._columns, refused, 0.0)
        return BlockRows(
            one.values.repeat(rows, axis=0), {}, dict.fromkeys(range(rows), refused), one.seconds.repeat(rows)
        )


@dataclass(slots=True)
class _Child:
    """A child, and which of its lives has been told the task."""

    process: KillableProcess
    prepared: int = field(default=-1)

    def begin(self, task: ChildTask) -> None:
        """See that it lives and knows the task.

        Raises
        ------
        Failed
            It does not start.
        """
        if self.prepared == self.process.starts and self.process.pid is not None:
            return
        try:
            self.process.call(prepare, task, timeout_s=START_TIMEOUT_S)
        except (RaisedInChild, Lost) as why:
            text = why.text if isinstance(why, RaisedInChild) else why.detail
            raise Failed(f"the blocks of the model cannot be computed here: {text}") from why
        self.prepared = self.process.starts
