"""Target values from text: a number, or why not."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

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


def contradiction(column: str, value: float, place: str, other: float, other_place: str) -> str:
    """Return the sentence for two values of one material where `duplicates = "error"` allows one."""
    return (
        f"{column} of one material is {value:g} at {place} and {other:g} at {other_place}: "
        'data.duplicates = "error" allows one value; use median, mean, keep or first'
    )


def _number(text: str) -> float | None:
    # float() also takes 1_000, which no table means as a thousand.
    try:
        return None if "_" in text else float(text)
    except ValueError:
        return None
