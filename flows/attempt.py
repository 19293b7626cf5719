"""How an attempt at a run ends, told in the state, in summary.json and to MLflow, whatever ended it."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from matsluice.flows.delivery import post_end
from matsluice.flows.reused import keep_only_these
from matsluice.flows.run_directory import RunDirectory
from matsluice.flows.stage import STAGES
from matsluice.flows.summary import write_summary
from matsluice.infra.interruption import request_stop
from matsluice.infra.mistakes import Hindered, Interrupted
from matsluice.infra.redaction import redacted
from matsluice.infra.servers.prefect_away import PrefectAway, away_sentence, prefect_is_away
from matsluice.infra.workspace.atomic_files import delete_halves
from matsluice.infra.workspace.disk_faults import disk_faults_said


@contextmanager
def accounted(run: RunDirectory) -> Iterator[None]:
    """Say in the state and in summary.json how the attempt ended, whatever ended it.

    Raises
    ------
    Hindered
        The disk kept the run from going on.
    PrefectAway
        Prefect's server does not answer any more; anything else as the block has raised it.
    """
    start, before = time.perf_counter(), run.state()["seconds"].get("total", 0.0)

    def account(status: str, **ending: object) -> None:
        attempt = time.perf_counter() - start
        close_attempt(run, status, before + attempt, attempt, ending)

    try:
        with disk_faults_said(run.workspace.path):
            yield
            account("completed", failure=None, resumable=False)
            keep_only_these(run)
    except Interrupted as stop:
        failure = None if type(stop) is Interrupted else redacted(str(stop))
        _in_spite(account, "interrupted", failure=failure)
        raise
    except Exception as error:
        reason = None if isinstance(error, Hindered) else prefect_is_away(error)
        if reason is not None:
            sentence = redacted(away_sentence(reason))
            _in_spite(account, "interrupted", failure=sentence)
            raise PrefectAway(sentence) from error
        told = redacted(f"{type(error).__name__}: {error}")
        _in_spite(account, "failed", failure=told, resumable=isinstance(error, Hindered))
        raise
    except BaseException:
        # Prefect cancels a flow by raising in its main thread; tasks in other threads learn of it here.
        request_stop()
        _in_spite(account, "interrupted", failure=None)
        raise
    shutil.rmtree(run.work, ignore_errors=True)
    # Only the holder of the campaign's lock writes here, so these are halves that killed attempts have left.
    delete_halves(run.path)


def close_attempt(
    run: RunDirectory, status: str, total: float, attempt: float, ending: dict[str, object]
) -> None:
    """Write how an attempt ended; the state last where it ended well, so that until then it can be taken up."""
    spent = run.state()["seconds"]
    stages = sum(spent.get(stage, 0.0) for stage in STAGES)
    # An attempt that was killed has told of the stages it ended, and of no total.
    total = max(total, stages)
    spent, outside = {**spent, "total": round(total, 3)}, total - stages
    facts = {"seconds": {**spent, "outside_stages": round(outside, 3), "attempt": attempt}, **ending}
    run.tell(**facts, **({} if status == "completed" else {"status": status}))
    write_summary(run, status)
    post_end(run, status)
    run.tell(status=status)


def _in_spite(account: Callable[..., None], status: str, **ending: object) -> None:
    # On a disk that is full nothing can be told; the state then says that the attempt runs, and that is enough
    # to take it up. What ended the attempt is not to be hidden by this.
    with suppress(Exception):
        account(status, **ending)
