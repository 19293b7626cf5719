"""Whether the models and the way rows are merged fit what is to be learned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from matsluice.flows.campaign_file.messages import Problem
from matsluice.flows.campaign_file.vocabulary import interval_groups, models
from matsluice.infra.mistakes import unknown_word
from matsluice.models.member import COMPOSITE, member_lists

if TYPE_CHECKING:
    from matsluice.flows.campaign_file.learning_sections import Model, Target


def _tasks(sections: Mapping[str, Any]) -> set[str]:
    targets: dict[int, Target | None] = sections.get("targets") or {}
    return {target.task for target in targets.values() if target is not None}


def _models(sections: Mapping[str, Any]) -> dict[int, Model]:
    return {i: model for i, model in (sections.get("models") or {}).items() if model is not None}


def _able(task: str) -> str:
    return ", ".join(name for name, spec in models().items() if task in spec.tasks)


def models_that_cannot_learn_it(sections: Mapping[str, Any]) -> Iterator[Problem]:
    """Give a problem for each model that learns no target, and for each target that no model learns."""
    tasks, chosen = _tasks(sections), _models(sections)
    if not tasks:
        return
    unable = False
    for i, model in chosen.items():
        known = models()[model.kind].tasks
        if not tasks & set(known):
            unable = True
            asked = " and ".join(sorted(tasks))
            sentence = f"{model.kind} learns {known[0]} only, and the target asks for {asked}; allowed: "
            yield Problem(("models", i, "kind"), sentence + "; ".join(_able(task) for task in sorted(tasks)))
    # Where a model is wrong in itself or for the target, it may be the one that was meant to learn it.
    if unable or len(chosen) < len(sections.get("models") or {}):
        return
    for i, target in (sections.get("targets") or {}).items():
        if target and not any(target.task in models()[model.kind].tasks for model in chosen.values()):
            sentence = f"no model here learns {target.task}; allowed: {_able(target.task)}"
            yield Problem(("targets", i, "task"), sentence)


def parameters_of_another_task(sections: Mapping[str, Any]) -> Iterator[Problem]:
    """Give a problem for each parameter that does nothing for the tasks there are."""
    tasks = _tasks(sections)
    for i, model in _models(sections).items():
        spec = models()[model.kind]
        used = [task for task in spec.tasks if task in tasks]
        known = {name: None for task in used for name in spec.parameters_for(task)}
        for name in model.params if used else ():
            if name not in known:
                sentence = f'{model.kind} has no parameter "{name}" for {" and ".join(used)}; it has {", ".join(known)}'
                yield Problem(("models", i, "params", name), sentence)


def members_that_are_not_there(sections: Mapping[str, Any]) -> Iterator[Problem]:
    """Give a problem for each member of a composite that is no model, or does not learn what it is there for."""
    chosen, tasks = _models(sections), _tasks(sections)
    for i, model in chosen.items():
        # Two or more are needed in each list, whatever the composite learns.
        for task in sorted(tasks & set(models()[model.kind].tasks)):
            for key, of_members in member_lists(model.kind, task).items():
                if key in model.params:
                    where = ("models", i, "params", key)
                    yield from _wrong_members(where, model.params[key], of_members, chosen)


def _wrong_members(
    where: tuple[str | int, ...], members: Sequence[str], task: str, chosen: Mapping[int, Model]
) -> Iterator[Problem]:
    named = {other.name: other.kind for other in chosen.values() if other.kind not in COMPOSITE}
    kinds = {name: name for name in models() if name not in COMPOSITE} | named
    if len(members) < 2 or len(set(members)) < len(members):
        yield Problem(where, "name two or more models, each once")
    for word in members:
        if word not in kinds:
            yield Problem(where, unknown_word("model", word, kinds))
        elif task not in models()[kinds[word]].tasks:
            yield Problem(where, f"{word} does not learn {task}; allowed: {_able(task)}")


def searches_of_another_task(sections: Mapping[str, Any]) -> Iterator[Problem]:
    """Give a problem for each range of a parameter that does nothing for the tasks there are."""
    tasks = _tasks(sections)
    for i, model in _models(sections).items():
        spec = models()[model.kind]
        used = [task for task in spec.tasks if task in tasks]
        known = {name: None for task in used for name in spec.space_for(task)}
        for name in model.search.space if model.search and used else ():
            if name not in known:
                sentence = f'{model.kind} has no parameter "{name}" for {" and ".join(used)}; a search tries '
                yield Problem(("models", i, "search", "space", name), sentence + ", ".join(known))


def searched_members(sections: Mapping[str, Any]) -> Iterator[Problem]:
    """Give a problem for each member of a stack that is a model with a search: a stack takes settings as they are."""
    chosen = _models(sections)
    searched = {model.name for model in chosen.values() if model.search}
    for i, model in chosen.items():
        for word in model.params.get("members", ()):
            if word in searched and word != model.name:
                sentence = (
                    f'"{word}" has a search, and {model.kind} takes its members with the settings that stand in '
                    f"the file: give {word} params in place of search, or name another model"
                )
                yield Problem(("models", i, "params", "members"), sentence)


def duplicates_of_another_task(sections: Mapping[str, Any]) -> Iterator[Problem]:
    """Give a problem where numbers are to be put to the vote."""
    data = sections.get("data")
    if data is not None and data.duplicates == "majority" and "regression" in _tasks(sections):
        sentence = (
            'majority is for classes, and a target here is learned by regression: write "median", which takes the '
            "most frequent of classes, too"
        )
        yield Problem(("data", "duplicates"), sentence)


def interval_groups_of_another_task(sections: Mapping[str, Any]) -> Iterator[Problem]:
    """Give a problem where intervals are in groups that no target has, or classes have bounds."""
    tasks, validation = _tasks(sections), sections.get("validation")
    if not tasks or validation is None:
        return
    per = validation.intervals.per
    if not tasks & set(interval_groups()[per].tasks):
        learned = " and ".join(sorted(tasks))
        fitting = [name for name, spec in interval_groups().items() if tasks & set(spec.tasks)]
        sentence = f'per = "{per}" is not for {learned}; allowed: {", ".join(fitting)}'
        yield Problem(("validation", "intervals", "per"), sentence)
    for key in ("at_least", "at_most"):
        if getattr(validation.intervals, key) is not None and "regression" not in tasks:
            yield Problem(
                ("validation", "intervals", key),
                f"{key} bounds numbers, and only classes are learned: leave it out",
            )
