"""Whether what was counted in the data is what the campaign's models and objective need."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from matsluice.infra.mistakes import InvalidInput, unknown_word
from matsluice.models.catalogue import MODELS
from matsluice.models.member import member_lists
from matsluice.tasks.ingest.labels import class_order, find_class

if TYPE_CHECKING:
    from matsluice.flows.campaign_file import Campaign
    from matsluice.tasks.ingest.survey import Survey


@dataclass(frozen=True, slots=True)
class Bounded:
    """A model that learns from no more than `max_rows`, and a target that has more: `rows`."""

    index: int
    model: str
    target: str
    rows: int
    max_rows: int
    subsample: bool


def check_objective_class(campaign: Campaign, counts: Survey) -> None:
    """Raise InvalidInput where a class that is looked for is not among those there are."""
    screen = campaign.screen
    for place, objective in enumerate(screen.aims if screen else ()):
        if objective.wanted_class is None:
            continue
        classes = class_order(counts.classes.get(objective.target, ()))
        if find_class(objective.wanted_class, classes) is None:
            word = str(objective.wanted_class)
            where = "objective" if screen and screen.objective else f"objectives[{place}]"
            raise InvalidInput(f"screen.{where}.class: {unknown_word('class', word, classes)}")


def check_row_bounds(campaign: Campaign, counts: Survey) -> None:
    """Raise InvalidInput where a model of steep cost would be given more rows than its max_rows."""
    for bound in bounded_models(campaign, counts):
        if not bound.subsample:
            raise InvalidInput(
                f"models[{bound.index}] ({bound.model}): {bound.rows} rows of {bound.target} are more than its "
                f"max_rows = {bound.max_rows}, since its cost grows as {_cost(campaign, bound)}: set params.subsample "
                "= true to learn from that many rows drawn at random, raise params.max_rows, or take another model"
            )


def check_interval_bounds(campaign: Campaign, counts: Survey) -> None:
    """Raise InvalidInput where a measured value lies beyond what validation.intervals says a value can be."""
    intervals = campaign.validation.intervals
    for target in campaign.targets:
        least, largest = counts.range_of(target.column) or (None, None)
        if least is None or largest is None:
            continue
        for key, beyond, bound in (
            ("at_least", least, intervals.at_least),
            ("at_most", largest, intervals.at_most),
        ):
            if bound is not None and (beyond < bound if key == "at_least" else beyond > bound):
                raise InvalidInput(
                    f"validation.intervals.{key} = {bound:g}, and the data have {target.column} = {beyond:g}: "
                    "no interval may end short of a value that was measured; mend the row, or the bound"
                )


def _cost(campaign: Campaign, bound: Bounded) -> str:
    return MODELS[campaign.models[bound.index].kind].cost


def bounded_models(campaign: Campaign, counts: Survey) -> Iterator[Bounded]:
    """Give every model, those inside a stack too, that learns from fewer rows than a target has."""
    for target in campaign.targets:
        rows = counts.rows_learned_from(target.column, merged=campaign.data.duplicates != "keep")
        for i, model in enumerate(campaign.models):
            if target.task not in MODELS[model.kind].tasks:
                continue
            for name, settings in _settings(
                model.kind,
                model.name,
                model.parameters_for(target.task, campaign.models, target.objective),
                target.task,
            ):
                most = settings.get("max_rows")
                if most is not None and rows > most:
                    yield Bounded(i, name, target.column, rows, most, bool(settings["subsample"]))


def _settings(
    kind: str, name: str, parameters: dict[str, Any], task: str
) -> Iterator[tuple[str, dict[str, Any]]]:
    yield name, parameters
    for key, of_members in member_lists(kind, task).items():
        for member in parameters[key]:
            if isinstance(member, str):
                yield f"{name}, member {member}", MODELS[member].parameters_for(of_members)
            else:
                yield f"{name}, member {member['name']}", member["params"]
