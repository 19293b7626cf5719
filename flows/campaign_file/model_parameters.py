"""What a campaign file sets of a model, and the defaults of the rest."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from matsluice.flows.campaign_file.messages import shown
from matsluice.infra.mistakes import unknown_word

if TYPE_CHECKING:
    from collections.abc import Mapping


def with_defaults(
    defaults: Mapping[str, Any], given: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return all parameters of a model, and the sentence for each that cannot be.

    Parameters
    ----------
    defaults
        Parameter → default of the kind of model, from its catalogue.
    given
        What the campaign file sets.

    Examples
    --------
    >>> with_defaults({"alpha": 1.0, "fill": "median"}, {"alpha": 3.0})
    ({'alpha': 3.0, 'fill': 'median'}, {})
    >>> with_defaults({"alpha": 1.0}, {"alhpa": 3.0})[1]
    {'alhpa': 'unknown parameter "alhpa": did you mean "alpha"? Allowed: alpha'}
    """
    wrong = {}
    for name, value in given.items():
        if name not in defaults:
            wrong[name] = unknown_word("parameter", name, defaults)
        elif sentence := (_refused_list if isinstance(defaults[name], tuple) else _refusal)(
            value, defaults[name]
        ):
            wrong[name] = sentence
    return {**defaults, **given}, wrong


def _refusal(value: object, default: object) -> str | None:
    """Say why the value cannot be, from the kind of value the default is; None where it can."""
    if not isinstance(value, bool | int | float | str) or (
        isinstance(value, float) and not math.isfinite(value)
    ):
        return f"got {shown(value)}; allowed: a finite number, a text, true or false"
    if default is None:
        return None
    if isinstance(default, bool) or isinstance(value, bool):
        return None if type(value) is type(default) else f"got {shown(value)}; allowed: {_kind(default)}"
    if isinstance(default, int | float) and isinstance(value, str):
        return _refused_text(value, default)
    if isinstance(default, int) and isinstance(value, float):
        return f"got {shown(value)}; allowed: {_kind(default)}"
    return None


def _refused_list(value: object, default: tuple[object, ...]) -> str | None:
    """Say why the value cannot be, from the list that the default is; None where it can."""
    items = value if isinstance(value, tuple) else ()
    kind = type(default[0])
    if items and all(type(item) is kind for item in items):
        return None
    what = "texts" if kind is str else "whole numbers" if kind is int else "numbers"
    return f"got {shown(value)}; allowed: a list of {what}, such as {shown(default)}"


def _refused_text(text: str, default: int | float) -> str | None:
    # max_features of a forest, for one, is a share or a word such as "sqrt"; so a word may stand for one.
    try:
        float(text)
    except ValueError:
        if isinstance(default, float):
            return None
        return f"got {shown(text)}; allowed: {_kind(default)}"
    return f"got {shown(text)}, a text; write the number without quotes"


def _kind(default: object) -> str:
    match default:
        case bool():
            return f"true or false (default {shown(default)})"
        case int():
            return f"a whole number (default {default})"
        case float():
            return f"a number (default {default})"
        case _:
            return f"a word in quotes (default {shown(default)})"
