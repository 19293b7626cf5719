"""The campaign: ingest → featurize → train → screen → report, on one cluster, as one resumable run."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from prefect import flow
from prefect.runtime import flow_run

from matsluice.flows.campaign_file import Campaign, load_campaign
from matsluice.flows.delivery import delivering, post_end
from matsluice.flows.environment import write_environment
from matsluice.flows.featurize import featurize
from matsluice.flows.ingest import ingest
from matsluice.flows.preflight import inputs_digest
from matsluice.flows.recorded import close_earlier_attempt
from matsluice.flows.report import report
from matsluice.flows.run_directory import RunDirectory, new_run, point_latest, unfinished_run
from matsluice.flows.screen import screen
from matsluice.flows.stage import STAGES
from matsluice.flows.summary import write_summary
from matsluice.flows.train import train
from matsluice.infra.clusters import connected
from matsluice.infra.interruption import request_stop
from matsluice.infra.mistakes import Failed, Interrupted
from matsluice.infra.servers.prefect_away import PrefectAway, away_sentence, prefect_is_away
from matsluice.infra.tracking.store import check_address
from matsluice.infra.workspace.layout import Workspace
from matsluice.infra.workspace.run_lock import only_run


@flow(name="campaign", validate_parameters=False)
def campaign(path: str, workspace: str | None = None, retry: Sequence[str] = ()) -> str:
    """Run a campaign file from where an earlier attempt left off, and return the run's folder.

    Parameters
    ----------
    path
        The campaign file.
    workspace
        Folder in place of the file's.
    retry
        Reasons for which blocks refused rows that are tried again.
    """
    asked = load_campaign(path, workspace=workspace)
    folder = Workspace(asked.workspace).campaign_folder(asked.name)
    with only_run(folder, asked.name):
        run = begin(asked, retry)
        with delivering(run), accounted(run), connected(asked.cluster, run.work / "dask") as cluster:
            ingest(str(run.path))
            cluster.wait_ready()
            featurize(str(run.path))
            train(str(run.path))
            screen(str(run.path))
            report(str(run.path))
    return str(run.path)


def begin(asked: Campaign, retry: Sequence[str]) -> RunDirectory:
    """Return the run to go on with, or a new one; where refused rows are tried again, always a new one."""
    inputs = inputs_digest(asked)
    run = None if retry else unfinished_run(asked, inputs)
    if run is None:
        check_address(asked.tracking.uri)
        run = new_run(asked, inputs, retry)
    close_earlier_attempt(run)
    run.tell(
        status="running",
        attempts=run.state()["attempts"] + 1,
        prefect={"flow_run_id": str(flow_run.id)},
        failure=None,
    )
    write_environment(run.path / "environment.txt")
    point_latest(run)
    return run


@contextmanager
def accounted(run: RunDirectory) -> Iterator[None]:
    """Say in the state and in summary.json how the attempt ended, whatever ended it."""
    start = time.perf_counter()
    status, failure = "failed", None
    try:
        yield
        status = "completed"
    except Interrupted as stop:
        status = "interrupted"
        failure = None if type(stop) is Interrupted else str(stop)
        raise
    except Exception as error:
        reason = prefect_is_away(error)
        if reason is not None:
            status, failure = "interrupted", away_sentence(reason)
            raise PrefectAway(failure) from error
        failure = f"{type(error).__name__}: {error}"
        raise
    except BaseException:
        # Prefect cancels a flow by raising in its main thread; tasks in other threads learn of it here.
        request_stop()
        status = "interrupted"
        raise
    finally:
        attempt = time.perf_counter() - start
        run.add_seconds("total", attempt)
        spent = run.state()["seconds"]
        outside = spent["total"] - sum(spent.get(stage, 0.0) for stage in STAGES)
        run.tell(failure=failure, seconds={"outside_stages": round(outside, 3), "attempt": attempt})
        write_summary(run, status)
        close(run, status)


def close(run: RunDirectory, status: str) -> None:
    """End the run in MLflow, and say in the state that it has ended: not before MLflow has all of it."""
    try:
        post_end(run, status)
    except (Interrupted, Failed) as error:
        status = "interrupted" if isinstance(error, Interrupted) else "failed"
        run.tell(failure=None if type(error) is Interrupted else str(error))
        write_summary(run, status)
        raise
    finally:
        run.tell(status=status)
    if status == "completed":
        shutil.rmtree(run.work, ignore_errors=True)
