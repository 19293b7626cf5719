"""What model.json says of how a champion came about: gathered from the run that made it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from matsluice.flows.contests import champion_contest, confidence_of, contests, input_of
from matsluice.flows.run_directory import RunDirectory
from matsluice.infra.redaction import redacted
from matsluice.infra.workspace.atomic_files import read_json
from matsluice.tasks.train import training_rows

if TYPE_CHECKING:
    from matsluice.tasks.train.plan import Contest
    from matsluice.tasks.train.training_rows import TrainingRows


def about_champion(run: RunDirectory) -> dict[str, Any]:
    """Return the part of the record that only a run knows: name, data, metrics under every split, hold-out."""
    campaign, state, contest = run.campaign, run.state(), champion_contest(run)
    asked = input_of(campaign)
    rows = training_rows.load(contest.rows(run.work))
    return {
        "name": campaign.tracking.registered_name,
        "campaign": campaign.name,
        "run": run.run_id,
        "started": state["started"],
        "columns": list(asked.columns),
        "python_example": asked.python,
        "model": {"name": contest.model, "kind": contest.kind, "parameters": dict(contest.parameters)},
        "data": _data(run, rows),
        "training": {
            "seed": campaign.seed,
            "split": contest.split,
            "holdout": campaign.validation.holdout,
            "duplicates": campaign.data.duplicates,
        },
        "splits": {
            one.split: {"folds": one.folds, "metrics": state["contests"][one.name]["metrics"]}
            for one in _under_every_split(run, contest)
        },
        "holdout": state.get("holdout"),
        "coverage": {
            split: {"rows": told["rows"], "curve": told["curve"], "width": told["width"]}
            for split, told in state.get("coverage", {}).items()
        },
        "asked_confidence": confidence_of(campaign),
    }


def _data(run: RunDirectory, rows: TrainingRows) -> dict[str, Any]:
    data, snapshot = run.campaign.data, run.state()["snapshot"]
    origin = read_json(run.workspace.snapshots / snapshot["id"] / "origin.json")["origin"]
    y = np.asarray(rows.y)
    values: dict[str, Any]
    if len(rows.classes):
        counts = np.bincount(y, minlength=len(rows.classes))
        values = {"classes": dict(zip(rows.classes.tolist(), counts.tolist(), strict=True))}
    else:
        values = {"least": float(y.min()), "median": float(np.median(y)), "greatest": float(y.max())}
    return {
        "snapshot": snapshot["id"],
        # Without its folder, which says nothing to whoever gets the model and may say too much.
        "source": redacted(str(origin["options"].get("path", origin["source"])).rsplit("/", 1)[-1]),
        "frozen": origin["frozen"],
        "rows": len(y),
        "materials": len(np.unique(rows.material)),
        **values,
        "licence": data.licence,
        "citation": data.citation,
    }


def _under_every_split(run: RunDirectory, won: Contest) -> list[Contest]:
    """Return the contests of the champion's model and target, one a split."""
    return [one for one in contests(run) if (one.model, one.target) == (won.model, won.target)]
