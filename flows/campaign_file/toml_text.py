"""Writing TOML, which the standard library only reads."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any


def toml_text(document: Mapping[str, Any]) -> str:
    r"""Return the TOML text of a document; a key whose value is None is left out, since TOML has no null.

    Parameters
    ----------
    document
        Tables within tables of texts, whole numbers, finite numbers, booleans, and lists of these; a list of
        tables becomes an array of tables.

    Examples
    --------
    >>> print(toml_text({"data": {"path": "a.csv", "id": None}, "models": [{"kind": "ridge"}]}), end="")
    [data]
    path = "a.csv"
    <BLANKLINE>
    [[models]]
    kind = "ridge"
    """
    return "\n".join(_lines(document, "")).lstrip("\n") + "\n"


def _lines(table: Mapping[str, Any], at: str) -> Iterator[str]:
    inner = []
    for key, value in table.items():
        if isinstance(value, Mapping) or _is_list_of_tables(value):
            inner.append((key, value))
        elif value is not None:
            yield f"{_key(key)} = {_value(value)}"
    for key, value in inner:
        path = f"{at}.{_key(key)}" if at else _key(key)
        brackets = ("[", "]") if isinstance(value, Mapping) else ("[[", "]]")
        for item in [value] if isinstance(value, Mapping) else value:
            yield ""
            yield f"{brackets[0]}{path}{brackets[1]}"
            yield from _lines(item, path)


def _is_list_of_tables(value: object) -> bool:
    return (
        isinstance(value, list | tuple) and bool(value) and all(isinstance(item, Mapping) for item in value)
    )


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _text(key)


def _value(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return _text(value)
        case int() | float():
            return repr(value)
        case list() | tuple():
            return f"[{', '.join(_value(item) for item in value)}]"
        case _:
            raise TypeError(f"{type(value).__name__} has no place in TOML")


def _text(text: str) -> str:
    # JSON writes texts as TOML does, but for U+007F, which TOML wants escaped.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")
