"""What the page says of the search for each model's parameters: what it cost, what it chose, whether it helped."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any

from matsluice.tasks.evaluate.figures.search_progress import search_progress
from matsluice.tasks.report.drawings import Picture, picture
from matsluice.tasks.report.names import metric_title, model_title
from matsluice.tasks.report.number_text import counted, number, signed, significant_decimals
from matsluice.tasks.tune.gain_words import gain_words
from matsluice.tasks.tune.trial import said_value

if TYPE_CHECKING:
    from matsluice.tasks.report.report_data import ReportData
    from matsluice.tasks.report.run_summary import ModelScores, SearchScores

# Values that lie further apart than this, highest over lowest, are called far apart.
NEAR = 3.0
# More folds than these have no room side by side.
MOST_FOLDS = 8


@dataclass(frozen=True, slots=True)
class SearchRow:
    """One model under one split: its error without and with the search, on the outer folds."""

    model: str
    split: str
    trials: str
    default: str
    tuned: str
    gain: str
    verdict: str


@dataclass(frozen=True, slots=True)
class ChosenRow:
    """One parameter of a model under one split: the value of each fold, and whether they are alike."""

    parameter: str
    values: tuple[str, ...]
    agreement: str


@dataclass(frozen=True, slots=True)
class SearchPart:
    """One target's searches: a table, and for each model its curves and the values that its folds chose."""

    target: str
    title: str
    lead: tuple[str, ...]
    rows: tuple[SearchRow, ...]
    models: tuple[SearchDetail, ...]


@dataclass(frozen=True, slots=True)
class SearchDetail:
    """One model under the split that decides."""

    model: str
    split: str
    note: str
    picture: Picture
    chosen: tuple[ChosenRow, ...]
    folds: int


def search_parts(data: ReportData) -> tuple[SearchPart, ...]:
    """Return a part for each target that has models with a search."""
    parts = []
    for facts in data.targets:
        rows = [row for row in data.summary.models if row.target == facts.column and row.search is not None]
        if rows:
            parts.append(_part(data, facts.column, rows))
    return tuple(parts)


def _part(data: ReportData, target: str, rows: list[ModelScores]) -> SearchPart:
    deciding, unit = data.deciding(target), data.unit(target)
    split = data.champion.split if data.champion is not None else rows[-1].split
    shown = [row for row in rows if row.split == split] or rows
    return SearchPart(
        target=target,
        title=metric_title(deciding, unit),
        lead=tuple(_sentence(row, deciding, unit) for row in shown),
        rows=tuple(_row(row, deciding) for row in rows),
        models=tuple(_detail(row, deciding) for row in shown),
    )


def _row(row: ModelScores, deciding: str) -> SearchRow:
    search = _search(row)
    gain = search.gain
    decimals = significant_decimals(gain.default_error)
    lost = [
        f"{search.pruned} given up" if search.pruned else "",
        f"{search.failed} failed" if search.failed else "",
    ]
    told = ", ".join(one for one in lost if one)
    interval = (
        f" ({signed(gain.low, decimals)} to {signed(gain.high, decimals)})" if isfinite(gain.low) else ""
    )
    return SearchRow(
        model=model_title(row.model, deciding),
        split=row.split,
        trials=f"{search.trials}" + (f" ({told})" if told else ""),
        default=number(gain.default_error, decimals),
        tuned=number(gain.default_error - gain.mean, decimals),
        gain=f"{signed(gain.mean, decimals)}{interval}",
        verdict=gain.verdict,
    )


def _sentence(row: ModelScores, deciding: str, unit: str) -> str:
    search = _search(row)
    gain, kept = search.gain, all(best.trial == 0 for best in search.best)
    said = gain_words(gain.default_error, gain.mean, gain.verdict, unit, kept=kept)
    return f"{model_title(row.model, deciding)}, {row.split} split: {said}."


def _detail(row: ModelScores, deciding: str) -> SearchDetail:
    search, name = _search(row), model_title(row.model, deciding)
    curves = [[float("nan") if one is None else one for one in best.best_so_far] for best in search.best]
    bases = [best.default_score for best in search.best]
    minutes = search.budget.get("minutes")
    budget = (
        f" Its budget was {minutes:g} minutes, so another machine would try more or fewer." if minutes else ""
    )
    failed = ""
    if search.failed:
        failed = f" {counted(search.failed, 'trial')} failed: {'; '.join(search.reasons)}."
    return SearchDetail(
        model=name,
        split=row.split,
        note=f"{counted(search.trials, 'trial')} in {counted(len(search.best), 'fold')}, each on "
        f"{search.inner_folds} inner folds of the training rows.{budget}{failed}",
        picture=picture(
            lambda theme: search_progress(curves, bases, theme=theme),
            f"The least inner error of {name} so far, over that of the defaults, against the number of trials, a line "
            "a fold.",
        ),
        chosen=tuple(_chosen(search, parameter) for parameter in search.best[0].parameters),
        folds=min(len(search.best), MOST_FOLDS),
    )


def _chosen(search: SearchScores, parameter: str) -> ChosenRow:
    values = [best.parameters[parameter] for best in search.best]
    texts = tuple(_text(value) for value in values[:MOST_FOLDS])
    return ChosenRow(parameter, texts, agreement(values))


def _text(value: object) -> str:
    return said_value(tuple(value)) if isinstance(value, list) else said_value(value)


def agreement(values: list[Any]) -> str:
    """Return whether the folds have chosen alike.

    Examples
    --------
    >>> agreement([1.0, 2.5, 2.0]), agreement([1.0, 200.0]), agreement(["rbf", "rbf"]), agreement(["rbf", "matern"])
    ('alike', 'up to 200 times apart', 'the same', 'different')
    """
    if all(value == values[0] for value in values):
        return "the same"
    if all(isinstance(value, int | float) and not isinstance(value, bool) and value > 0 for value in values):
        ratio = max(values) / min(values)
        return "alike" if ratio <= NEAR else f"up to {number(ratio, 0)} times apart"
    return "different"


def _search(row: ModelScores) -> SearchScores:
    assert row.search is not None
    return row.search
