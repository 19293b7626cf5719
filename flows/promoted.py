"""A run's version against the registry's champion: promoted, or kept as challenger, with the reason."""

from __future__ import annotations

import json
import random
import time
import tomllib
from collections.abc import Iterator

from matsluice.flows.run_directory import RunDirectory, run_paths
from matsluice.infra.tracking.move_champion import move_champion, name_challenger, settled, tag_version
from matsluice.infra.tracking.moves import taken_back
from matsluice.infra.tracking.registered import BECAUSE, CHALLENGER, FIT_KEY, OUTCOME, Registered, Version
from matsluice.infra.tracking.store import TrackingStore
from matsluice.tasks.compare.agreement import Agreement, disagreement
from matsluice.tasks.compare.contest_pairs import ScoreComparison, Side, compare_sides
from matsluice.tasks.compare.promotion import Because, Decision, decide
from matsluice.tasks.evaluate.record import deciding_metric

# Between two looks where others move the same champion at once; drawn, so that they do not meet again.
PAUSE_S = 0.5


def settle_version(run: RunDirectory, store: TrackingStore, version: int) -> Decision:
    """Promote a run's version or keep it as challenger, write down which and why, and return that.

    Done again after a kill or trouble with MLflow, it goes on from where it was.

    Raises
    ------
    Failed
        MLflow cannot do it: one sentence.
    """
    name, who = run.campaign.tracking.registered_name, f"run {run.path.parent.name}/{run.run_id}"
    while True:
        registry = settled(store, name)
        decision = _standing(run, registry, version, who) or _decided(run, registry, version)
        if decision.outcome == "promoted" and registry.champion != version:
            if not move_champion(store, registry, version, who=who, reason=decision.sentence, by="run"):
                time.sleep(random.uniform(0, PAUSE_S))  # noqa: S311 - it keeps nothing secret
                continue
        elif decision.outcome == "challenger" and registry.aliases.get(CHALLENGER) != version:
            name_challenger(store, name, version)
        if decision.outcome != "unchanged":
            tag_version(store, name, version, {BECAUSE: decision.sentence, OUTCOME: decision.outcome})
        return decision


def _standing(run: RunDirectory, registry: Registered, version: int, who: str) -> Decision | None:
    """Return what is told of a version that is the champion already, by an earlier attempt of this run or before."""
    if registry.champion != version:
        return None
    last = next((move for move in reversed(registry.moves) if move.to == version), None)
    if last is not None and last.who == who:
        asked: Because = "asked always" if run.campaign.tracking.promote == "always" else "better"
        return Decision("promoted", asked if last.origin else "first", last.reason, last.origin)
    sentence = f"this very fit is the champion already, as version {version}: nothing new is registered"
    return Decision("unchanged", "same fit", sentence, version)


def _decided(run: RunDirectory, registry: Registered, version: int) -> Decision:
    campaign, target = run.campaign, run.state()["champion"]["target"]
    comparison: ScoreComparison | None = None
    obstacle = ""
    if registry.champion is not None:
        comparison, obstacle = compared_with(run, registry.versions[registry.champion])
    put_down = taken_back(registry.moves, version)
    return decide(
        version,
        registry.champion,
        campaign.tracking.promote,
        comparison,
        unit=next(each.unit for each in campaign.targets if each.column == target),
        obstacle=obstacle,
        taken_back=f"{put_down.who}: {put_down.reason}" if put_down else "",
    )


def compared_with(run: RunDirectory, champion: Version) -> tuple[ScoreComparison | None, str]:
    """Return a run's champion against a version of the registry, or None and why they cannot be compared.

    Parameters
    ----------
    run
        The run; its models are cross-validated.
    champion
        The version it is held against.
    """
    try:
        before = next(_runs_of(run, champion), None)
        if before is None:
            place = "/".join(filter(None, (champion.tags.get("campaign"), champion.tags.get("run"))))
            return (
                None,
                f"what its run {place or champion.run_id} has cross-validated is not in this workspace",
            )
        obstacle = disagreement(_agreement(run), _agreement(before))
        if obstacle:
            return None, obstacle
        (found,) = compare_sides([(_side(run), _side(before))])
    except Exception as error:  # noqa: BLE001 - the run is complete, whatever became of an earlier one's files
        return None, f"the files of its run cannot be read ({type(error).__name__}: {error})"
    return found, ""


def _runs_of(run: RunDirectory, version: Version) -> Iterator[RunDirectory]:
    """Give the runs of the workspace whose champion this version is: the one it came from, then others of that fit."""
    campaign = version.tags.get("campaign", "")
    paths = run_paths(run.workspace, campaign) if campaign else []
    paths.sort(key=lambda path: path.name != version.tags.get("run"))
    for path in paths:
        before = RunDirectory(path)
        if not (path / "cv_predictions.parquet").exists():
            continue
        state = before.state()
        won = state.get("champion", {})
        entry = state.get("contests", {}).get(won.get("contest"), {})
        same_fit = won.get("fit_key") == version.tags.get(FIT_KEY, "-")
        # Versions of earlier releases have no key of their fit.
        if entry and (same_fit or entry.get("mlflow_run_id") == version.run_id):
            yield before


def _side(run: RunDirectory) -> Side:
    state = run.state()
    return Side(run.path, state["contests"][state["champion"]["contest"]])


def _agreement(run: RunDirectory) -> Agreement:
    entry = _side(run).entry
    # The file and not the campaign: plug-ins that an old run names may be gone.
    asked = tomllib.loads((run.path / "campaign.toml").read_text(encoding="utf-8"))
    target = next(each for each in asked["targets"] if each["column"] == entry["target"])
    options = asked["validation"].get(entry["split"])
    return Agreement(
        target=entry["target"],
        unit=target.get("unit", ""),
        metric=deciding_metric(entry),
        split=entry["split"],
        folds=asked["validation"]["folds"],
        holdout=asked["validation"]["holdout"],
        options=json.dumps(options, sort_keys=True, default=str) if options else "",
    )
