"""The campaign: ingest → featurize → train → screen → report, on one cluster, as one resumable run."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial

from prefect import flow
from prefect.runtime import flow_run

from matsluice.flows.campaign_file import Campaign, load_campaign
from matsluice.flows.environment import write_environment
from matsluice.flows.featurize import featurize
from matsluice.flows.ingest import ingest
from matsluice.flows.preflight import inputs_digest
from matsluice.flows.progress import Progress
from matsluice.flows.recorded import close_earlier_attempt
from matsluice.flows.report import report
from matsluice.flows.run_directory import RunDirectory, new_run, point_latest, unfinished_run
from matsluice.flows.screen import screen
from matsluice.flows.stage import STAGES
from matsluice.flows.summary import write_summary
from matsluice.flows.tracked import begin_tracking, end_tracking
from matsluice.flows.train import train
from matsluice.infra.clusters import connected
from matsluice.infra.interruption import request_stop
from matsluice.infra.mistakes import Hindered, Interrupted
from matsluice.infra.workspace.disk_faults import disk_faults_said
from matsluice.infra.workspace.layout import Workspace
from matsluice.infra.workspace.run_lock import only_run


@flow(name="campaign", validate_parameters=False)
def campaign(path: str, workspace: str | None = None) -> str:
    """Run a campaign file from where an earlier attempt left off, and return the run's folder.

    Parameters
    ----------
    path
        The campaign file.
    workspace
        Folder in place of the file's.
    """
    asked = load_campaign(path, workspace=workspace)
    folder = Workspace(asked.workspace).campaign_folder(asked.name)
    with only_run(folder, asked.name):
        run = begin(asked)
        with accounted(run), ThreadPoolExecutor(1) as aside:
            tracking = aside.submit(begin_tracking, run)
            with connected(asked.cluster, run.work / "dask") as cluster:
                ingest(str(run.path))
                cluster.wait_ready(partial(Progress, run.path))
                featurize(str(run.path))
                tracking.result()
                train(str(run.path))
                screen(str(run.path))
                report(str(run.path))
    return str(run.path)


def begin(asked: Campaign) -> RunDirectory:
    """Return the run to go on with, or a new one."""
    inputs = inputs_digest(asked)
    run = unfinished_run(asked, inputs) or new_run(asked, inputs)
    close_earlier_attempt(run)
    run.tell(
        status="running",
        attempts=run.state()["attempts"] + 1,
        prefect={"flow_run_id": str(flow_run.id)},
        failure=None,
        resumable=False,
    )
    write_environment(run.path / "environment.txt")
    point_latest(run)
    return run


@contextmanager
def accounted(run: RunDirectory) -> Iterator[None]:
    """Say in the state and in summary.json how the attempt ended, whatever ended it.

    Raises
    ------
    Hindered
        The disk kept the run from going on; anything else as the block has raised it.
    """
    start, before = time.perf_counter(), run.state()["seconds"].get("total", 0.0)

    def account(status: str, **ending: object) -> None:
        attempt = time.perf_counter() - start
        close_attempt(run, status, before + attempt, attempt, ending)

    try:
        with disk_faults_said(run.workspace.path):
            yield
            account("completed", failure=None, resumable=False)
    except Interrupted:
        _in_spite(account, "interrupted", failure=None)
        raise
    except Exception as error:
        _in_spite(
            account,
            "failed",
            failure=f"{type(error).__name__}: {error}",
            resumable=isinstance(error, Hindered),
        )
        raise
    except BaseException:
        # Prefect cancels a flow by raising in its main thread; tasks in other threads learn of it here.
        request_stop()
        _in_spite(account, "interrupted", failure=None)
        raise
    shutil.rmtree(run.work, ignore_errors=True)


def close_attempt(
    run: RunDirectory, status: str, total: float, attempt: float, ending: dict[str, object]
) -> None:
    """Write how an attempt ended; the state last where it ended well, so that until then it can be taken up."""
    spent = {**run.state()["seconds"], "total": round(total, 3)}
    outside = total - sum(spent.get(stage, 0.0) for stage in STAGES)
    facts = {"seconds": {**spent, "outside_stages": round(outside, 3), "attempt": attempt}, **ending}
    run.tell(**facts, **({} if status == "completed" else {"status": status}))
    write_summary(run, status)
    end_tracking(run, status)
    run.tell(status=status)


def _in_spite(account: Callable[..., None], status: str, **ending: object) -> None:
    # On a disk that is full nothing can be told; the state then says that the attempt runs, and that is enough
    # to take it up. What ended the attempt is not to be hidden by this.
    with suppress(Exception):
        account(status, **ending)
