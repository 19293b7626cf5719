"""What a campaign looks for, from its file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matsluice.tasks.ingest.labels import class_name, find_class
from matsluice.tasks.screen.objective import Objective

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matsluice.flows.campaign_file.using_sections import Screen

DIRECTIONS = {"maximize": 1, "minimize": -1}


def objective_of(screen: Screen, classes: Sequence[str] = ()) -> Objective:
    """Return the window or the direction that [screen] names.

    Parameters
    ----------
    screen
        The campaign's.
    classes
        The target's classes in their order; none where it is a number, or where they are not known yet.
    """
    wanted = screen.objective
    low, high = wanted.bounds
    direction = DIRECTIONS.get(wanted.form, 0)
    if wanted.wanted_class is None:
        return Objective(low, high, direction)
    name = find_class(wanted.wanted_class, classes) or class_name(str(wanted.wanted_class))
    place = list(classes).index(name) if name in classes else 0
    return Objective(low, high, direction, name, place)
