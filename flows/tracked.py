"""What a campaign tells MLflow: one run for the campaign, one below it for each model × target × split."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from math import nan
from pathlib import Path
from typing import Any

from matsluice.flows.contests import champion_contest, confidence_of
from matsluice.flows.run_directory import RunDirectory
from matsluice.flows.tracked_trials import log_trials, outcomes_of, over_folds, search_metrics, search_params
from matsluice.infra.mistakes import Hindered
from matsluice.infra.tracking.access import VARIABLE, without_secret
from matsluice.infra.tracking.records import DatasetRecord, ModelRunRecord
from matsluice.infra.tracking.store import default_uri
from matsluice.infra.tracking.writer import Status, Tracker
from matsluice.models.catalogue import make_model, recorded_parameters
from matsluice.models.chosen_columns import COLUMNS
from matsluice.tasks.ingest.snapshot import LABEL_PREFIX
from matsluice.tasks.train.formula_text import FILE_NAME as FORMULA_FILE
from matsluice.tasks.train.learning_curve import FILE_NAME as CURVE_FILE
from matsluice.tasks.train.loss_curves import loss_curves
from matsluice.tasks.train.model_artifacts import artifact_paths
from matsluice.tasks.train.plan import Contest
from matsluice.tasks.train.write_out import EXPLANATIONS

ENDINGS: dict[str, Status] = {"completed": "FINISHED", "interrupted": "KILLED", "failed": "FAILED"}


def begin_tracking(run: RunDirectory, writer: Tracker) -> dict[str, str]:
    """Start the campaign's run or take it up again, and return where it is.

    Raises
    ------
    Hindered
        An earlier attempt was recorded in another place.
    """
    campaign = run.campaign
    told: dict[str, str] | None = run.state().get("mlflow")
    uri = without_secret(writer.store.uri)
    if told is not None and told["tracking_uri"] != uri and not _moved(run, told["tracking_uri"], writer):
        raise Hindered(
            f"run {run.run_id} was begun in MLflow at {told['tracking_uri']}, and {uri} is named now: name the "
            f"first one ({VARIABLE} or tracking.uri) and run the same command; the next run can go to the other"
        )
    if told is not None and writer.resume_campaign_run(told["run_id"]):
        return told
    run_id = writer.start_campaign_run(
        run.run_id,
        tags={
            "matsluice.version": version("matsluice"),
            "seed": str(campaign.seed),
            "kind": "campaign",
        },
        params={
            "blocks": ", ".join(campaign.features.blocks),
            "models": ", ".join(model.name for model in campaign.models),
            "splits": ", ".join(campaign.validation.splits),
            "folds": campaign.validation.folds,
            "holdout": campaign.validation.holdout,
            "duplicates": campaign.data.duplicates,
            "seed": campaign.seed,
        },
    )
    return {"tracking_uri": uri, "experiment_id": writer.experiment_id, "run_id": run_id}


def _moved(run: RunDirectory, before: str, writer: Tracker) -> bool:
    """Whether both are the workspace's own store, and the workspace stands elsewhere now."""
    own = default_uri(run.workspace.path)
    return writer.store.uri == own and before.startswith("sqlite:") and before.endswith("/mlflow.db")


def _column_count(contest: Contest, state: Mapping[str, Any]) -> int:
    """Return how many columns the model sees."""
    ranges = contest.parameters.get(COLUMNS, ((0, state["features"]["columns"]),))
    return sum(end - first for first, end in ranges)


def log_contest(run: RunDirectory, contest: Contest, writer: Tracker) -> str:
    """Record one model under one split, as the state has it, and return the id of its run."""
    campaign, state = run.campaign, run.state()
    found, searched = outcomes_of(run, contest), state["contests"][contest.name].get("search")
    settings = [{**contest.parameters, **one.best.setting} for one in found] or [contest.parameters]
    seed = contest.fit_seed(campaign.seed, 0)
    models = [make_model(contest.kind, setting, seed, contest.task) for setting in settings]
    record = ModelRunRecord(
        name=f"{contest.model} · {contest.target} · {contest.split}",
        params={
            "kind": contest.kind,
            "target": contest.target,
            "task": contest.task,
            "unit": contest.unit,
            "split": contest.split,
            "folds": contest.folds,
            "blocks": ", ".join(contest.blocks),
            "columns": _column_count(contest, state),
            "duplicates": campaign.data.duplicates,
            **{f"param.{name}": value for name, value in over_folds(settings).items() if name != COLUMNS},
            **over_folds([recorded_parameters(model) for model in models]),
            **search_params(searched),
        },
        fold_metrics={
            name: [nan if value is None else value for value in score["folds"]]
            for name, score in state["contests"][contest.name]["metrics"].items()
        }
        | search_metrics(searched),
        curves=loss_curves([call.output for call in contest.fold_calls(run.work, campaign.seed)]),
        tags={
            "kind": "model",
            "model": contest.model,
            "split": contest.split,
            "target": contest.target,
            "seed": str(campaign.seed),
            "snapshot": state["snapshot"]["id"],
            "features": ", ".join(contest.blocks),
            "matsluice.version": version("matsluice"),
        },
        dataset=dataset_record(run, contest.target),
        artifacts=artifact_paths(contest.folder(run.work)),
    )
    run_id = writer.log_model_run(state["mlflow"]["run_id"], record)
    log_trials(run, contest, run_id, writer)
    return run_id


def dataset_record(run: RunDirectory, target: str) -> DatasetRecord:
    """Return what a run says of the data it has learned a target from."""
    snapshot, data = run.state()["snapshot"], run.campaign.data
    return DatasetRecord(
        name=f"{data.source}:{Path(str(getattr(data.options, 'path', ''))).name}",
        digest=snapshot["id"],
        source=str(run.workspace.snapshots / snapshot["id"]),
        rows=snapshot["rows"],
        columns={
            "id": "string",
            "formula": "string",
            LABEL_PREFIX + target: "string" if target in run.campaign.class_targets else "double",
        },
    )


def end_tracking(run: RunDirectory, status: str, writer: Tracker) -> None:
    """Keep the run's files with the campaign's MLflow run, and end it as the run has ended."""
    state = run.state()
    told = state["mlflow"]
    files = [
        run.path / name
        for name in (
            "summary.json",
            "report.html",
            "audit.json",
            "audit.parquet",
            "campaign.toml",
            "environment.txt",
            "hits.csv",
            CURVE_FILE,
            EXPLANATIONS,
            FORMULA_FILE,
        )
    ]
    won = champion_metrics(run) if status == "completed" else {}
    tags = {"champion": state["champion"]["model"]} if won else {}
    writer.log_to_run(
        told["run_id"], metrics=won, tags=tags, artifacts=[path for path in files if path.exists()]
    )
    told_of = (*state.get("contests", {}).values(), *state.get("studies", {}).values())
    logged = [entry.get("mlflow_run_id", "") for entry in told_of]
    writer.delete_strays(told["run_id"], logged)
    writer.finish(told["run_id"], ENDINGS[status])


def champion_metrics(run: RunDirectory) -> dict[str, float]:
    """Return the champion's numbers as MLflow keeps them: cross-validated means, and the hold-out's."""
    state = run.state()
    scores = state["contests"][champion_contest(run).name]["metrics"]
    metrics = {f"champion_{name}_mean": score["mean"] for name, score in scores.items()}
    holdout = state.get("holdout") or {"metrics": {}, "coverage": None}
    metrics |= {f"holdout_{name}": value for name, value in holdout["metrics"].items()}
    metrics |= {f"holdout_coverage_{confidence_of(run.campaign):g}": holdout["coverage"]}
    metrics |= {f"holdout_{name}": holdout.get(name) for name in ("set_size", "empty_sets")}
    return {name: value for name, value in metrics.items() if value is not None}
