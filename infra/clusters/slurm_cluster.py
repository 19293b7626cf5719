"""Jobs of Slurm as the units of a cluster: submitted a few at a time, watched, replaced."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from pathlib import Path
from typing import Any

from matsluice.infra.clusters.cut_short import CutShort
from matsluice.infra.clusters.group import Group
from matsluice.infra.clusters.kept_cluster import Kept
from matsluice.infra.clusters.patience import STILLBORN_AT_MOST, Patience
from matsluice.infra.clusters.slurm_commands import Job, SlurmRefusal, my_jobs, said

ASK_EVERY_S = 5.0
# Each is a call of sbatch; a site's controller takes some tens a second from everybody.
SUBMITTED_AT_ONCE = 10
SHOWN_LINES = 3


class SlurmCluster(Kept):
    """A scheduler in this process, and workers in jobs that dask-jobqueue's SLURMJob writes and submits.

    Slurm is the one who knows whether a job lives, so it is asked (one squeue for all, every few seconds); where it
    does not answer, every job is held to be as it was.
    """

    def __init__(self, groups: Sequence[Group], logs: Path, **settings: Any) -> None:
        self._logs = logs
        self._asked = -ASK_EVERY_S
        self._known: dict[str, Job] = {}
        self._came: set[Hashable] = set()
        # With refusals, as by a site's limit of submitted jobs, and with jobs that end before their worker is there.
        self._submitting, self._starting = Patience(), Patience()
        self._refused = ""
        self._silent = ""
        self.resources = frozenset(group.resource for group in groups if group.resource)
        super().__init__(groups, **settings)

    async def _start(self) -> None:
        await super()._start()  # type: ignore[no-untyped-call]
        self._cut_short = CutShort()
        self.scheduler.add_plugin(self._cut_short)

    def unit_of(self, worker: Hashable) -> Hashable:
        """Return the job of a worker; where a job has several, they are numbered behind its name."""
        return str(worker).split("-", maxsplit=1)[0]

    def _new_worker_name(self, worker_number: int) -> str:
        return f"job{worker_number}"

    def may_start(self) -> int:
        """Return how many jobs may be submitted now."""
        if not (self._submitting.over and self._starting.over):
            return 0
        # After a refusal one is enough to see whether there is room again.
        return 1 if self._submitting.failures else SUBMITTED_AT_ONCE

    def did_start(self) -> None:
        """Forget the refusals: Slurm takes jobs."""
        self._refused = ""
        self._submitting.worked()

    def did_not_start(self, error: Exception) -> None:
        """Wait longer and longer before the next try; go on with the jobs that came."""
        self._refused = said(str(error).partition("stderr:")[2].partition("cmd:")[0]) or str(error)
        self._submitting.failed()

    async def ended(self) -> Iterable[Hashable]:
        """Return the jobs that Slurm has done with, and those that it has not taken."""
        self._note_trouble()
        self._came |= {self.unit_of(ws.name) for ws in self.scheduler.workers.values()}
        untaken = [name for name, job in self.workers.items() if job.job_id is None]
        if time.monotonic() - self._asked < ASK_EVERY_S:
            return untaken
        self._asked = time.monotonic()
        ids = {name: job.job_id for name, job in self.workers.items() if job.job_id is not None}
        try:
            self._known = await asyncio.to_thread(my_jobs, ids.values())
            self._silent = ""
        except SlurmRefusal as refusal:
            self._silent = str(refusal)
            return untaken
        over = [name for name, job in ids.items() if job not in self._known]
        for name in over:
            self._note_end(name, ids[name])
        return [*untaken, *over]

    def _note_end(self, name: Hashable, job_id: str) -> None:
        if name in self._came:
            self._starting.worked()
            return
        self._starting.failed()
        if self._starting.failures >= STILLBORN_AT_MOST and not self.scheduler.workers:
            self.trouble = (
                f"{self._starting.failures} Slurm jobs in a row ended before their worker was there; the last one "
                f"said: {self._last_words(job_id)}. Look at cluster.setup, cluster.python and cluster.interface, and "
                "run the same command"
            )

    def _last_words(self, job_id: str) -> str:
        files = sorted(self._logs.glob(f"*-{job_id}.log"))
        lines = files[0].read_text(encoding="utf-8", errors="replace").split("\n") if files else []
        return " / ".join([line.strip() for line in lines if line.strip()][-SHOWN_LINES:]) or "nothing"

    def _note_trouble(self) -> None:
        if self._cut_short.again_and_again:
            self.trouble = (
                f"a call of {self._cut_short.again_and_again} was cut short again and again by the end of its job: "
                "raise cluster.walltime, and run the same command"
            )

    def awaited(self) -> str:
        """Return, in words, why no worker is there yet."""
        if self._silent:
            return f"Slurm does not answer: {self._silent}"
        waiting = Counter(job.reason for job in self._known.values() if job.state == "PENDING")
        if waiting:
            reasons = ", ".join(reason for reason, _ in waiting.most_common(2) if reason != "None")
            count = sum(waiting.values())
            jobs = "1 job waits" if count == 1 else f"{count} jobs wait"
            return f"{jobs} in Slurm's queue" + (f" ({reasons})" if reasons else "")
        if self._refused:
            return f"Slurm takes no job: {self._refused}"
        return "waiting for the first Slurm job's worker"
