"""A JSON file read into a dataclass, with what is missing or null left at its default."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypeVar

from matsluice.infra.mistakes import InvalidInput

if TYPE_CHECKING:
    from pathlib import Path

Record = TypeVar("Record")


def read_record(kind: type[Record], path: Path) -> Record:
    """Return the file's object as the dataclass; keys the dataclass does not have are passed over.

    Raises
    ------
    InvalidInput
        The file cannot be read as JSON, or a value has another type than the dataclass says.
    """
    from pydantic import TypeAdapter, ValidationError

    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return TypeAdapter(kind).validate_python(without_nulls(content))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "its top"
        raise InvalidInput(
            f"{path.name} of this run cannot be used: at {place}: {first['msg']}; "
            "run the campaign again, it goes on from what is computed"
        ) from error
    except ValueError as error:
        raise InvalidInput(
            f"{path.name} of this run is damaged ({error}); "
            "run the campaign again, it goes on from what is computed"
        ) from error


def without_nulls(value: object) -> object:
    """Return the value without the keys whose value is null, at every depth; lists keep their length.

    >>> without_nulls({"a": None, "b": [1, None, {"c": None}]})
    {'b': [1, None, {}]}
    """
    if isinstance(value, dict):
        return {key: without_nulls(part) for key, part in value.items() if part is not None}
    if isinstance(value, list):
        return [without_nulls(part) for part in value]
    return value
