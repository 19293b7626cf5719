"""Runs against the first of them, and the models of one run against its champion."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matsluice.flows.found_runs import found_run
from matsluice.flows.run_directory import RunDirectory
from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.changes.record import RowChanges
from matsluice.tasks.changes.rows import row_changes
from matsluice.tasks.compare.contest_pairs import Side, compare_sides, pairs_of_runs, pairs_within
from matsluice.tasks.compare.run_comparison import Inputs, RunComparison, input_differences
from matsluice.tasks.compare.settings import Setting, setting_differences
from matsluice.tasks.ingest.snapshot import open_snapshot
from matsluice.tasks.report.run_facts import read_facts


def compare_runs(words: Sequence[str], workspace: Path | None = None) -> tuple[RunComparison, ...]:
    """Return each further run against the first; of a single run, its models against its champion.

    Parameters
    ----------
    words
        What `found_run` knows a run by.
    workspace
        Where runs are looked for that are not named by a path.

    Raises
    ------
    InvalidInput
        There is no such run, it has scored no model yet, or one is named twice.
    """
    runs = [found_run(word, workspace) for word in words]
    for place, run in enumerate(runs):
        if not run.state().get("contests"):
            raise InvalidInput(
                f"run {run.run_id} ({run.state()['status']}) has scored no model yet: compare runs that have"
            )
        if run.path.resolve() in {other.path.resolve() for other in runs[:place]}:
            raise InvalidInput(f"run {run.run_id} is named twice: name two different runs")
    if len(runs) == 1:
        return (_within(runs[0]),)
    return tuple(_against(runs[0], run) for run in runs[1:])


def _against(before: RunDirectory, run: RunDirectory) -> RunComparison:
    then, now = _inputs(before), _inputs(run)
    rows = None if then.snapshot == now.snapshot else _row_changes(before, run)
    return RunComparison(
        run=_name(run),
        before=_name(before),
        data_known=rows is not None or then.snapshot == now.snapshot,
        rows=rows,
        settings=_settings(before, run, same_data=then.snapshot == now.snapshot),
        scores=compare_sides(pairs_of_runs(_sides(run), _sides(before))),
        champions=(_champion(before), _champion(run)),
        units=_units(run),
        **input_differences(then, now),
    )


def _within(run: RunDirectory) -> RunComparison:
    champion = _champion(run)
    if not champion:
        raise InvalidInput(
            f"run {run.run_id} has no champion yet to compare its models with: name a second run, or let it come "
            "to its end"
        )
    return RunComparison(
        run=_name(run),
        before=_name(run),
        same_snapshot=True,
        scores=compare_sides(pairs_within(_sides(run), champion)),
        champions=(champion, champion),
        units=_units(run),
    )


def _name(run: RunDirectory) -> str:
    return f"{run.path.parent.name}/{run.run_id}"


def _champion(run: RunDirectory) -> str:
    return str(run.state().get("champion", {}).get("model", ""))


def _sides(run: RunDirectory) -> list[Side]:
    """Return the run's cross-validations in the campaign file's order; the state has them as they were done."""
    campaign = _campaign(run)
    targets = [target["column"] for target in campaign["targets"]]
    splits, models = campaign["validation"]["splits"], [model["name"] for model in campaign["models"]]
    entries = sorted(
        run.state()["contests"].values(),
        key=lambda one: (
            targets.index(one["target"]),
            splits.index(one["split"]),
            models.index(one["model"]),
        ),
    )
    return [Side(run.path, entry) for entry in entries]


def _units(run: RunDirectory) -> dict[str, str]:
    return {str(target["column"]): str(target.get("unit", "")) for target in _campaign(run)["targets"]}


def _campaign(run: RunDirectory) -> dict[str, Any]:
    return tomllib.loads((run.path / "campaign.toml").read_text(encoding="utf-8"))


def _settings(before: RunDirectory, run: RunDirectory, *, same_data: bool) -> tuple[Setting, ...]:
    # Where the content is the same it does not matter from where it came.
    return tuple(
        one
        for one in setting_differences(_campaign(before), _campaign(run))
        if one.about != "elsewhere" and not (same_data and one.key.startswith("data.path"))
    )


def _inputs(run: RunDirectory) -> Inputs:
    state = run.state()
    return Inputs(
        snapshot=str(state["snapshot"]["id"]),
        columns=tuple(state["features"]["column_names"]),
        blocks={block.name: block.version for block in read_facts(run.path).blocks},
        code=str(state.get("code", "")),
        versions=_versions(run.path / "environment.txt"),
    )


def _versions(path: Path) -> dict[str, str]:
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return dict(line.split("==", 1) for line in lines if "==" in line)


def _row_changes(before: RunDirectory, run: RunDirectory) -> RowChanges | None:
    """Return what has changed in the data; None where a snapshot is no more there."""
    places = [one.workspace.snapshots / one.state()["snapshot"]["id"] for one in (before, run)]
    if not all(place.exists() for place in places):
        return None
    then, now = map(open_snapshot, places)
    return row_changes(then, now, [str(target["column"]) for target in _campaign(run)["targets"]])
