"""Whether the studies fit the targets, splits and blocks there are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import count
from typing import TYPE_CHECKING, Any

from matsluice.flows.campaign_file.messages import Problem
from matsluice.flows.campaign_file.vocabulary import splits, studies
from matsluice.infra.mistakes import InvalidInput, unknown_word
from matsluice.tasks.features.known_blocks import find_block

if TYPE_CHECKING:
    from matsluice.flows.campaign_file.learning_sections import Target
    from matsluice.flows.campaign_file.studies_section import Study


def _items(sections: Mapping[str, Any], name: str) -> dict[int, Any]:
    return {i: item for i, item in (sections.get(name) or {}).items() if item is not None}


def studies_of_one_name(sections: Mapping[str, Any]) -> Iterator[Problem]:
    """Give a problem for each study whose name another one has."""
    chosen: dict[int, Study] = _items(sections, "studies")
    taken = {study.name for study in chosen.values()}
    names: set[str] = set()
    for i, study in chosen.items():
        if study.name in names:
            free = next(new for n in count(2) if (new := f"{study.name[:60]}-{n}") not in taken)
            taken.add(free)
            sentence = f'there is a study "{study.name}" already; give this one a name of its own, such as '
            yield Problem(("studies", i, "name"), f'{sentence}name = "{free}"')
        names.add(study.name)


def studies_without_their_target(sections: Mapping[str, Any]) -> Iterator[Problem]:
    """Give a problem for each study whose target is not there or is learned in another way."""
    targets: dict[int, Target] = _items(sections, "targets")
    if not targets or len(targets) < len(sections["targets"]):
        return
    columns = {target.column: target for target in targets.values()}
    for i, study in _items(sections, "studies").items():
        able = studies()[study.kind].tasks
        if study.target and study.target not in columns:
            yield Problem(("studies", i, "target"), unknown_word("target", study.target, columns))
        elif able and target_of(study, list(targets.values())) is None:
            at = ("studies", i, "target") if study.target else ("studies", i, "kind")
            yield Problem(at, f"{study.kind} is done on a target that is learned by {' or '.join(able)}")


def target_of(study: Study, targets: list[Target]) -> Target | None:
    """Return the target a study is done on: the one it names, else the first it can be done on; None without any."""
    able = studies()[study.kind].tasks
    wanted = [target for target in targets if not study.target or target.column == study.target]
    return next((target for target in wanted if target.task in able), None)


def studies_of_another_split(sections: Mapping[str, Any]) -> Iterator[Problem]:
    """Give a problem for each study under a split that the campaign does not make."""
    validation = sections.get("validation")
    if validation is None:
        return
    able = [split for split in validation.splits if splits()[split].partition]
    for i, study in _items(sections, "studies").items():
        if study.split and study.split not in validation.splits:
            yield Problem(("studies", i, "split"), unknown_word("split", study.split, validation.splits))
        elif (study.split and study.split not in able) or (not able and studies()[study.kind].tasks):
            said = f'split "{study.split}" does not' if study.split else "no split of [validation] does"
            sentence = f"a study needs folds that test every row once, and {said}"
            possible = ", ".join(able) or 'none; add "random" there'
            yield Problem(
                ("studies", i, "split" if study.split else "kind"), f"{sentence}. Possible: {possible}"
            )


def studies_of_other_blocks(sections: Mapping[str, Any]) -> Iterator[Problem]:
    """Give a problem for each block that a study names and the campaign does not compute."""
    features = sections.get("features")
    if features is None:
        return
    for i, study in _items(sections, "studies").items():
        for place, word in study.options.blocks():
            try:
                known = find_block(word).word
            except InvalidInput:
                known = word
            if known not in features.blocks:
                yield Problem(("studies", i, *place), unknown_word("block", word, features.blocks))


def thresholds_of_classes(sections: Mapping[str, Any]) -> Iterator[Problem]:
    """Give a problem for each number that is to part what is in classes already."""
    targets: dict[int, Target] = _items(sections, "targets")
    for i, study in _items(sections, "studies").items():
        target = target_of(study, list(targets.values()))
        given = getattr(study.options, "threshold", None) is not None
        if given and target is not None and target.task == "classification":
            sentence = f'"{target.column}" is learned as classes: leave threshold out'
            yield Problem(("studies", i, "threshold"), sentence)
