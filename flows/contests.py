"""From the campaign file to the names of the pieces of work in training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from matsluice.flows.campaign_file.model_blocks import seen_blocks
from matsluice.flows.run_directory import RunDirectory
from matsluice.models.catalogue import MODELS
from matsluice.tasks.features.chunk_call import RowLimits
from matsluice.tasks.features.known_blocks import find_block
from matsluice.tasks.predict.model_input import ModelInput, model_input
from matsluice.tasks.train.fit_final import FinalCall
from matsluice.tasks.train.plan import Contest
from matsluice.tasks.tune.search import SearchPlan
from matsluice.tasks.tune.space import in_place_of

if TYPE_CHECKING:
    from pathlib import Path

    from matsluice.flows.campaign_file import Campaign
    from matsluice.flows.campaign_file.learning_sections import Model
    from matsluice.models.search_space import Range

# The level of intervals where nothing is screened, so that the file does not name one.
DEFAULT_CONFIDENCE = 0.9


def confidence_of(campaign: Campaign) -> float:
    """Return the level of the campaign's intervals."""
    return campaign.screen.confidence if campaign.screen else DEFAULT_CONFIDENCE


def row_limits(campaign: Campaign) -> RowLimits:
    """Return what a row may cost."""
    return RowLimits(campaign.features.row_timeout_seconds, campaign.features.row_memory_bytes)


def input_of(campaign: Campaign) -> ModelInput:
    """Return what a table must hold for the campaign's model to predict it."""
    needs = {find_block(word).needs for word in campaign.features.blocks}
    options = campaign.data.options
    named = {"composition": "formula", "structure": "structure", "electronic": "electronic"}
    return model_input(needs, {word: getattr(options, key, None) for word, key in named.items()})  # type: ignore[misc]


def deciding_target(run: RunDirectory) -> str:
    """Return the target the champion is chosen for: the objective's, else the first."""
    campaign = run.campaign
    return campaign.screen.first.target if campaign.screen else campaign.targets[0].column


def contests(run: RunDirectory) -> list[Contest]:
    """Return every model × target × split of a run, in the campaign file's order."""
    campaign, divided = run.campaign, run.state().get("divided", {})
    return [
        Contest(
            model=model.name,
            kind=model.kind,
            parameters=model.parameters_for(target.task, campaign.models, target.objective),
            target=target.column,
            unit=target.unit,
            target_index=index,
            split=split,
            folds=_fold_count(divided.get(target.column, {}).get(split), campaign, split),
            task=target.task,
            search=search_plan(model, target.task),
            blocks=seen_blocks(model, campaign.features.blocks),
        )
        for index, target in enumerate(campaign.targets)
        for split in campaign.validation.splits
        for model in campaign.models
        if target.task in MODELS[model.kind].tasks
    ]


def _fold_count(divided: Mapping[str, Any] | None, campaign: Campaign, split: str) -> int:
    """Return the folds that were made; before that, those that will be asked for."""
    return campaign.validation.fold_count(split) if divided is None else int(divided["folds"])


def search_plan(model: Model, task: str) -> SearchPlan | None:
    """Return what is asked of the search for a model's parameters; None where they stand in the file."""
    asked = model.search
    if asked is None:
        return None
    return SearchPlan(
        space=search_space(model, task),
        trials=asked.trials,
        minutes=asked.minutes,
        inner_folds=asked.inner_folds,
        pruner=asked.pruner,
        timeout_s=asked.trial_timeout_seconds,
    )


def search_space(model: Model, task: str) -> dict[str, Range]:
    """Return the ranges a model is searched in, as the campaign and the catalogue have them."""
    given = {} if model.search is None else model.search.space
    known = MODELS[model.kind].space_for(task)
    return {name: in_place_of(values, given[name]) for name, values in known.items() if name in given}


def champion_contest(run: RunDirectory) -> Contest:
    """Return the contest the champion has won."""
    return contest_named(run, run.state()["champion"]["contest"])


def contest_named(run: RunDirectory, name: str) -> Contest:
    """Return a run's contest by its name."""
    return next(contest for contest in contests(run) if contest.name == name)


def final_call(run: RunDirectory, file: str, purpose: str) -> FinalCall:
    """Return the call that fits the champion for a purpose ("holdout" or "all") and leaves `file`."""
    predictions = run.work / "champion-predictions.npz"
    return final_call_of(run, champion_contest(run), run.work / file, predictions, purpose)


def final_call_of(
    run: RunDirectory, contest: Contest, output: Path, predictions: Path, purpose: str
) -> FinalCall:
    """Return the call that fits a contest's model for a purpose; its intervals come from `predictions`."""
    campaign = run.campaign
    return FinalCall(
        matrix=str(run.work / "matrix.npy"),
        rows=str(contest.rows(run.work)),
        folds=str(contest.fold_file(run.work)),
        kind=contest.kind,
        seed=contest.fit_seed(campaign.seed, purpose),
        output=str(output),
        parameters=contest.parameters,
        predictions=str(predictions),
        blocks={name: find_block(name).version for name in campaign.features.blocks},
        target=contest.target,
        unit=contest.unit,
        confidence=confidence_of(campaign),
        plugins=campaign.plugins.files(),
        groups=contest.group_file(run.work),
        intervals=campaign.validation.intervals.settings,
    )
