"""From a validation error to the sentence a person can act on."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date, datetime, time
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias, get_args

from pydantic import BaseModel, ValidationError

from matsluice.infra.mistakes import unknown_word

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic.fields import FieldInfo

KeyPath: TypeAlias = tuple[str | int, ...]

# Longer values are cut where they are shown.
SHOWN_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where in the file, and the sentence."""

    path: KeyPath
    sentence: str


def dotted(path: KeyPath) -> str:
    """Return a key as people write it; tables of a list count from 0.

    >>> dotted(("models", 1, "params", "max_depth"))
    'models[1].params.max_depth'
    """
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            name = part if re.fullmatch(r"[A-Za-z0-9_-]+", part) else json.dumps(part, ensure_ascii=False)
            text += f".{name}" if text else name
    return text


def shown(value: object) -> str:
    """Return a value as it would stand in the file, cut to a readable length.

    >>> shown(("Pb", True, 2.5))
    '["Pb", true, 2.5]'
    """
    text = _as_toml(value, depth=0)
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 3] + "..."


def unknown_key(path: KeyPath, allowed: Sequence[str], elsewhere: Mapping[str, str]) -> Problem:
    """Return the problem for a key that its table does not have.

    Parameters
    ----------
    path
        Where it stands, the key itself last.
    allowed
        The keys of that table.
    elsewhere
        Key → the section it belongs to.
    """
    key = str(path[-1])
    home = elsewhere.get(key)
    if home and home != path[0]:
        return Problem(
            path, f'unknown key "{key}" here: it belongs in [{home}]. Allowed: {", ".join(allowed)}'
        )
    return Problem(path, unknown_word("key", key, allowed))


def problems_of(
    error: ValidationError,
    model: type[BaseModel],
    table: Mapping[str, Any],
    at: KeyPath,
    *,
    more_keys: Sequence[str] = (),
    elsewhere: Mapping[str, str] = MappingProxyType({}),
) -> list[Problem]:
    """Return one problem for each of pydantic's errors.

    Parameters
    ----------
    error
        What validating one table raised.
    model
        What it was validated as.
    table
        The table as it was given.
    at
        Where it stands.
    more_keys
        Keys of the table that another model takes.
    elsewhere
        Key → the section it belongs to.
    """
    found = []
    details = error.errors(include_url=False)
    for detail in details:
        path = (*at, *detail["loc"])
        if detail["type"] == "too_short" and _has_inner(details, detail["loc"]):
            continue  # the list is short for want of the items that are wrong
        if detail["type"] == "extra_forbidden":
            keys = [*more_keys, *_keys(_model_at(model, detail["loc"][:-1]))]
            found.append(unknown_key(path, keys, elsewhere))
        else:
            # Where a value was converted before it was refused, what was written is shown.
            given = _value_at(table, detail["loc"], detail["input"])
            found.append(Problem(path, _sentence(detail, given, _field_at(model, detail["loc"]))))
    return found


def _sentence(detail: Mapping[str, Any], given: object, field: FieldInfo | None) -> str:
    allowed = field.description if field and field.description else "another kind of value"
    match detail["type"]:
        case "missing":
            return f"is missing; write {allowed}"
        case "value_error":
            return str(detail["ctx"]["error"])
        case "literal_error" if isinstance(given, str):
            words = re.findall(r"'([^']*)'", detail["ctx"]["expected"])
            return unknown_word("word", given, words) if words else f"got {shown(given)}; allowed: {allowed}"
        case _:
            return f"got {shown(given)}; allowed: {allowed}"


def _has_inner(details: Sequence[Any], loc: tuple[str | int, ...]) -> bool:
    return any(len(other["loc"]) > len(loc) and other["loc"][: len(loc)] == loc for other in details)


def _value_at(table: Any, loc: Sequence[str | int], otherwise: object) -> object:
    for part in loc:
        try:
            table = table[part]
        except (KeyError, IndexError, TypeError):
            return otherwise
    return table


def _keys(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def _field_at(model: type[BaseModel], loc: Sequence[str | int]) -> FieldInfo | None:
    field: FieldInfo | None = None
    inside: type[BaseModel] | None = model
    for part in loc:
        if inside is None:
            break
        field = next((f for name, f in inside.model_fields.items() if part in {f.alias or name}), field)
        inside = _nested(field) if field else None
    return field


def _model_at(model: type[BaseModel], loc: Sequence[str | int]) -> type[BaseModel]:
    field = _field_at(model, loc) if loc else None
    return (_nested(field) if field else None) or model


def _nested(field: FieldInfo) -> type[BaseModel] | None:
    kinds = (field.annotation, *get_args(field.annotation))
    return next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), None)


def _as_toml(value: object, depth: int) -> str:
    match value:
        case bool():
            text = "true" if value else "false"
        case str():
            text = json.dumps(value[:SHOWN_CHARACTERS], ensure_ascii=False)
        case int() if value.bit_length() > 64:
            text = "a number beyond 64 bits"
        case int() | float():
            text = repr(value)
        case date() | datetime() | time():
            text = value.isoformat()
        case tuple() | list():
            items = [_as_toml(item, depth + 1) for item in value[:SHOWN_CHARACTERS]] if depth < 2 else ["..."]
            text = f"[{', '.join(items)}]"
        case _:
            text = "a table"
    return text
