"""Settings that cannot be used, each refused in one sentence before anything is computed."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

import numpy as np


def one_of(name: str, given: Any, words: Iterable[str]) -> str:
    """Return `given` where it is one of the words.

    Raises
    ------
    ValueError
        It is not; the sentence names the nearest word and all of them.

    Examples
    --------
    >>> one_of("optimizer", "adm", ["adam", "sgd"])
    Traceback (most recent call last):
        ...
    ValueError: optimizer="adm" is unknown: did you mean "adam"? Allowed: adam, sgd
    """
    allowed = list(words)
    if isinstance(given, str) and given in allowed:
        return given
    close = get_close_matches(str(given).lower(), allowed, n=1, cutoff=0.5)
    hint = f': did you mean "{close[0]}"? Allowed' if close else "; allowed"
    shown = f'"{given}"' if isinstance(given, str) else repr(given)
    raise ValueError(f"{name}={shown} is unknown{hint}: {', '.join(allowed)}")


def whole(name: str, given: Any, least: int) -> int:
    """Return `given` as an int where it is a whole number of at least `least`.

    Raises
    ------
    ValueError
        It is not.

    Examples
    --------
    >>> whole("epochs", 10, 1)
    10
    >>> whole("epochs", 0, 1)
    Traceback (most recent call last):
        ...
    ValueError: epochs=0 is not allowed: give a whole number of at least 1
    """
    if isinstance(given, int | np.integer) and not isinstance(given, bool) and given >= least:
        return int(given)
    raise ValueError(f"{name}={given!r} is not allowed: give a whole number of at least {least}")


def number(
    name: str, given: Any, least: float, below: float = float("inf"), *, open_end: bool = False
) -> float:
    """Return `given` as a float where least ≤ given < below, or least < given where the end is open.

    Raises
    ------
    ValueError
        It is outside.

    Examples
    --------
    >>> number("dropout", 0.5, 0, 1)
    0.5
    >>> number("learning_rate", 0.0, 0, open_end=True)
    Traceback (most recent call last):
        ...
    ValueError: learning_rate=0.0 is not allowed: give a number above 0
    """
    fits = isinstance(given, int | float | np.number) and not isinstance(given, bool) and given < below
    if fits and (given > least if open_end else given >= least):
        return float(given)
    upper = "" if below == float("inf") else f" and below {below:g}"
    lower = "above" if open_end else "of at least"
    raise ValueError(f"{name}={given!r} is not allowed: give a number {lower} {least:g}{upper}")


def widths(name: str, given: Any) -> tuple[int, ...]:
    """Return the widths of the hidden layers as a tuple; a single whole number is one layer.

    Raises
    ------
    ValueError
        A width is no whole number of at least 1.

    Examples
    --------
    >>> widths("hidden", 5), widths("hidden", [8, 4]), widths("hidden", ())
    ((5,), (8, 4), ())
    """
    if isinstance(given, int | np.integer):
        given = (given,)
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise ValueError(  # noqa: TRY004 - scikit-learn's word for a setting that cannot be used
            f"{name}={given!r} is not allowed: give the widths of the hidden layers, such as (64, 64)"
        )
    return tuple(whole(f"a width in {name}", width, 1) for width in given)
