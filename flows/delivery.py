"""Telling MLflow without waiting for it: what a run has to tell stands in its state until it is told.

Contests are told in the order in which they end, then the champion is registered, then the run's files are
kept. A record that is not yet delivered when an attempt ends is posted again by the next.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from matsluice.flows.contests import contests
from matsluice.flows.progress import WAITING_FILE
from matsluice.flows.registered import log_champion
from matsluice.flows.run_directory import RunDirectory
from matsluice.flows.stage import is_done
from matsluice.flows.tracked import begin_tracking, end_tracking, log_contest
from matsluice.flows.tracked_studies import log_study
from matsluice.infra.mistakes import Failed
from matsluice.infra.tracking.access import named_uri
from matsluice.infra.tracking.away import PATIENCE_S
from matsluice.infra.tracking.outbox import Outbox, Waiting
from matsluice.infra.tracking.store import open_store
from matsluice.infra.tracking.writer import Tracker
from matsluice.infra.workspace.atomic_files import write_json
from matsluice.tasks.train.plan import Contest

STOP_WAIT_S = 6.0  # what a run that is asked to stop still gives MLflow; the grace of a batch system is 30 s

# Tasks get the run's path; the outbox of the process's run is found by it.
_open: dict[Path, Delivery] = {}


@dataclass(slots=True)
class Delivery:
    """The outbox of a run's attempt, and the writer, which its first deed opens."""

    run: RunDirectory
    outbox: Outbox
    tracker: Tracker | None = None

    def writer(self) -> Tracker:
        """Return the writer; only for deeds behind the first."""
        assert self.tracker is not None
        return self.tracker

    def begin(self) -> dict[str, str]:
        """Open the store and start the campaign's run there, or take it up again."""
        campaign = self.run.campaign
        # A single try in each call: the outbox does the deed again as a whole.
        uri = named_uri(campaign.tracking.uri)
        store = open_store(uri, self.run.workspace.path, patience_s=0.0, must_answer=False)
        self.tracker = Tracker(store, campaign.name)
        return begin_tracking(self.run, self.tracker)


@contextmanager
def delivering(run: RunDirectory) -> Iterator[None]:
    """Deliver from another thread while the block lasts, first what earlier attempts have left."""

    def tell_waiting(waiting: Waiting | None) -> None:
        path = run.path / WAITING_FILE
        if waiting is None:
            path.unlink(missing_ok=True)
        else:
            write_json(path, asdict(waiting))

    delivery = Delivery(run, Outbox(tell_waiting))
    _open[run.path] = delivery
    try:
        delivery.outbox.put(delivery.begin, then=lambda told: run.tell(mlflow=told))
        told = run.state().get("contests", {})
        for contest in contests(run):
            if contest.name in told and "mlflow_run_id" not in told[contest.name]:
                post_contest(run, contest)
        if is_done(run, "train"):
            post_champion(run)
        for name, studied in run.state().get("studies", {}).items():
            if "mlflow_run_id" not in studied:
                post_study(run, name)
        yield
    finally:
        delivery.outbox.close()
        del _open[run.path]


def post_contest(run: RunDirectory, contest: Contest) -> None:
    """Have a contest's numbers, which stand in the state, recorded as a run of MLflow."""
    delivery = _open[run.path]

    def told(run_id: str) -> None:
        run.tell(contests={contest.name: {**run.state()["contests"][contest.name], "mlflow_run_id": run_id}})

    delivery.outbox.put(lambda: log_contest(run, contest, delivery.writer()), then=told)


def post_study(run: RunDirectory, name: str) -> None:
    """Have a study, whose findings stand in the run's folder, recorded as a run of MLflow."""
    delivery = _open[run.path]

    def told(run_id: str) -> None:
        run.tell(studies={name: {**run.state()["studies"][name], "mlflow_run_id": run_id}})

    delivery.outbox.put(lambda: log_study(run, name, delivery.writer()), then=told)


def post_champion(run: RunDirectory) -> None:
    """Have the fitted champion registered, and promoted where it is better, behind the contests."""
    delivery = _open[run.path]
    if "registered_version" not in run.state()["champion"]:
        delivery.outbox.put(
            lambda: log_champion(run, delivery.writer().store),
            then=lambda told: run.tell(champion=told),
        )


def wait_until_delivered(run: RunDirectory) -> None:
    """Return when MLflow has all that was posted; raises as `Outbox.drain` does."""
    _open[run.path].outbox.drain(PATIENCE_S)


def post_end(run: RunDirectory, status: str) -> None:
    """Have the run's files kept and its run in MLflow ended; wait for it only where the run is complete.

    Raises
    ------
    Undelivered, Failed, Interrupted
        The run is complete, and MLflow does not have all of it.
    """
    delivery = _open[run.path]
    try:
        delivery.outbox.put(lambda: end_tracking(run, status, delivery.writer()))
    except Failed:
        if status == "completed":
            raise
        return  # what has ended the outbox has ended the run, and is said already
    if status == "completed":
        delivery.outbox.drain(PATIENCE_S)
    else:
        delivery.outbox.emptied_within(STOP_WAIT_S)
