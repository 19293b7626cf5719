"""Where two resolved campaign files differ, key by key, by what the keys are about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

# First part of a key → what it is about, in the order in which it is told.
ABOUT: Mapping[str, str] = {
    "data": "data",
    "targets": "data",
    "features": "features",
    "plugins": "features",
    "validation": "validation",
    "campaign": "validation",  # its seed
    "models": "models",
    "studies": "models",
    "screen": "screen",
    "cluster": "elsewhere",
    "tracking": "elsewhere",
}
# Keys of the sections above that move no number.
BESIDE = frozenset(
    {"campaign.name", "campaign.workspace", "campaign.permissions", "features.store", "features.row_timeout",
     "features.row_memory", "features.max_rejected"}
)  # fmt: skip
# What tells the tables of an array apart, the first that they have.
NAMES = ("name", "column", "kind")
# Stands for a table of an array, which one side may lack as a whole; and what is shown in its place.
TABLE = object()
WHOLE = "there"


@dataclass(frozen=True, slots=True)
class Setting:
    """A key that is not the same in two campaign files; a side that does not have it is None.

    Attributes
    ----------
    about
        "data", "features", "validation", "models", "screen", or "elsewhere" for what moves no number.
    """

    about: str
    key: str
    before: str | None
    now: str | None


def setting_differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[Setting, ...]:
    """Return the keys whose values differ, in the order of `ABOUT` and of the files.

    A model that one side does not have is one line, not one for each of its parameters.

    Examples
    --------
    >>> then = {"models": [{"name": "svm", "params": {"C": 1.0}}], "campaign": {"seed": 7}}
    >>> later = {"models": [{"name": "svm", "params": {"C": 10.0}}, {"name": "ridge"}], "campaign": {"seed": 7}}
    >>> for one in setting_differences(then, later):
    ...     print(one.about, one.key, one.before, one.now)
    models models.svm.params.C 1.0 10.0
    models models.ridge None there
    """
    first, second = dict(_flat(before, "")), dict(_flat(now, ""))
    keys = [key for key in dict.fromkeys([*first, *second]) if first.get(key) != second.get(key)]
    whole = [key for key in keys if _is_table(key, first) != _is_table(key, second)]
    found = [
        Setting(_about(key), key, *_texts(first.get(key), second.get(key)))
        for key in keys
        if not any(key.startswith(f"{table}.") for table in whole)
    ]
    order = list(dict.fromkeys(ABOUT.values()))
    return tuple(sorted(found, key=lambda one: order.index(one.about)))


def _flat(value: object, key: str) -> Iterator[tuple[str, object]]:
    """Give every key with its value; for a table of an array its own key too."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _flat(inner, f"{key}.{name}" if key else str(name))
    elif isinstance(value, list) and value and all(isinstance(each, Mapping) for each in value):
        for place, table in enumerate(value):
            name = next((str(table[word]) for word in NAMES if word in table), str(place))
            yield f"{key}.{name}", TABLE
            yield from _flat({k: v for k, v in table.items() if v != name}, f"{key}.{name}")
    else:
        yield key, value


def _is_table(key: str, side: Mapping[str, object]) -> bool:
    return side.get(key) is TABLE


def _about(key: str) -> str:
    if key in BESIDE:
        return "elsewhere"
    return ABOUT.get(key.split(".", maxsplit=1)[0], "elsewhere")


def _texts(before: object, now: object) -> tuple[str | None, str | None]:
    """Return two values that differ as a person reads them: 1, a text "1" and a list of 1 not as the same."""
    first, second = _text(before), _text(now)
    return (first, second) if first != second else (repr(before), repr(now))


def _text(value: object) -> str | None:
    if value is None:
        return None
    if value is TABLE:
        return WHOLE
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    return str(value)
