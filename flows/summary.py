"""summary.json: what a run has come to, in the words others rely on."""

from __future__ import annotations

from typing import Any

from matsluice.flows.contests import contests
from matsluice.flows.run_directory import RunDirectory
from matsluice.flows.stage import ONLY_WHERE_ASKED, STAGES
from matsluice.infra.workspace.atomic_files import write_json


def write_summary(run: RunDirectory, status: str) -> dict[str, Any]:
    """Write and return summary.json; parts that the run has not reached are empty."""
    state = run.state()
    told = state.get("contests", {})
    features = state.get("features", {})
    champion = state.get("champion", {})
    screen = state.get("screen", {})
    summary = {
        "campaign": state["campaign"],
        "run_id": run.run_id,
        "status": status,
        "started": state["started"],
        "attempts": state["attempts"],
        "snapshot": {
            name: state.get("snapshot", {}).get(name) for name in ("id", "rows", "unique_materials")
        },
        "features": {
            name: features.get(name)
            for name in ("rows_in", "computed", "reused", "rejected", "columns", "blocks")
        },
        "models": [told[contest.name] for contest in contests(run) if contest.name in told],
        "champion": {
            name: champion.get(name)
            for name in ("model", "target", "split", "registered_version", "promotion")
        }
        | {"coverage": {split: one["coverage"] for split, one in state.get("coverage", {}).items()}},
        "holdout": state.get("holdout"),
        "splits": state.get("divided", {}),
        "audit": state.get("audit"),
        "screen": {
            name: screen.get(name)
            for name in (
                "candidates",
                "rejected",
                "excluded",
                "scored",
                "in_domain",
                "in_window",
                "in_window_and_domain",
                "known",
                "hits",
                "left_out",
                "no_room",
                "nearest",
            )
        },
        "seconds": _seconds(state["seconds"]),
        "mlflow": {
            name: state.get("mlflow", {}).get(name) for name in ("tracking_uri", "experiment_id", "run_id")
        },
        "prefect": {"flow_run_id": state.get("prefect", {}).get("flow_run_id")},
        "failure": state.get("failure"),
    }
    if state.get("further"):
        summary["further"] = [
            {name: one[name] for name in ("model", "target", "split")} for one in state["further"].values()
        ]
    studied = state.get("studies", {})
    if run.campaign.studies:
        summary["studies"] = [studied[study.name] for study in run.campaign.studies if study.name in studied]
    write_json(run.path / "summary.json", summary)
    return summary


def _seconds(spent: dict[str, float]) -> dict[str, float]:
    """Return the seconds of each stage; while a first attempt is under way, of those that have ended."""
    names = (*STAGES, "total", "outside_stages")
    complete = "total" in spent
    return {
        name: spent.get(name, 0.0)
        for name in names
        if name in spent or (complete and name not in ONLY_WHERE_ASKED)
    }
