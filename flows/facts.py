"""What the report says of a run beyond its tables: gathered where the run knows it."""

from __future__ import annotations

import csv
from importlib.metadata import version
from math import isinf
from pathlib import Path
from typing import Any

from matsluice.flows.contests import champion_contest, confidence_of, deciding_target, input_of
from matsluice.flows.objective import objective_of, objective_text, ranking_text
from matsluice.flows.pages import pages_of
from matsluice.flows.run_directory import RunDirectory
from matsluice.infra.workspace.atomic_files import read_json
from matsluice.tasks.features.known_blocks import find_block
from matsluice.tasks.report.run_facts import (
    BlockFacts,
    Command,
    ContributionFacts,
    CoverageFacts,
    ExplainedFacts,
    HoldoutFacts,
    ImportanceFacts,
    ObjectiveFacts,
    RunFacts,
    ScreenFacts,
    ShuffledFacts,
    SnapshotFacts,
    StudyFacts,
    TargetFacts,
)

SHOWN_PACKAGES = (
    "matsluice",
    "scikit-learn",
    "xgboost",
    "numpy",
    "pymatgen",
    "matminer",
    "dask",
    "prefect",
    "mlflow",
)
MOST_IMPORTANT = 20


def write_facts(run: RunDirectory) -> None:
    """Write report_data.json from the run's state, as far as the run has come."""
    campaign, state = run.campaign, run.state()
    champion, holdout = state.get("champion", {}), state.get("holdout")
    RunFacts(
        matsluice=version("matsluice"),
        started=state["started"],
        seed=campaign.seed,
        confidence=confidence_of(campaign),
        registered_name=campaign.tracking.registered_name,
        formula_column=input_of(campaign).columns[0],
        failure=state.get("failure") or "",
        targets=tuple(
            TargetFacts(t.column, t.unit, t.task, tuple(state.get("classes", {}).get(t.column, ())))
            for t in campaign.targets
        ),
        objective=_objective(run),
        excluded_elements=tuple(campaign.screen.exclude_elements) if campaign.screen else (),
        snapshot=_snapshot(run, state),
        holdout=() if holdout is None else (HoldoutFacts(champion["model"], champion["target"], **holdout),),
        importance=_importance(run) if champion else (),
        explained=_explained(state.get("explained")),
        coverage=tuple(
            CoverageFacts(split, told["rows"], tuple(told["curve"]), told["width"])
            for split, told in state.get("coverage", {}).items()
        ),
        blocks=tuple(_block(name) for name in campaign.features.blocks),
        screen=_screen(run, state),
        commands=_commands(run),
        packages={name: version(name) for name in SHOWN_PACKAGES},
        pages=pages_of(run),
        studies=tuple(StudyFacts(study.name, study.kind) for study in campaign.studies),
    ).write(run.path)


def _objective(run: RunDirectory) -> ObjectiveFacts | None:
    campaign = run.campaign
    if campaign.screen is None:
        return None
    wanted = campaign.screen.first
    objective = objective_of(campaign.screen, run.state().get("classes", {}).get(wanted.target, ()))
    unit = next(t.unit for t in campaign.targets if t.column == wanted.target)
    return ObjectiveFacts(
        text=objective_text(run),
        target=wanted.target,
        at_least=None if isinf(objective.low) else objective.low,
        at_most=None if isinf(objective.high) else objective.high,
        wanted_class=objective.wanted_class,
        first=objective.text(wanted.target, unit),
        ranking=ranking_text(campaign.screen),
    )


def _snapshot(run: RunDirectory, state: dict[str, Any]) -> SnapshotFacts:
    if "snapshot" not in state:
        return SnapshotFacts()
    origin = read_json(run.workspace.snapshots / state["snapshot"]["id"] / "origin.json")["origin"]
    return SnapshotFacts(
        source=Path(str(origin["options"].get("path", origin["source"]))).name,
        created=origin["frozen"],
        duplicates=run.campaign.data.duplicates,
    )


def _importance(run: RunDirectory) -> tuple[ImportanceFacts, ...]:
    path = champion_contest(run).folder(run.work) / "importance.csv"
    if not path.exists():
        return ()
    with path.open(encoding="utf-8", newline="") as file:
        rows = [ImportanceFacts(row["column"], float(row["importance"])) for row in csv.DictReader(file)]
    return tuple(rows[:MOST_IMPORTANT])


def _explained(told: dict[str, Any] | None) -> ExplainedFacts | None:
    if told is None:
        return None
    blocks, groups = (
        tuple(ShuffledFacts(**{**one, "columns": tuple(one["columns"])}) for one in told[key])
        for key in ("blocks", "groups")
    )
    given = tuple(ContributionFacts(**one) for one in told["contributions"])
    return ExplainedFacts(told["base"], blocks, groups, given)


def _block(name: str) -> BlockFacts:
    spec = find_block(name)
    return BlockFacts(name, spec.version, len(spec.make().columns()))


def _screen(run: RunDirectory, state: dict[str, Any]) -> ScreenFacts | None:
    counts, wanted = state.get("screen"), run.campaign.screen
    if not counts or wanted is None:
        return None
    return ScreenFacts(
        source=wanted.candidates.source,
        enumerated=counts["candidates"],
        edges=tuple(counts["edges"]),
        counts=tuple(counts["histogram"]),
        counts_in_domain=tuple(counts["histogram_in_domain"]),
        left_out=dict(counts["left_out"]),
        **{
            name: counts[name]
            for name in (
                "excluded",
                "rejected",
                "scored",
                "in_window",
                "in_domain",
                "in_window_and_domain",
                "known",
            )
        },
    )


def _commands(run: RunDirectory) -> tuple[Command, ...]:
    name, asked = run.campaign.tracking.registered_name, input_of(run.campaign)
    workspace, target = run.workspace.path, deciding_target(run)
    told = run.state().get("champion", {})
    # Under its name alone another version predicts, where this one is a challenger.
    challenger = (told.get("promotion") or {}).get("outcome") == "challenger"
    address = f"{name}/{told['registered_version']}" if challenger else f"{name}@champion"
    name = address if challenger else name
    return (
        Command(
            "Predict a table from the shell",
            f"matsluice predict {name} table.csv --out predicted.csv --workspace {workspace}",
        ),
        Command(
            f"Predict {target} from Python",
            "from matsluice.tasks import load_model\n"
            f'model = load_model("{name}", workspace="{workspace}")\n'
            f"model.predict({asked.python})",
            "python",
        ),
        Command(
            "Load it as any MLflow model",
            "import mlflow, pandas\n"
            f'mlflow.set_tracking_uri("{run.state().get("mlflow", {}).get("tracking_uri", "")}")\n'
            f'model = mlflow.pyfunc.load_model("models:/{address}")\n'
            f'model.predict(pandas.DataFrame({{"{asked.columns[0]}": {asked.python}}}))',
            "python",
        ),
        Command("Compare runs in the browser", f"matsluice ui --workspace {workspace}"),
    )
