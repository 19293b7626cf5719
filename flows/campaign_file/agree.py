"""Whether the sections of a campaign file, each right in itself, agree with one another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import count
from typing import TYPE_CHECKING, Any

from matsluice.flows.campaign_file.agree_models import (
    duplicates_of_another_task,
    interval_groups_of_another_task,
    members_that_are_not_there,
    models_that_cannot_learn_it,
    parameters_of_another_task,
    searched_members,
    searches_of_another_task,
)
from matsluice.flows.campaign_file.agree_objectives import (
    contradicting_objectives,
    objectives_of_another_task,
    objectives_without_target,
)
from matsluice.flows.campaign_file.agree_require import requirements_nothing_meets
from matsluice.flows.campaign_file.agree_splits import splits_of_another_task, splits_without_their_input
from matsluice.flows.campaign_file.agree_studies import (
    studies_of_another_split,
    studies_of_one_name,
    studies_of_other_blocks,
    studies_without_their_target,
    thresholds_of_classes,
)
from matsluice.flows.campaign_file.messages import Problem
from matsluice.flows.campaign_file.model_blocks import models_of_other_blocks
from matsluice.flows.campaign_file.vocabulary import blocks
from matsluice.tasks.features.known_blocks import find_block
from matsluice.tasks.ingest.csv_options import CsvOptions
from matsluice.tasks.ingest.source_options import SourceOptions

if TYPE_CHECKING:
    from matsluice.flows.campaign_file.using_sections import Screen

Sections = Mapping[str, Any]


def disagreements(sections: Sections) -> list[Problem]:
    """Return what is wrong between sections; one that is wrong in itself (None or absent) is passed over.

    Parameters
    ----------
    sections
        As `check_sections` leaves them.
    """
    checks: tuple[Callable[[Sections], Iterator[Problem]], ...] = (
        _same_name_twice,
        _columns_with_two_roles,
        _blocks_without_their_input,
        _data_without_composition,
        models_that_cannot_learn_it,
        parameters_of_another_task,
        members_that_are_not_there,
        models_of_other_blocks,
        searches_of_another_task,
        searched_members,
        duplicates_of_another_task,
        splits_without_their_input,
        splits_of_another_task,
        interval_groups_of_another_task,
        objectives_without_target,
        objectives_of_another_task,
        contradicting_objectives,
        _elements_all_excluded,
        requirements_nothing_meets,
        studies_of_one_name,
        studies_without_their_target,
        studies_of_another_split,
        studies_of_other_blocks,
        thresholds_of_classes,
    )
    return [problem for check in checks for problem in check(sections)]


def _items(sections: Sections, name: str) -> dict[int, Any]:
    return {i: item for i, item in (sections.get(name) or {}).items() if item is not None}


def _same_name_twice(sections: Sections) -> Iterator[Problem]:
    columns: set[str] = set()
    for i, target in _items(sections, "targets").items():
        if target.column in columns:
            yield Problem(
                ("targets", i, "column"),
                f'column "{target.column}" is a target already; name each column once',
            )
        columns.add(target.column)
    names: set[str] = set()
    taken = {model.name for model in _items(sections, "models").values()}
    for i, model in _items(sections, "models").items():
        if model.name in names:
            free = next(new for n in count(2) if (new := f"{model.name[:60]}-{n}") not in taken)
            taken.add(free)
            sentence = f'there is a model "{model.name}" already; give this one a name of its own, such as '
            yield Problem(("models", i, "name"), f'{sentence}name = "{free}"')
        names.add(model.name)


def _columns_with_two_roles(sections: Sections) -> Iterator[Problem]:
    options = sections["data"].options if sections.get("data") else None
    if not isinstance(options, CsvOptions):
        return
    for i, target in _items(sections, "targets").items():
        for role in ("formula", "structure", "electronic", "id"):
            if target.column == getattr(options, role):
                sentence = f'column "{target.column}" is already data.{role}; a target is another column'
                yield Problem(("targets", i, "column"), sentence)


def _blocks_without_their_input(sections: Sections) -> Iterator[Problem]:
    if not sections.get("features"):
        return
    data, screen = sections.get("data"), sections.get("screen")
    for table, section in (("[data]", data), ("screen.candidates", screen.candidates if screen else None)):
        if section is None or type(section.options) is SourceOptions:
            continue
        gives = section.options.gives
        possible = ", ".join(name for name, spec in blocks().items() if spec.needs in gives)
        for i, name in enumerate(sections["features"].blocks):
            needs = find_block(name).needs
            if needs not in gives:
                sentence = (
                    f'block "{name}" needs {needs}, and {table} gives {" and ".join(sorted(gives))} only'
                )
                yield Problem(("features", "blocks", i), f"{sentence}. Possible: {possible}")


def _data_without_composition(sections: Sections) -> Iterator[Problem]:
    data = sections.get("data")
    if data is None or type(data.options) is SourceOptions or "composition" in data.options.gives:
        return
    sentence = (
        "[data] gives electronic structures only: name the column with the formula or the structure too, "
    )
    yield Problem(("data",), f"{sentence}so that rows of one composition can be told")


def _elements_all_excluded(sections: Sections) -> Iterator[Problem]:
    screen: Screen | None = sections.get("screen")
    if screen is None:
        return
    try:
        screen.candidates.options.without(frozenset(screen.exclude_elements))
    except ValueError as error:
        yield Problem(("screen", "exclude_elements"), str(error))
