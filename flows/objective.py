"""What a campaign looks for, from its file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matsluice.tasks.ingest.labels import class_name, find_class
from matsluice.tasks.screen.objective import Objective

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matsluice.flows.campaign_file.objective_section import Objective as Wanted
    from matsluice.flows.campaign_file.using_sections import Screen
    from matsluice.flows.run_directory import RunDirectory

DIRECTIONS = {"maximize": 1, "minimize": -1}


def objective_of(screen: Screen, classes: Sequence[str] = ()) -> Objective:
    """Return the window or the direction that [screen] names first.

    Parameters
    ----------
    screen
        The campaign's.
    classes
        The target's classes in their order; none where it is a number, or where they are not known yet.
    """
    return said_objective(screen.first, classes)


def said_objective(wanted: Wanted, classes: Sequence[str] = ()) -> Objective:
    """Return one objective of a campaign file as the screen takes it."""
    low, high = wanted.bounds
    direction = DIRECTIONS.get(wanted.form, 0)
    if wanted.wanted_class is None:
        return Objective(low, high, direction)
    name = find_class(wanted.wanted_class, classes) or class_name(str(wanted.wanted_class))
    place = list(classes).index(name) if name in classes else 0
    return Objective(low, high, direction, name, place)


def objective_text(run: RunDirectory) -> str:
    """Return all that a campaign looks for as words."""
    campaign, classes = run.campaign, run.state().get("classes", {})
    if campaign.screen is None:
        return ""
    units = {target.column: target.unit for target in campaign.targets}
    said = [
        said_objective(wanted, classes.get(wanted.target, ())).text(wanted.target, units[wanted.target])
        for wanted in campaign.screen.aims
    ]
    return " and ".join([", ".join(said[:-1]), said[-1]] if len(said) > 1 else said)


def ranking_text(screen: Screen) -> str:
    """Return in a sentence how hits are ranked; "" where one probability or one prediction ranks them."""
    several = len(screen.aims) > 1
    by = {
        "exploit": "",
        "expected_improvement": " A direction counts by the improvement expected over the best training value.",
        "upper_bound": " A direction counts by how far the value may well reach: its mean and "
        f"{screen.kappa:g} standard deviations.",
    }[screen.acquisition]
    said = ""
    if several and screen.rank == "pareto":
        said = (
            "Ranked by fronts: on front 1 stands whoever no candidate beats in one objective without losing in "
            "another; within a front the least crowded come first."
        )
    elif several:
        weights = ", ".join(f"{weight:g}" for weight in screen.weights)
        said = f"Ranked by score, the geometric mean of what each objective says, weighted {weights}."
    if screen.at_most_per_system is not None:
        by += f" No chemical system has more than {screen.at_most_per_system}."
    return (said + by).strip()
