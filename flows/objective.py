"""What a campaign looks for, from its file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matsluice.tasks.screen.objective import Objective

if TYPE_CHECKING:
    from matsluice.flows.campaign_file.using_sections import Screen

DIRECTIONS = {"maximize": 1, "minimize": -1}


def objective_of(screen: Screen) -> Objective:
    """Return the window or the direction that [screen] names."""
    low, high = screen.objective.bounds
    return Objective(low, high, DIRECTIONS.get(screen.objective.form, 0))
