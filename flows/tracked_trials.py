"""What a search tells MLflow: its trials, each a run below the model's, and what the model's own run says of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matsluice.infra.tracking.trial_runs import TrialRunRecord, log_trial_runs
from matsluice.tasks.train.choose import DECIDING
from matsluice.tasks.tune.outcome import Outcome

if TYPE_CHECKING:
    from matsluice.flows.run_directory import RunDirectory
    from matsluice.infra.tracking.writer import Status, Tracker
    from matsluice.tasks.train.plan import Contest
    from matsluice.tasks.tune.trial import Trial

STATUS: Mapping[str, Status] = {"complete": "FINISHED", "pruned": "KILLED", "failed": "FAILED"}
# Between the values that a parameter has in the folds, where they differ.
BETWEEN = " | "


def outcomes_of(run: RunDirectory, contest: Contest) -> list[Outcome]:
    """Return what the searches of a contest have found, one a fold; none where nothing is searched."""
    calls = contest.search_calls(run.work, run.campaign.seed)
    return [Outcome.read(Path(call.output)) for call in calls]


def log_trials(run: RunDirectory, contest: Contest, model_run: str, writer: Tracker) -> None:
    """Record every trial of a contest below its run."""
    records = [
        _record(contest, fold, trial)
        for fold, outcome in enumerate(outcomes_of(run, contest))
        for trial in outcome.trials
    ]
    if records:
        log_trial_runs(writer, model_run, records)


def _record(contest: Contest, fold: int, trial: Trial) -> TrialRunRecord:
    error = f"inner_{DECIDING[contest.task]}"
    complete = trial.state == "complete"
    return TrialRunRecord(
        name=f"fold {fold} · trial {trial.number}",
        params=dict(trial.setting),
        steps={error: trial.scores},
        metrics={f"{error}_mean": trial.score} if complete else {},
        status=STATUS[trial.state],
        tags={
            "kind": "trial",
            "model": contest.model,
            "target": contest.target,
            "split": contest.split,
            "fold": str(fold),
            "trial": str(trial.number),
            "state": trial.state,
            **({"reason": trial.reason} if trial.reason else {}),
        },
        seconds=trial.seconds,
    )


def over_folds(settings: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return parameters as one text each: the value, or, where the folds differ, each fold's in order.

    Examples
    --------
    >>> over_folds([{"C": 1.0, "kernel": "rbf"}, {"C": 20.0, "kernel": "rbf"}])
    {'C': '1.0 | 20.0', 'kernel': 'rbf'}
    """
    texts = {name: [str(setting[name]) for setting in settings if name in setting] for name in settings[0]}
    return {
        name: values[0] if len(set(values)) == 1 else BETWEEN.join(values) for name, values in texts.items()
    }


def search_params(record: Mapping[str, Any] | None) -> dict[str, object]:
    """Return what a model's run says of its search, from what summary.json says."""
    if record is None:
        return {}
    asked = {f"search.{name}": value for name, value in record["budget"].items() if value is not None}
    return {**asked, "search.inner_folds": record["inner_folds"], "search.pruner": record["pruner"]}


def search_metrics(record: Mapping[str, Any] | None) -> dict[str, list[float]]:
    """Return the metrics of a model's run that its search has, one value a fold."""
    if record is None:
        return {}
    return {"inner_score": [best["score"] for best in record["best"]]}
