"""The words of a model card that more than one section says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final

MISSING: Final = "–"
NOT_SAID: Final = "not stated by the campaign"
# Metrics of errors have the target's unit; the others are pure numbers.
_IN_UNIT: Final = frozenset({"mae", "rmse", "medae", "max_error"})
_NEEDS: Final[Mapping[str, str]] = {
    "electronic": "its electronic structure",
    "structure": "its crystal structure",
    "composition": "its formula",
}


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a card; what is empty is not shown.

    Attributes
    ----------
    heading
        Its title.
    texts
        Paragraphs.
    facts
        (label, value) pairs.
    header, rows
        A table.
    code
        Lines of Python.
    """

    heading: str
    texts: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    header: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    code: str = ""


def title(record: Mapping[str, Any]) -> str:
    """Return the model's name, or its target's where it has none."""
    return str(record.get("name") or record["target"])


def lead(record: Mapping[str, Any]) -> str:
    """Return in one sentence what the model does.

    Examples
    --------
    >>> lead({"target": "gap", "unit": "eV", "classes": [], "blocks": [{"needs": "composition"}], "confidence": 0.9})
    'Predicts the gap of a material in eV from its formula, with an interval that holds 90 % of values.'
    """
    needs = {block["needs"] for block in record["blocks"]}
    given = next(words for word, words in _NEEDS.items() if word in needs)
    level = f"{100 * record['confidence']:g} %"
    if record["classes"]:
        names = ", ".join(record["classes"])
        return (
            f"Tells the class ({names}) of a material by {record['target']} from {given}, with a set of classes "
            f"that holds the true one in {level} of cases."
        )
    unit = f" in {record['unit']}" if record["unit"] not in ("", "1") else ""
    return (
        f"Predicts the {record['target']} of a material{unit} from {given}, with an interval that holds {level} "
        "of values."
    )


def number(value: float | None) -> str:
    """Return a number to three digits, and a dash where there is none.

    Examples
    --------
    >>> number(0.41234), number(1234.5), number(None)
    ('0.412', '1234', '–')
    """
    if value is None or not isfinite(value):
        return MISSING
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def metric_title(name: str, unit: str) -> str:
    """Return a metric's name with the unit it is in.

    Examples
    --------
    >>> metric_title("mae", "eV"), metric_title("r2", "eV"), metric_title("mse", "eV")
    ('mae (eV)', 'r2', 'mse (eV²)')
    """
    if unit in ("", "1"):
        return name
    if name == "mse":
        return f"mse ({unit}²)"
    return f"{name} ({unit})" if name in _IN_UNIT else name


def with_spread(score: Mapping[str, Any]) -> str:
    """Return a mean over folds and its standard deviation."""
    if score["mean"] is None:
        return MISSING
    spread = "" if score.get("std") is None else f" ± {number(score['std'])}"
    return f"{number(score['mean'])}{spread}"
