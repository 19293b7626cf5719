"""Reading a campaign file: one campaign, or every mistake in it at once."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matsluice.flows.campaign_file.agree import disagreements
from matsluice.flows.campaign_file.agree_studies import target_of
from matsluice.flows.campaign_file.campaign import Campaign
from matsluice.flows.campaign_file.check import check_sections
from matsluice.flows.campaign_file.locate import line_of, lines_of_keys
from matsluice.flows.campaign_file.messages import Problem, dotted
from matsluice.flows.campaign_file.model_blocks import column_ranges
from matsluice.flows.campaign_file.search_section import filled
from matsluice.flows.campaign_file.toml_file import read_toml
from matsluice.infra.mistakes import InvalidInput
from matsluice.models.catalogue import MODELS
from matsluice.models.member import member_lists
from matsluice.tasks.split.splits import SPLITS
from matsluice.tasks.train.choose import deciding_split

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matsluice.flows.campaign_file.learning_sections import Model, Target
    from matsluice.flows.campaign_file.studies_section import Study
    from matsluice.flows.campaign_file.using_sections import Screen


def load_campaign(
    path: str | os.PathLike[str],
    workspace: str | os.PathLike[str] | None = None,
    *,
    files_must_exist: bool = True,
) -> Campaign:
    """Read a campaign file.

    Parameters
    ----------
    path
        The TOML file; paths in it are relative to its folder.
    workspace
        Takes the place of the file's workspace; relative to the working directory.
    files_must_exist
        Whether a path that matches no file is a mistake; False to look at a campaign whose data is gone.

    Raises
    ------
    InvalidInput
        One line for each mistake: file, line, key, what was given, what is allowed.

    Examples
    --------
    >>> load_campaign("no_such_file.toml")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    matsluice.infra.mistakes.InvalidInput: there is no file no_such_file.toml: `matsluice init DIR` writes ...
    """
    file = Path(path)
    text, document = read_toml(file)
    checked = check_sections(document, file.absolute().parent, files_must_exist=files_must_exist)
    problems = [*checked.problems, *disagreements(checked.sections)]
    if problems:
        raise InvalidInput(_report(file, text, problems))
    in_its_place = None if workspace is None else Path(os.path.abspath(workspace))  # noqa: PTH100 - symbolic links are kept
    return _campaign(checked.sections, in_its_place)


def _campaign(sections: dict[str, Any], workspace: Path | None) -> Campaign:
    identity, tracking = sections["campaign"], sections["tracking"]
    return Campaign(
        name=identity.name,
        seed=identity.seed,
        workspace=workspace or identity.workspace,
        permissions=identity.permissions,
        data=sections["data"],
        targets=tuple(sections["targets"].values()),
        features=sections["features"],
        validation=sections["validation"],
        models=tuple(
            _with_task_defaults(model, sections["targets"], sections["models"]).on_columns(
                column_ranges(model, sections["features"].blocks)
            )
            for model in sections["models"].values()
        ),
        screen=_without_excluded_elements(sections.get("screen")),
        cluster=sections["cluster"],
        tracking=tracking.model_copy(update={"registered_name": tracking.registered_name or identity.name}),
        plugins=sections["plugins"],
        studies=tuple(_on_its_rows(study, sections) for study in sections.get("studies", {}).values()),
    )


def _on_its_rows(study: Study, sections: Mapping[str, Any]) -> Study:
    """Return the study with the target and the split that it is done on."""
    target = target_of(study, list(sections["targets"].values()))
    if target is None:
        return study
    splits = sections["validation"].splits
    able = [split for split in splits if SPLITS[split].partition]
    split = study.split or deciding_split(able or splits)
    return study.model_copy(update={"target": target.column, "split": split})


def _with_task_defaults(model: Model, targets: Mapping[int, Target], models: Mapping[int, Model]) -> Model:
    """Return the model with the ranges it is searched in, and, where it has one task and objective, their defaults."""
    spec = MODELS[model.kind]
    asked: set[tuple[str, str]] = {
        (target.task, target.objective) for target in targets.values() if target.task in spec.tasks
    }
    # As a member of a hurdle model it may be a classifier where the target is a number.
    asked |= {
        (task, "mse")
        for other in models.values()
        for key, task in member_lists(other.kind, "regression").items()
        if task == "classification" and model.name in other.params.get(key, ())
    }
    if model.search is not None:
        tasks = sorted({task for task, _ in asked})
        model = model.model_copy(update={"search": filled(model.search, spec, tasks, model.params)})
    if len(asked) > 1:
        return model
    searched = model.search.space if model.search else {}
    defaults = {k: v for k, v in spec.parameters_for(*asked.pop()).items() if k not in searched}
    return model.model_copy(update={"params": {**defaults, **model.params}})


def _without_excluded_elements(screen: Screen | None) -> Screen | None:
    """Return the screen with candidates that are not even made where they would be excluded."""
    if screen is None:
        return screen
    options = screen.candidates.options.without(frozenset(screen.exclude_elements))
    return screen.model_copy(update={"candidates": screen.candidates.model_copy(update={"options": options})})


def _report(file: Path, text: str, problems: list[Problem]) -> str:
    lines = lines_of_keys(text)
    found = []
    for problem in problems:
        line = line_of(problem.path, lines)
        sentence = f"{file}{'' if line is None else f':{line}'}: {dotted(problem.path)}: {problem.sentence}"
        found.append((line or len(text), _on_one_line(sentence)))
    # In the order of the file; what is missing from it stands last.
    return "\n".join(dict.fromkeys(sentence for _, sentence in sorted(found, key=lambda item: item[0])))


def _on_one_line(text: str) -> str:
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
