"""From the tables of a campaign file to its sections, and everything that is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from matsluice.flows.campaign_file.learning_sections import (
    Data,
    Features,
    Identity,
    Model,
    Target,
    Validation,
)
from matsluice.flows.campaign_file.messages import KeyPath, Problem, problems_of
from matsluice.flows.campaign_file.model_parameters import with_defaults
from matsluice.flows.campaign_file.own_keys import keys_of, keys_of_other_kinds, kinds_with_key
from matsluice.flows.campaign_file.search_section import search_problems
from matsluice.flows.campaign_file.studies_section import OF_ROWS, Study
from matsluice.flows.campaign_file.using_sections import (
    Candidates,
    Cluster,
    Plugins,
    Screen,
    Tracking,
)
from matsluice.flows.campaign_file.vocabulary import (
    cluster_options,
    clusters,
    models,
    source_options,
    sources,
    split_options,
    splits,
    studies,
    study_options,
)
from matsluice.infra.clusters.cluster_options import ClusterOptions
from matsluice.infra.mistakes import InvalidInput, unknown_word
from matsluice.tasks.features.known_blocks import use_plugins
from matsluice.tasks.ingest.source_options import SourceOptions
from matsluice.tasks.studies.study_options import StudyOptions

if TYPE_CHECKING:
    from pathlib import Path

M = TypeVar("M", bound=BaseModel)

SECTIONS: Mapping[str, type[BaseModel]] = MappingProxyType(
    {
        "campaign": Identity,
        "data": Data,
        "targets": Target,
        "features": Features,
        "validation": Validation,
        "models": Model,
        "studies": Study,
        "screen": Screen,
        "cluster": Cluster,
        "tracking": Tracking,
        "plugins": Plugins,
    }
)
LISTS = ("targets", "models", "studies")
REQUIRED = ("campaign", "data", "targets", "features", "models")
OPTIONAL = ("screen", "studies")
# Key → its section, for a key that stands in another one; a key of several sections has no one home.
HOMES: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(kinds_with_key(), "cluster"),
        **{
            key: home
            for home in ("campaign", "features", "validation", "screen", "cluster", "tracking")
            for key in keys_of(SECTIONS[home])
            if key not in {"name", "kind"}
        },
    }
)


@dataclass(slots=True)
class Checked:
    """The sections that are right in themselves, and the problems of the others.

    Attributes
    ----------
    context
        What the models need to know beside the tables: the file's folder, whether its data must be there.
    sections
        Section → its model; for targets, models and studies, index → model.
    problems
        In the order found.
    """

    context: dict[str, Any]
    sections: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def check_sections(document: Mapping[str, Any], folder: Path, *, files_must_exist: bool = True) -> Checked:
    """Check each section by itself.

    Parameters
    ----------
    document
        What the file says.
    folder
        The file's, against which its paths are resolved.
    files_must_exist
        Whether a path that matches no file is a problem.
    """
    checked = Checked({"folder": folder, "files_must_exist": files_must_exist})
    for name in document:
        if name not in SECTIONS:
            sentence = unknown_word("section", name, SECTIONS)
            if name in HOMES:
                sentence = f'unknown section "{name}": it is a key of [{HOMES[name]}]'
            checked.problems.append(Problem((name,), sentence))
    # First of all: their blocks are among the words that the other sections may use.
    _plugins(checked, document)
    for name in SECTIONS:
        if name == "plugins":
            continue
        if name in document:
            _section(checked, name, _frozen(document[name]))
        elif name in REQUIRED:
            brackets = f"[[{name}]]" if name in LISTS else f"[{name}]"
            checked.problems.append(Problem((name,), f"the section {brackets} is missing"))
        elif name not in OPTIONAL:
            _section(checked, name, {})
    return checked


def _plugins(checked: Checked, document: Mapping[str, Any]) -> None:
    """Check [plugins], and make the blocks of its files known, and no others."""
    _section(checked, "plugins", _frozen(document.get("plugins", {})))
    section = checked.sections.get("plugins")
    try:
        use_plugins(section.files() if section is not None else ())
    except InvalidInput as mistake:
        checked.problems.append(Problem(("plugins", "modules"), str(mistake)))


def _section(checked: Checked, name: str, table: object) -> None:
    if name in LISTS:
        if not isinstance(table, tuple) or not table or not all(isinstance(item, Mapping) for item in table):
            sentence = f"write [[{name}]], in double brackets, once for each of the {name}"
            checked.problems.append(Problem((name,), sentence))
            return
        check_item = {"models": _model, "targets": _target, "studies": _study}[name]
        checked.sections[name] = {i: check_item(checked, item, (name, i)) for i, item in enumerate(table)}
    elif not isinstance(table, Mapping):
        checked.problems.append(
            Problem((name,), f"write [{name}], in single brackets, once, and its keys below")
        )
    elif name == "data":
        checked.sections[name] = _sourced(checked, Data, table, (name,))
    elif name == "screen":
        checked.sections[name] = _screen(checked, table)
    elif name == "validation":
        checked.sections[name] = _validation(checked, table)
    elif name == "cluster":
        checked.sections[name] = _cluster(checked, table, (name,))
    else:
        checked.sections[name] = _validated(checked, SECTIONS[name], table, (name,))


def _validated(
    checked: Checked, model: type[M], table: Mapping[str, Any], at: KeyPath, more_keys: Sequence[str] = ()
) -> M | None:
    try:
        return model.model_validate(table, context=checked.context)
    except ValidationError as error:
        checked.problems.extend(problems_of(error, model, table, at, more_keys=more_keys, elsewhere=HOMES))
        return None


def _target(checked: Checked, table: Mapping[str, Any], at: KeyPath) -> Target | None:
    return _validated(checked, Target, table, at)


def _model(checked: Checked, table: Mapping[str, Any], at: KeyPath) -> Model | None:
    model = _validated(checked, Model, table, at)
    kind, params = table.get("kind"), table.get("params", {})
    if not isinstance(kind, str) or kind not in models() or not isinstance(params, Mapping):
        return None
    spec = models()[kind]
    filled, wrong = with_defaults(spec.known_parameters, params)
    checked.problems.extend(Problem((*at, "params", key), sentence) for key, sentence in wrong.items())
    if model is None or wrong:
        return None
    searched = set[str]()
    if model.search is not None:
        problems = list(search_problems(model.search, spec, params, (*at, "search")))
        checked.problems.extend(problems)
        if problems:
            return None
        searched = set(spec.space) - set(params)
    # Defaults that depend on the task are filled in where the tasks are known.
    known = {
        name: value
        for name, value in filled.items()
        if (name in spec.parameters or name in params) and name not in searched
    }
    return model.model_copy(update={"params": known, "name": model.name or kind})


def _study(checked: Checked, table: Mapping[str, Any], at: KeyPath) -> Study | None:
    """Check one of [[studies]], whose keys are those of every study and, beside them, those of its kind."""
    own, rest = _divided(Study, table)
    kind = table.get("kind")
    options = StudyOptions()
    if isinstance(kind, str) and kind in studies():
        of_rows = bool(studies()[kind].tasks)
        keys = [key for key in keys_of(Study) if of_rows or key not in OF_ROWS]
        options = _validated(checked, study_options(kind), rest, at, more_keys=keys) or options
        if not of_rows:
            sentence = f"{kind} takes no rows of the campaign"
            checked.problems.extend(
                Problem((*at, key), f"{sentence}: leave {key} out") for key in OF_ROWS if key in own
            )
    study = _validated(checked, Study, {**own, "options": options}, at)
    return study and study.model_copy(update={"name": study.name or study.kind})


def _sourced(checked: Checked, model: type[M], table: Mapping[str, Any], at: KeyPath) -> M | None:
    """Check a table whose keys are those of `model` and, beside them, those of the source it names."""
    own, rest = _divided(model, table)
    source = table.get("source")
    # Without right options the other keys are checked all the same, with a stand-in.
    options = SourceOptions()
    if isinstance(source, str) and source in sources(labelled=model is Data):
        options = _validated(checked, source_options(source), rest, at, more_keys=keys_of(model)) or options
    return _validated(checked, model, {**own, "options": options}, at)


def _cluster(checked: Checked, table: Mapping[str, Any], at: KeyPath) -> Cluster | None:
    """Check [cluster], whose keys are those of every kind and, beside them, those of its kind."""
    own, rest = _divided(Cluster, table)
    kind = table.get("kind", Cluster.model_fields["kind"].default)
    options = ClusterOptions()
    if isinstance(kind, str) and kind in clusters():
        others = list(keys_of_other_kinds(kind, rest, at))
        checked.problems.extend(others)
        rest = {key: value for key, value in rest.items() if (*at, key) not in {p.path for p in others}}
        options = _validated(checked, cluster_options(kind), rest, at, more_keys=keys_of(Cluster)) or options
    return _validated(checked, Cluster, {**own, "options": options}, at)


def _validation(checked: Checked, table: Mapping[str, Any]) -> Validation | None:
    """Check [validation], and below it the keys of each split that has some."""
    able = [split for split, spec in splits().items() if spec.options]
    own = {key: value for key, value in table.items() if key not in able}
    section = _validated(checked, Validation, own, ("validation",), more_keys=able)
    # Where [validation] itself is wrong, the splits that have a section are taken as named.
    named = section.splits if section is not None else tuple(split for split in able if split in table)
    options = {}
    for split in able:
        at = ("validation", split)
        given = table.get(split, {})
        if not isinstance(given, Mapping):
            checked.problems.append(Problem(at, f"write [validation.{split}], and its keys below"))
        elif split in named:
            options[split] = _validated(checked, split_options(split), given, at)
        elif split in table:
            sentence = f'is for the split {split}, which validation.splits does not name: add "{split}" there'
            checked.problems.append(Problem(at, f"{sentence}, or leave the section out"))
    if section is None or None in options.values():
        return None
    return section.model_copy(update={"options": options})


def _divided(model: type[BaseModel], table: Mapping[str, Any]) -> tuple[dict[str, object], dict[str, object]]:
    """Return the keys of the model itself, and the others, which are those of its options."""
    own_keys = keys_of(model)
    own = {key: value for key, value in table.items() if key in own_keys}
    return own, {key: value for key, value in table.items() if key not in own_keys}


def _screen(checked: Checked, table: Mapping[str, Any]) -> Screen | None:
    given = dict(table)
    candidates = given.get("candidates")
    if isinstance(candidates, Mapping):
        section = _sourced(checked, Candidates, candidates, ("screen", "candidates"))
        given["candidates"] = section or Candidates.model_construct(source="", options=SourceOptions())
    return _validated(checked, Screen, given, ("screen",))


def _frozen(value: object) -> object:
    """Return the value with tuples in place of lists, as the models hold them."""
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)
    return {key: _frozen(item) for key, item in value.items()} if isinstance(value, dict) else value
