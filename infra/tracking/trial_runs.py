"""The trials of a search as runs nested below their model's run: three requests a trial, what is there not again."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from matsluice.infra.tracking.limits import PARAMETERS_PER_BATCH, valid_key, valid_params, valid_tags
from matsluice.infra.tracking.writer import PARENT, RECORD, RUN_NAME, Status, Tracker

if TYPE_CHECKING:
    from mlflow.entities import Run

PAGE_RUNS = 1000


@dataclass(frozen=True, slots=True)
class TrialRunRecord:
    """One trial.

    Attributes
    ----------
    name
        Unique below the model's run: "fold 0 · trial 3".
    params
        The setting.
    steps
        Metric → its value on each inner fold, as far as the trial came.
    metrics
        Single values.
    status
        FINISHED, KILLED where it was given up, FAILED.
    tags
        Further words to search by.
    seconds
        It took.
    """

    name: str
    params: Mapping[str, object]
    steps: Mapping[str, Sequence[float]]
    metrics: Mapping[str, float] = field(default_factory=dict)
    status: Status = "FINISHED"
    tags: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0


def log_trial_runs(tracker: Tracker, parent: str, records: Sequence[TrialRunRecord]) -> int:
    """Record trials below a model's run, and return how many were written now.

    Those that are there whole are left, those that are there in part are deleted and written anew: the call may be
    repeated as a whole.

    Parameters
    ----------
    tracker
        The writer of the campaign's runs.
    parent
        Id of the model's run.
    records
        The trials.
    """
    client = tracker.store.client
    whole = set()
    for run in _runs_below(tracker, parent):
        if run.data.tags.get(RECORD) == "trial" and run.info.status != "RUNNING":
            whole.add(run.data.tags.get(RUN_NAME))
        else:
            _write(tracker, "delete a half-written trial", client.delete_run, run.info.run_id)
    missing = [record for record in records if record.name not in whole]
    for record in missing:
        _log(tracker, parent, record)
    return len(missing)


def _log(tracker: Tracker, parent: str, record: TrialRunRecord) -> None:
    from mlflow.entities import Metric, Param

    client, end = tracker.store.client, int(1000 * time.time())
    tags = valid_tags({**record.tags, PARENT: parent, RECORD: "trial"})
    begin = end - int(1000 * record.seconds)
    run = _write(
        tracker,
        "start a trial's run",
        client.create_run,
        tracker.experiment_id,
        start_time=begin,
        tags=tags,
        run_name=record.name,
    )
    metrics = [
        Metric(valid_key(name), float(value), end, step)
        for name, values in record.steps.items()
        for step, value in enumerate(values)
    ]
    metrics += [Metric(valid_key(name), float(value), end, 0) for name, value in record.metrics.items()]
    texts, _ = valid_params(record.params)
    params = [Param(name, text) for name, text in texts.items()][:PARAMETERS_PER_BATCH]
    run_id = run.info.run_id
    _write(tracker, "log a trial", client.log_batch, run_id, metrics=metrics, params=params)
    # Last of all: a run that is not ended is not whole.
    _write(tracker, "end a trial's run", client.set_terminated, run_id, record.status, end)


def _runs_below(tracker: Tracker, parent: str) -> list[Run]:
    found, token = list[Any](), None
    while True:
        page = _write(
            tracker,
            "look for recorded trials",
            tracker.store.client.search_runs,
            [tracker.experiment_id],
            f"tags.`{PARENT}` = '{parent}'",
            max_results=PAGE_RUNS,
            page_token=token,
        )
        found += page
        token = page.token
        if not token:
            return found


def _write(tracker: Tracker, purpose: str, action: Any, *words: Any, **named: Any) -> Any:
    return tracker.store.write(lambda: action(*words, **named), f"{purpose} in MLflow")
