"""A run against the campaign's last completed one: changes.json."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from distributed import Client

from matsluice.flows.contests import champion_contest, contests, deciding_target
from matsluice.flows.reused import kept_fits
from matsluice.flows.run_directory import RunDirectory, last_completed
from matsluice.infra.fan_out import fan_out
from matsluice.infra.workspace.arrays import mapped_array
from matsluice.infra.workspace.atomic_files import read_json, save_array
from matsluice.tasks.changes.drift import input_drift, thinned
from matsluice.tasks.changes.hits import hit_changes
from matsluice.tasks.changes.prospective import ProspectiveCall, predict_new_rows
from matsluice.tasks.changes.record import InputDrift, Prospective, RunChanges
from matsluice.tasks.changes.rows import new_materials, row_changes
from matsluice.tasks.changes.scores import score_changes
from matsluice.tasks.compare.contest_pairs import Side
from matsluice.tasks.evaluate.record import deciding_metric
from matsluice.tasks.features.matrix import refused_materials
from matsluice.tasks.ingest.snapshot import Snapshot, open_snapshot
from matsluice.tasks.train.choose import DECIDING


def write_changes(run: RunDirectory) -> RunChanges | None:
    """Write changes.json and return what it says; None, and no file, where no earlier run has come to its end."""
    before = last_completed(run)
    if before is None or not _snapshot_of(before).rows_file.exists():
        return None
    then, state, campaign = before.state(), run.state(), run.campaign
    told = [state["contests"][contest.name] for contest in contests(run)]
    occasion = state.get("occasion") or {}
    came = new_materials(_snapshot_of(before), _snapshot_of(run))
    save_array(run.work / "came.npy", came)
    changes = RunChanges(
        since=before.run_id,
        since_started=then["started"],
        rows=row_changes(_snapshot_of(before), _snapshot_of(run), [t.column for t in campaign.targets]),
        hits=_hits(before, run),
        scores=score_changes(
            [Side(before.path, entry) for entry in then["contests"].values()],
            [Side(run.path, entry) for entry in told],
        ),
        inputs=_inputs(run, came),
        prospective=_prospective(before, run),
        fits=sum(contest.folds for contest in contests(run)),
        fits_reused=sum(entry["reused_folds"] for entry in told),
        screen_reused=bool(state.get("screen", {}).get("reused")),
        champion_before=then["champion"]["model"],
        champion_now=state["champion"]["model"],
        target_unit=next(t.unit for t in campaign.targets if t.column == deciding_target(run)),
        units={t.column: t.unit for t in campaign.targets},
        schedule=occasion.get("schedule", ""),
        due=occasion.get("due") or "",
        missed=tuple(occasion.get("missed", ())),
    )
    changes.write(run.path)
    return changes


def _snapshot_of(run: RunDirectory) -> Snapshot:
    return open_snapshot(run.workspace.snapshots / run.state()["snapshot"]["id"])


def _hits(before: RunDirectory, run: RunDirectory) -> Any:
    if run.campaign.screen is None or not (before.path / "hits.parquet").exists():
        return None
    return hit_changes(pq.read_table(before.path / "hits.parquet"), pq.read_table(run.path / "hits.parquet"))


def _inputs(run: RunDirectory, came: np.ndarray[Any, np.dtype[np.bool_]]) -> InputDrift:
    usable = ~refused_materials(run.work / "refused.parquet", len(came))
    if not (came & usable).any():
        return InputDrift(new_materials=0, earlier_materials=int((~came & usable).sum()))
    X = mapped_array(run.work / "matrix.npy")
    earlier, new = np.flatnonzero(~came & usable), np.flatnonzero(came & usable)
    found = input_drift(
        np.asarray(X[thinned(earlier)]), np.asarray(X[thinned(new)]), run.state()["features"]["column_names"]
    )
    return replace(found, earlier_materials=len(earlier), new_materials=len(new))


def _prospective(before: RunDirectory, run: RunDirectory) -> Prospective | None:
    """Return how the last champion does on rows that came after it; None where it cannot be asked."""
    then, state = before.state(), run.state()
    champion, contest = then["champion"], champion_contest(run)
    same = champion["target"] == contest.target and (
        then["features"]["column_names"] == state["features"]["column_names"]
    )
    # A column of numbers may have become one of classes.
    same = same and deciding_metric(then["contests"][champion["contest"]]) == DECIDING[contest.task]
    model = run.work / "last-champion.joblib"
    if not same or not kept_fits(run).recall(champion.get("fit_key", "none"), model):
        return None
    call = ProspectiveCall(
        model=str(model),
        matrix=str(run.work / "matrix.npy"),
        rows=str(contest.rows(run.work)),
        new=str(run.work / "came.npy"),
        output=str(run.work / "prospective.json"),
    )
    list(fan_out(Client.current(), predict_new_rows, [(call,)], in_flight=1))
    found = read_json(Path(call.output))
    won = then["contests"][champion["contest"]]
    expected = won["metrics"][deciding_metric(won)]["mean"]
    if "error" not in found or expected is None:
        return None
    return Prospective(model=champion["model"], target=champion["target"], expected=expected, **found)
