"""Targets with an objective beside the champion's: the best model of each, fitted on every labelled row."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from distributed import Client
from prefect import task

from matsluice.flows.contests import contest_named, contests, final_call_of
from matsluice.flows.progress import Progress
from matsluice.flows.reused import keep_fits, key_of, recall_fits
from matsluice.flows.run_directory import RunDirectory
from matsluice.flows.search import searched_final
from matsluice.infra.fan_out import fan_out
from matsluice.infra.run_log import say
from matsluice.tasks.train.choose import DECIDING, choose_champion, deciding_split
from matsluice.tasks.train.fit_final import FinalCall, fit_final
from matsluice.tasks.train.model_artifacts import champion_predictions
from matsluice.tasks.tune.learned_rows import FOR_USE

if TYPE_CHECKING:
    from matsluice.flows.campaign_file import Campaign
    from matsluice.tasks.train.plan import Contest

MODEL, PREDICTIONS = "best.joblib", "best-predictions.npz"


def further_targets(campaign: Campaign) -> tuple[str, ...]:
    """Return the targets of all objectives but the first one's, each once."""
    if campaign.screen is None:
        return ()
    first, *others = campaign.screen.aims
    return tuple(dict.fromkeys(one.target for one in others if one.target != first.target))


def best_contest(run: RunDirectory, planned: Sequence[Contest], told: dict[str, Any], target: str) -> Contest:
    """Return the contest of a target with the least error under the split that decides."""
    split = deciding_split(run.campaign.validation.splits)
    metric = DECIDING[next(each.task for each in planned if each.target == target)]
    model = choose_champion([told[contest.name] for contest in planned], target, split, metric)
    return next(c for c in planned if (c.model, c.target, c.split) == (model, target, split))


def model_file(run: RunDirectory, target: str) -> Path:
    """Return the file of a further target's model."""
    return _folder(run, target) / MODEL


def further_call(run: RunDirectory, target: str) -> FinalCall:
    """Return the call that fits a further target's best model, before any search for its parameters."""
    contest = contest_named(run, run.state()["further"][target]["contest"])
    folder = _folder(run, target)
    return final_call_of(run, contest, folder / MODEL, folder / PREDICTIONS, "all")


@task(name="fit the best models of further targets")
def fit_further(run_directory: str, progress: Progress) -> None:
    """Choose and fit the best model of every target that has an objective beside the champion's."""
    run = RunDirectory(Path(run_directory))
    planned, told = contests(run), run.state()["contests"]
    calls = []
    for target in further_targets(run.campaign):
        chosen = best_contest(run, planned, told, target)
        champion_predictions(
            [call.output for call in chosen.fold_calls(run.work, run.campaign.seed)],
            chosen.rows(run.work),
            _folder(run, target) / PREDICTIONS,
        )
        record = {"model": chosen.model, "target": target, "split": chosen.split, "contest": chosen.name}
        run.tell(further={target: record})
        say("info", f"the best model of {target} is {chosen.model}: least error on the {chosen.split} split")
        call, _ = searched_final(run, chosen, further_call(run, target), FOR_USE, progress)
        reused = recall_fits(run, [call])
        run.tell(further={target: {**record, "fit_key": key_of(call), "reused": bool(reused)}})
        calls.append(call)
    list(
        fan_out(Client.current(), fit_final, ((call,) for call in calls), in_flight=len(calls), needs="train")
    )
    keep_fits(run, calls)


def _folder(run: RunDirectory, target: str) -> Path:
    return next(contest for contest in contests(run) if contest.target == target).rows(run.work).parent
