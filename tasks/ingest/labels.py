"""Target values from text: a number or a class, or why not."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from matsluice.tasks.ingest.source_batch import Refusal

if TYPE_CHECKING:
    from numpy.typing import NDArray

# What tables write where there is no value.
MISSING = frozenset({"", "nan", "na", "n/a", "none", "null", "-", "--", "?", "missing"})


def read_numbers(column: str, texts: Sequence[str]) -> tuple[NDArray[np.float64], dict[int, Refusal]]:
    """Return the numbers (NaN where there is none) and row → why.

    Examples
    --------
    >>> values, refusals = read_numbers("band_gap", ["1.5", "", "1,5", "inf"])
    >>> values.tolist()
    [1.5, nan, nan, nan]
    >>> [refusals[i].reason for i in (1, 2, 3)]
    ['missing target', 'target is not a number', 'target is not finite']
    """
    values = np.full(len(texts), np.nan)
    refusals: dict[int, Refusal] = {}
    for i, text in enumerate(texts):
        if text.lower() in MISSING:
            refusals[i] = Refusal("missing target", f'{column} is "{text}"' if text else f"{column} is empty")
            continue
        value = _number(text)
        if value is None:
            refusals[i] = Refusal("target is not a number", f'{column} is "{text[:40]}", not a number')
        elif not math.isfinite(value):
            refusals[i] = Refusal("target is not finite", f'{column} is "{text[:40]}", not finite')
        else:
            values[i] = value
    return values, refusals


def read_classes(column: str, texts: Sequence[str]) -> tuple[NDArray[np.object_], dict[int, Refusal]]:
    """Return the classes as texts in one form ("" where there is none) and row → why.

    True and TRUE are "true"; 1.0 and +1 are "1"; any other text is a class as it stands.

    Examples
    --------
    >>> read_classes("is_metal", ["True", "1.0", "semi-metal", "", "NaN"])[0].tolist()
    ['true', '1', 'semi-metal', '', '']
    """
    classes = np.full(len(texts), "", dtype=object)
    refusals: dict[int, Refusal] = {}
    for i, text in enumerate(texts):
        if text.lower() in MISSING:
            refusals[i] = Refusal("missing target", f'{column} is "{text}"' if text else f"{column} is empty")
        else:
            classes[i] = class_name(text)
    return classes, refusals


def class_name(text: str) -> str:
    """Return a class in its one form.

    Examples
    --------
    >>> class_name("FALSE"), class_name("02"), class_name("-1.0"), class_name("0.5"), class_name("Fm-3m")
    ('false', '2', '-1', '0.5', 'Fm-3m')
    """
    if text.lower() in {"true", "false"}:
        return text.lower()
    value = _number(text)
    if value is not None and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return text


def class_order(classes: Iterable[str]) -> list[str]:
    """Return different classes in an order that depends on nothing but them: numbers by size, then texts.

    Examples
    --------
    >>> class_order(["10", "9", "-1"]), class_order(["true", "false"]), class_order(["metal", "2", "gap"])
    (['-1', '9', '10'], ['false', 'true'], ['2', 'gap', 'metal'])
    """

    def place(name: str) -> tuple[bool, float, str]:
        value = _number(name)
        known = value is not None and math.isfinite(value)
        return not known, value if value is not None and known else 0.0, name

    return sorted(set(classes), key=place)


def find_class(word: str | bool | int, classes: Sequence[str]) -> str | None:
    """Return the class a person means, or None where it is not among those there are.

    In a column of 0 and 1, true means 1 and false 0, and the other way round.

    Examples
    --------
    >>> find_class(True, ["0", "1"]), find_class("Metal", ["gap", "metal"]), find_class(1, ["false", "true"])
    ('1', None, 'true')
    """
    name = class_name(str(word))
    if name in classes:
        return name
    for pair in (("false", "true"), ("0", "1")):
        other = {"false": "0", "true": "1", "0": "false", "1": "true"}.get(name)
        if other is not None and set(classes) <= set(pair) and other in classes:
            return other
    return None


def there(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Return for each label (n,) of `read_numbers` or `read_classes` whether there is one.

    Examples
    --------
    >>> there(np.array([1.0, np.nan])).tolist(), there(np.array(["a", ""], dtype=object)).tolist()
    ([True, False], [True, False])
    """
    return np.asarray(values != "") if values.dtype == object else ~np.isnan(values)


def contradiction(column: str, value: float | str, place: str, other: float | str, other_place: str) -> str:
    """Return the sentence for two values of one material where `duplicates = "error"` allows one."""
    first, second = (one if isinstance(one, str) else f"{one:g}" for one in (value, other))
    ways = "majority, keep or first" if isinstance(value, str) else "median, mean, keep or first"
    return (
        f"{column} of one material is {first} at {place} and {second} at {other_place}: "
        f'data.duplicates = "error" allows one value; use {ways}'
    )


def _number(text: str) -> float | None:
    # float() also takes 1_000, which no table means as a thousand.
    try:
        return None if "_" in text else float(text)
    except ValueError:
        return None
