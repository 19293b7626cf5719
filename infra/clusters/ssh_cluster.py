"""Workers behind ssh as the units of a cluster: spread over the hosts, watched, replaced."""

from __future__ import annotations

import asyncio
import subprocess
from collections import Counter
from collections.abc import Hashable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from distributed.deploy.spec import ProcessInterface

from matsluice.infra.clusters.group import Group
from matsluice.infra.clusters.kept_cluster import Kept
from matsluice.infra.clusters.opened import ClusterSettings
from matsluice.infra.clusters.patience import STILLBORN_AT_MOST, Patience
from matsluice.infra.clusters.ssh import ssh_command, worker_script
from matsluice.infra.clusters.ssh_options import SshOptions

LEAVE_WITHIN_S = 5.0
SHOWN_LINES = 3


class SshWorker(ProcessInterface):
    """A worker behind one ssh connection, which it does not outlive."""

    def __init__(
        self, scheduler: str, name: str, host: str, settings: ClusterSettings, scratch: Path
    ) -> None:
        super().__init__(scheduler, name)  # type: ignore[no-untyped-call]
        options = settings.options
        assert isinstance(options, SshOptions)
        self.host = host
        self.log = scratch / f"{name}-{host}.log"
        self._command = ssh_command(options, host)
        self._script = worker_script(settings, scratch, scheduler, name)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def ended(self) -> bool:
        """Whether the connection is over, and the worker with it."""
        return self._process is None or self._process.poll() is not None

    async def start(self) -> None:
        """Log in, and hand over the lines that start the worker; the input is kept open as a sign of life."""
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - as in the check: a host cannot begin with -
                self._command,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C in the terminal is the run's to answer
            )
        assert self._process.stdin is not None
        # A connection that is refused ends before it has read anything; its log says why.
        with suppress(BrokenPipeError):
            self._process.stdin.write(self._script.encode())
            self._process.stdin.flush()
        await super().start()  # type: ignore[no-untyped-call]

    def let_go(self) -> None:
        """Close the input."""
        if self._process is not None and self._process.stdin is not None:
            with suppress(BrokenPipeError):
                self._process.stdin.close()

    async def close(self) -> None:
        """Close the input, on which the host ends the worker, and then the connection."""
        process = self._process
        if process is not None:
            self.let_go()
            try:
                await asyncio.to_thread(process.wait, LEAVE_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()
                await asyncio.to_thread(process.wait)
        await super().close()  # type: ignore[no-untyped-call]


class SshCluster(Kept):
    """A scheduler in this process, and workers on other hosts, as many on each.

    A host that starts no worker is left alone for a while, longer each time; the others go on.
    """

    def __init__(self, group: Group, settings: ClusterSettings, scratch: Path, **more: Any) -> None:
        options = settings.options
        assert isinstance(options, SshOptions)
        self._settings, self._scratch = settings, scratch
        self._patience = {host: Patience() for host in options.hosts}
        self._each = -(-settings.workers // len(options.hosts))
        self._came: set[Hashable] = set()
        super().__init__([group], **more)

    def _free(self) -> Counter[str]:
        """Return host → how many more workers may be started there now."""
        there = Counter(spec["options"]["host"] for spec in self.worker_spec.values())
        return Counter(
            {host: self._each - there[host] for host, patience in self._patience.items() if patience.over}
        )

    def may_start(self) -> int:
        """Return for how many workers there is room on hosts that work."""
        return sum(max(0, room) for room in self._free().values())

    def new_worker_spec(self) -> dict[str, Any]:
        """Return the next worker, on the host with the most room."""
        (host, _), *_rest = self._free().most_common(1)
        options = {"host": host, "settings": self._settings, "scratch": self._scratch}
        return {f"ssh{self._i}": {"cls": SshWorker, "options": options}}

    async def ended(self) -> Iterable[Hashable]:
        """Return the workers whose connections are over."""
        self._came |= {ws.name for ws in self.scheduler.workers.values()}
        over = [name for name, worker in self.workers.items() if worker.ended]
        for name in over:
            self.workers[name].let_go()
            self._note_end(name)
        return over

    def _note_end(self, name: Hashable) -> None:
        worker = self.workers[name]
        if name in self._came:
            self._patience[worker.host].worked()
            return
        self._patience[worker.host].failed()
        if self.scheduler.workers:
            return
        if all(patience.failures >= STILLBORN_AT_MOST for patience in self._patience.values()):
            self.trouble = (
                f"no worker comes up on {', '.join(self._patience)}; the last one said: {_last_words(worker.log)}. "
                "Look at cluster.setup, cluster.python and cluster.interface, and run the same command"
            )

    def awaited(self) -> str:
        """Return, in words, what is waited for."""
        failing = [host for host, patience in self._patience.items() if patience.failures]
        more = f"; it did not come up on {', '.join(failing)}" if failing else ""
        return f"waiting for a worker behind ssh{more}"


def _last_words(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").split("\n") if log.exists() else []
    return " / ".join([line.strip() for line in lines if line.strip()][-SHOWN_LINES:]) or "nothing"
