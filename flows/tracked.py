"""What a campaign tells MLflow: one run for the campaign, one below it for each model × target × split."""

from __future__ import annotations

from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

from matsluice.flows.contests import champion_contest, confidence_of
from matsluice.flows.run_directory import RunDirectory
from matsluice.infra.tracking.records import DatasetRecord, ModelRunRecord
from matsluice.infra.tracking.store import open_store
from matsluice.infra.tracking.writer import Status, Tracker
from matsluice.models.catalogue import make_model, recorded_parameters
from matsluice.tasks.ingest.snapshot import LABEL_PREFIX
from matsluice.tasks.train.cross_validation import CrossValidation
from matsluice.tasks.train.plan import Contest

ENDINGS: dict[str, Status] = {"completed": "FINISHED", "interrupted": "KILLED", "failed": "FAILED"}


@lru_cache(maxsize=1)
def tracker_of(workspace: Path, campaign: str, uri: str) -> Tracker:
    """Return the process's one writer: tasks in several threads share its lock."""
    return Tracker(open_store(uri, workspace), campaign)


def tracker(run: RunDirectory) -> Tracker:
    """Return the writer of a run's experiment."""
    campaign = run.campaign
    return tracker_of(run.workspace.path, campaign.name, campaign.tracking.uri)


def begin_tracking(run: RunDirectory) -> None:
    """Open the store, and start the campaign's run or take it up again."""
    writer, campaign = tracker(run), run.campaign
    told = run.state().get("mlflow")
    if told is None or not writer.resume_campaign_run(told["run_id"]):
        told = {
            "tracking_uri": writer.store.uri,
            "experiment_id": writer.experiment_id,
            "run_id": writer.start_campaign_run(
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
            ),
        }
        run.tell(mlflow=told)


def log_contest(run: RunDirectory, contest: Contest, result: CrossValidation, artifacts: list[Path]) -> str:
    """Record one model under one split, and return the id of its run."""
    writer, campaign, state = tracker(run), run.campaign, run.state()
    model = make_model(contest.kind, contest.parameters, contest.fit_seed(campaign.seed, 0))
    record = ModelRunRecord(
        name=f"{contest.model} · {contest.target} · {contest.split}",
        params={
            "kind": contest.kind,
            "target": contest.target,
            "unit": contest.unit,
            "split": contest.split,
            "folds": contest.folds,
            "blocks": ", ".join(campaign.features.blocks),
            "columns": state["features"]["columns"],
            "duplicates": campaign.data.duplicates,
            **{f"param.{name}": value for name, value in contest.parameters.items()},
            **recorded_parameters(model),
        },
        fold_metrics={name: score.folds for name, score in result.scores.items()},
        tags={
            "kind": "model",
            "model": contest.model,
            "split": contest.split,
            "target": contest.target,
            "seed": str(campaign.seed),
            "snapshot": state["snapshot"]["id"],
            "features": ", ".join(campaign.features.blocks),
            "matsluice.version": version("matsluice"),
        },
        dataset=_dataset(run, contest.target),
        artifacts=tuple(artifacts),
    )
    return writer.log_model_run(state["mlflow"]["run_id"], record)


def _dataset(run: RunDirectory, target: str) -> DatasetRecord:
    snapshot, data = run.state()["snapshot"], run.campaign.data
    return DatasetRecord(
        name=f"{data.source}:{Path(str(getattr(data.options, 'path', ''))).name}",
        digest=snapshot["id"],
        source=str(run.workspace.snapshots / snapshot["id"]),
        rows=snapshot["rows"],
        columns={"id": "string", "formula": "string", LABEL_PREFIX + target: "double"},
    )


def end_tracking(run: RunDirectory, status: str) -> None:
    """Keep the run's files with the campaign's MLflow run, and end it as the run has ended."""
    told = run.state().get("mlflow")
    if told is None:
        return
    files = [
        run.path / name
        for name in ("summary.json", "report.html", "campaign.toml", "environment.txt", "hits.csv")
    ]
    writer = tracker(run)
    won = champion_metrics(run) if status == "completed" else {}
    tags = {"champion": run.state()["champion"]["model"]} if won else {}
    writer.log_to_run(
        told["run_id"], metrics=won, tags=tags, artifacts=[path for path in files if path.exists()]
    )
    writer.finish(told["run_id"], ENDINGS[status])


def champion_metrics(run: RunDirectory) -> dict[str, float]:
    """Return the champion's numbers as MLflow keeps them: cross-validated means, and the hold-out's."""
    state = run.state()
    scores = state["contests"][champion_contest(run).name]["metrics"]
    metrics = {f"champion_{name}_mean": score["mean"] for name, score in scores.items()}
    holdout = state.get("holdout") or {"metrics": {}, "coverage": None}
    metrics |= {f"holdout_{name}": value for name, value in holdout["metrics"].items()}
    metrics |= {f"holdout_coverage_{confidence_of(run.campaign):g}": holdout["coverage"]}
    return {name: value for name, value in metrics.items() if value is not None}
