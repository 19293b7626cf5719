"""What a run looks for, its models fitted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matsluice.flows.contests import contests
from matsluice.flows.further_targets import further_targets, model_file
from matsluice.flows.objective import said_objective
from matsluice.tasks.screen.aims import Aim
from matsluice.tasks.screen.wanted import Wanted
from matsluice.tasks.train import training_rows

if TYPE_CHECKING:
    from matsluice.flows.run_directory import RunDirectory


def wanted_of(run: RunDirectory) -> Wanted:
    """Return all objectives of a run whose models are fitted, each with what its training values say."""
    campaign = run.campaign
    screen = campaign.screen
    assert screen is not None
    rows_of = {contest.target: contest.rows(run.work) for contest in contests(run)}
    units = {target.column: target.unit for target in campaign.targets}
    aims = []
    for one, weight in zip(screen.aims, screen.weights, strict=True):
        rows = training_rows.load(rows_of[one.target])
        objective = said_objective(one, rows.classes.tolist())
        values = np.asarray(rows.y, dtype=np.float64)
        aims.append(
            Aim.among(
                one.target, objective, values, weight=weight, unit=units[one.target], kappa=screen.kappa
            )
        )
    return Wanted(
        aims=tuple(aims),
        models={target: str(model_file(run, target)) for target in further_targets(campaign)},
        rank=screen.rank,
        acquisition=screen.acquisition,
        at_most_per_system=screen.at_most_per_system,
    )
