"""From the campaign file to the names of the pieces of work in training."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matsluice.flows.run_directory import RunDirectory
from matsluice.models.catalogue import MODELS
from matsluice.tasks.features.chunk_call import RowLimits
from matsluice.tasks.features.known_blocks import find_block
from matsluice.tasks.predict.model_input import ModelInput, model_input
from matsluice.tasks.train.fit_final import FinalCall
from matsluice.tasks.train.plan import Contest

if TYPE_CHECKING:
    from matsluice.flows.campaign_file import Campaign

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
    return campaign.screen.objective.target if campaign.screen else campaign.targets[0].column


def contests(run: RunDirectory) -> list[Contest]:
    """Return every model × target × split of a run, in the campaign file's order."""
    campaign = run.campaign
    return [
        Contest(
            model=model.name,
            kind=model.kind,
            parameters=model.parameters_for(target.task, campaign.models),
            target=target.column,
            unit=target.unit,
            target_index=index,
            split=split,
            folds=campaign.validation.folds,
            task=target.task,
        )
        for index, target in enumerate(campaign.targets)
        for split in campaign.validation.splits
        for model in campaign.models
        if target.task in MODELS[model.kind].tasks
    ]


def champion_contest(run: RunDirectory) -> Contest:
    """Return the contest the champion has won."""
    name = run.state()["champion"]["contest"]
    return next(contest for contest in contests(run) if contest.name == name)


def final_call(run: RunDirectory, file: str, purpose: str) -> FinalCall:
    """Return the call that fits the champion for a purpose ("holdout" or "all") and leaves `file`."""
    contest = champion_contest(run)
    campaign = run.campaign
    return FinalCall(
        matrix=str(run.work / "matrix.npy"),
        rows=str(contest.rows(run.work)),
        folds=str(contest.fold_file(run.work)),
        kind=contest.kind,
        seed=contest.fit_seed(campaign.seed, purpose),
        output=str(run.work / file),
        parameters=contest.parameters,
        predictions=str(run.work / "champion-predictions.npz"),
        blocks={name: find_block(name).version for name in campaign.features.blocks},
        target=contest.target,
        unit=contest.unit,
        confidence=confidence_of(campaign),
        plugins=campaign.plugins.files(),
        groups=contest.group_file(run.work),
        intervals=campaign.validation.intervals.settings,
    )
