"""The campaign: ingest → featurize → train → screen → (study) → report, on one cluster, as one resumable run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from prefect import flow
from prefect.runtime import flow_run

from matsluice.flows.attempt import accounted
from matsluice.flows.campaign_file import Campaign, load_campaign
from matsluice.flows.delivery import delivering
from matsluice.flows.environment import write_environment
from matsluice.flows.featurize import featurize
from matsluice.flows.ingest import ingest
from matsluice.flows.links import tell_dashboard, tell_links
from matsluice.flows.logged import logged_attempt
from matsluice.flows.preflight import inputs_digest
from matsluice.flows.progress import Progress
from matsluice.flows.recorded import close_earlier_attempt
from matsluice.flows.report import report
from matsluice.flows.run_directory import RunDirectory, new_run, point_latest, unfinished_run
from matsluice.flows.screen import screen
from matsluice.flows.shown import progress_shown
from matsluice.flows.study import study
from matsluice.flows.train import train
from matsluice.infra.clusters import connected
from matsluice.infra.clusters.worker_watch import watching_workers
from matsluice.infra.schedules.wishes import heeding_wishes
from matsluice.infra.tracking.access import named_uri
from matsluice.infra.tracking.store import check_address
from matsluice.infra.workspace.layout import Workspace
from matsluice.infra.workspace.run_lock import only_run


@flow(name="campaign", validate_parameters=False)
def campaign(
    path: str,
    workspace: str | None = None,
    retry: Sequence[str] = (),
    occasion: Mapping[str, Any] | None = None,
) -> str:
    """Run a campaign file from where an earlier attempt left off, and return the run's folder.

    Parameters
    ----------
    path
        The campaign file.
    workspace
        Folder in place of the file's.
    retry
        Reasons for which blocks refused rows that are tried again.
    occasion
        The schedule's name, the time the run was due, and those that were missed, where a schedule has started it.
    """
    asked = load_campaign(path, workspace=workspace)
    folder = Workspace(asked.workspace).campaign_folder(asked.name)
    with only_run(folder, asked.name):
        run = begin(asked, retry, occasion)
        known = run.state()["prefect"]
        with (
            logged_attempt(run),
            heeding_wishes([known["flow_run_id"], known["root_flow_run_id"]]),
            progress_shown(run, known["root_flow_run_id"]),
            delivering(run),
            accounted(run),
            connected(asked.cluster, run.work / "dask") as cluster,
        ):
            ingest(str(run.path))
            client = cluster.wait_ready(partial(Progress, run.path))
            tell_dashboard(run, client)
            with watching_workers(client):
                featurize(str(run.path))
                train(str(run.path))
                screen(str(run.path))
                if run.campaign.studies:
                    study(str(run.path))
                report(str(run.path))
    return str(run.path)


def begin(asked: Campaign, retry: Sequence[str], occasion: Mapping[str, Any] | None = None) -> RunDirectory:
    """Return the run to go on with, or a new one; where refused rows are tried again, always a new one."""
    inputs = inputs_digest(asked)
    run = None if retry else unfinished_run(asked, inputs)
    if run is None:
        check_address(named_uri(asked.tracking.uri))
        run = new_run(asked, inputs, retry)
    close_earlier_attempt(run)
    run.tell(
        status="running",
        attempts=run.state()["attempts"] + 1,
        # The outermost is what a person sees in Prefect's list: what is shown of a run hangs on that.
        prefect={
            "flow_run_id": str(flow_run.id),
            "root_flow_run_id": str(flow_run.root_flow_run_id or flow_run.id),
        },
        failure=None,
        cancelled=False,
        occasion=occasion,
    )
    write_environment(run.path / "environment.txt")
    tell_links(run)
    point_latest(run)
    return run
