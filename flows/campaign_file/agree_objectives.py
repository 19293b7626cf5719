"""Whether objectives agree with the targets, and with one another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from math import isfinite
from typing import TYPE_CHECKING, Any

from matsluice.flows.campaign_file.messages import KeyPath, Problem, dotted
from matsluice.flows.campaign_file.objective_section import DIRECTIONS, Objective
from matsluice.infra.mistakes import unknown_word

if TYPE_CHECKING:
    from matsluice.flows.campaign_file.learning_sections import Target
    from matsluice.flows.campaign_file.using_sections import Screen

Sections = Mapping[str, Any]


def objectives_without_target(sections: Sections) -> Iterator[Problem]:
    """Give a problem for each objective whose target is none of the campaign's."""
    columns = [target.column for target in _targets(sections)]
    # Where a target is itself wrong its column is unknown, and the objective may well mean that one.
    if not columns or len(columns) < len(sections["targets"]):
        return
    for at, objective in _objectives(sections):
        if objective.target not in columns:
            yield Problem((*at, "target"), unknown_word("target", objective.target, columns))


def objectives_of_another_task(sections: Sections) -> Iterator[Problem]:
    """Give a problem for each objective on a class of what is learned as a number, and the other way round."""
    tasks = {target.column: target.task for target in _targets(sections)}
    acquisition = sections["screen"].acquisition if sections.get("screen") else "exploit"
    for at, objective in _objectives(sections):
        task = tasks.get(objective.target)
        if task == "regression" and objective.wanted_class is not None:
            sentence = f'"{objective.target}" is learned as a number: leave class out, or write task = "classification"'
            yield Problem((*at, "class"), sentence)
        elif task == "classification":
            yield from _of_a_class(objective, at, acquisition)


def _of_a_class(objective: Objective, at: KeyPath, acquisition: str) -> Iterator[Problem]:
    if objective.wanted_class is None:
        form = f'objective = {{ target = "{objective.target}", class = true, at_least = 0.9 }}'
        sentence = (
            f'"{objective.target}" is learned as a class: say which one, and how probable it is to be: {form}'
        )
        yield Problem(at, sentence)
    for bound in objective.bounds:
        if isfinite(bound) and not 0 <= bound <= 1:
            sentence = f"got {bound:g}; of a class it is a probability, from 0 to 1"
            yield Problem((*at, objective.form), sentence)
    if acquisition != "exploit" and objective.form in DIRECTIONS:
        sentence = (
            f'acquisition is "{acquisition}", which is for numbers: the probability of a class has no distribution; '
            "leave acquisition out, or give a window"
        )
        yield Problem((*at, objective.form), sentence)


def contradicting_objectives(sections: Sections) -> Iterator[Problem]:
    """Give a problem for each two objectives on one target that no value can meet, or that pull opposite ways."""
    for (first_at, first), (at, second) in combinations(_objectives(sections), 2):
        if first.target != second.target:
            continue
        where = dotted(first_at)
        low = max(first.bounds[0], second.bounds[0])
        high = min(first.bounds[1], second.bounds[1])
        forms = {first.form, second.form}
        if first.wanted_class != second.wanted_class:
            sentence = f"is about another class of {second.target} than {where}; look for one of its classes"
        elif low >= high:
            sentence = f"no {second.target} meets both this and {where}: the windows have nothing in common"
        elif forms == set(DIRECTIONS):
            sentence = f"{second.target} is to be the largest here and the smallest in {where}, or the other way round"
        elif first.form in DIRECTIONS and first.form == second.form:
            sentence = f"asks of {second.target} what {where} asks; give that one more weight"
        else:
            continue
        yield Problem(at, sentence)


def _targets(sections: Sections) -> list[Target]:
    return [target for target in (sections.get("targets") or {}).values() if target is not None]


def _objectives(sections: Sections) -> list[tuple[KeyPath, Objective]]:
    """Return the objectives, and where each stands in the file."""
    screen: Screen | None = sections.get("screen")
    if screen is None:
        return []
    if screen.objective is not None:
        return [(("screen", "objective"), screen.objective)]
    return [(("screen", "objectives", i), objective) for i, objective in enumerate(screen.objectives)]
