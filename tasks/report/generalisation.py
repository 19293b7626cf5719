"""How far the scores carry: every model under every split, more data, and whether the champion's lead is real."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isfinite, nan
from typing import TYPE_CHECKING

from matsluice.tasks.compare.contest_pairs import ScoreComparison, Side, compare_sides, pairs_within
from matsluice.tasks.compare.p_text import p_text
from matsluice.tasks.evaluate import figures
from matsluice.tasks.report.drawings import Picture, picture
from matsluice.tasks.report.learning_words import learning_sentences
from matsluice.tasks.report.names import DECIDING, metric_title, model_title, new_under
from matsluice.tasks.report.number_text import measured, number, shared_decimals, signed, significant_decimals
from matsluice.tasks.report.report_data import RANDOM, ReportData
from matsluice.tasks.report.run_summary import ModelScores, Score

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class SplitCell:
    """A model's error under one split as text, and how much larger it is than under the random split ("" for none)."""

    text: str
    growth: str = ""
    larger: bool = False


@dataclass(frozen=True, slots=True)
class Heading:
    """A model or a split at the top or the side of the table."""

    text: str
    champion: bool = False


@dataclass(frozen=True, slots=True)
class SplitTable:
    """Every model of one target under every split; what there is more of stands below each other.

    Attributes
    ----------
    corner
        What the rows are: "Model" or "Split".
    columns, rows
        Headings, and a heading with the cells of its row.
    """

    target: str
    metric: str
    corner: str
    columns: tuple[Heading, ...]
    rows: tuple[tuple[Heading, tuple[SplitCell, ...]], ...]
    sentence: str
    against_random: bool


@dataclass(frozen=True, slots=True)
class RivalRow:
    """One model against the champion on the champion's split."""

    model: str
    difference: str
    interval: str
    p: str
    verdict: str
    beyond: bool


@dataclass(frozen=True, slots=True)
class Generalisation:
    """The section; parts that the run does not have are empty."""

    tables: tuple[SplitTable, ...]
    rivals: tuple[RivalRow, ...]
    rival_unit: str
    rival_pairing: str
    lead: str
    curve: Picture | None
    curve_sentences: tuple[str, ...]


def generalisation(data: ReportData) -> Generalisation | None:
    """Return the section; None before any model was scored."""
    if data.champion is None:
        return None
    champion = data.champion
    compared = _rivals(data)
    unit = data.unit(champion.target) if data.deciding(champion.target) == "mae" else ""
    by = {one.difference.by for one in compared if one.difference is not None}
    return Generalisation(
        tables=tuple(
            table for facts in data.targets if (table := _split_table(data, facts.column)) is not None
        ),
        rivals=tuple(_rival_row(one) for one in compared),
        rival_unit=unit,
        rival_pairing="folds" if by == {"folds"} else "materials",
        lead=_lead_sentence(data, compared),
        curve=_curve_picture(data),
        curve_sentences=()
        if data.learning_curve is None
        else tuple(learning_sentences(data.learning_curve, data.unit(data.learning_curve.target))),
    )


def _split_table(data: ReportData, target: str) -> SplitTable | None:
    deciding = data.deciding(target)
    scored = [row for row in data.summary.models if row.target == target and deciding in row.metrics]
    splits = tuple(dict.fromkeys(row.split for row in scored))
    if len(splits) < 2:
        return None
    scores = {(row.model, row.split): row.metrics[deciding] for row in scored}
    decimals = shared_decimals([s.std for s in scores.values()], [s.mean for s in scores.values()])
    models = _least_first(scores, _shown_split(data, target, splits))
    champion = data.champion.model if data.champion is not None and data.champion.target == target else ""
    cells = {key: _cell(scores, *key, decimals) for key in ((m, split) for m in models for split in splits)}
    of_models = [Heading(model_title(model, deciding), model == champion) for model in models]
    of_splits = [Heading(split) for split in splits]
    below = len(splits) > len(models)  # what there is more of
    rows = (
        zip(of_splits, (tuple(cells[model, split] for model in models) for split in splits), strict=True)
        if below
        else zip(of_models, (tuple(cells[model, split] for split in splits) for model in models), strict=True)
    )
    return SplitTable(
        target=target,
        metric=metric_title(deciding, data.unit(target)),
        corner="Split" if below else "Model",
        columns=tuple(of_models if below else of_splits),
        rows=tuple(rows),
        sentence=_growth_sentence(scores, champion or models[0], splits, deciding, data.unit(target)),
        against_random=RANDOM in splits,
    )


def _shown_split(data: ReportData, target: str, splits: Sequence[str]) -> str:
    """Return the split by which models are put in order: the champion's, else the first that is not random."""
    if data.champion is not None and data.champion.target == target:
        return data.champion.split
    return next((split for split in splits if split != RANDOM), splits[0])


def _least_first(scores: dict[tuple[str, str], Score], split: str) -> list[str]:
    def error(model: str) -> float:
        mean = _mean(scores, model, split)
        return mean if isfinite(mean) else inf

    return sorted(dict.fromkeys(model for model, _ in scores), key=error)


def _mean(scores: dict[tuple[str, str], Score], model: str, split: str) -> float:
    return scores.get((model, split), Score()).mean


def _cell(scores: dict[tuple[str, str], Score], model: str, split: str, decimals: int) -> SplitCell:
    score = scores.get((model, split), Score())
    growth = _growth(_mean(scores, model, RANDOM), score.mean) if split != RANDOM else nan
    return SplitCell(
        measured(score.mean, score.std, decimals),
        f"{signed(100 * growth, 0)} %" if isfinite(growth) else "",
        larger=growth >= 0.005,  # what is shown as 1 % or more
    )


def _growth(random: float, error: float) -> float:
    return error / random - 1.0 if isfinite(random) and isfinite(error) and random > 0 else nan


def _growth_sentence(
    scores: dict[tuple[str, str], Score], model: str, splits: Sequence[str], deciding: str, unit: str
) -> str:
    random = scores.get((model, RANDOM), Score())
    others = [split for split in splits if split != RANDOM and isfinite(_mean(scores, model, split))]
    if not isfinite(random.mean) or not others:
        return ""
    of = f" {unit}" if unit and deciding == "mae" else ""
    decimals = shared_decimals([random.std], [random.mean])

    def on(split: str) -> str:
        error = _mean(scores, model, split)
        growth = signed(100 * _growth(random.mean, error), 0)
        return f"{number(error, decimals)}{of} on {new_under(split)} ({growth} %)"

    sentence = (
        f"{model_title(model, deciding)} has a {DECIDING[deciding]} of {number(random.mean, decimals)}{of} on rows "
        f"drawn at random, and {on(others[0])}."
    )
    worst = max(others, key=lambda split: _mean(scores, model, split))
    return sentence + (f" It is largest with {on(worst)}." if worst != others[0] else "")


def _rivals(data: ReportData) -> tuple[ScoreComparison, ...]:
    champion = data.champion
    assert champion is not None
    sides = [
        Side(data.directory, _entry(row))
        for row in data.summary.models
        if (row.target, row.split) == (champion.target, champion.split)
    ]
    return compare_sides(pairs_within(sides, champion.model))


def _entry(row: ModelScores) -> dict[str, object]:
    metrics = {
        name: {"mean": score.mean if isfinite(score.mean) else None, "folds": list(score.folds)}
        for name, score in row.metrics.items()
    }
    return {"model": row.model, "target": row.target, "split": row.split, "metrics": metrics}


def _rival_row(one: ScoreComparison) -> RivalRow:
    difference = one.difference
    if difference is None:
        return RivalRow(model_title(one.model, one.metric), "–", "–", "–", one.verdict, beyond=False)
    decimals = significant_decimals((difference.high - difference.low) / 2 or difference.mean, 2)
    return RivalRow(
        model=model_title(one.model, one.metric),
        difference=signed(difference.mean, decimals),
        interval=f"{signed(difference.low, decimals)} to {signed(difference.high, decimals)}",
        p=p_text(one.p).removeprefix("p = ").removeprefix("p "),
        verdict="champion better" if one.verdict == "worse" else one.verdict,
        beyond=one.verdict == "worse",
    )


def _lead_sentence(data: ReportData, compared: Sequence[ScoreComparison]) -> str:
    champion = data.champion
    assert champion is not None
    if not compared:
        return ""
    close = [one for one in compared if one.verdict not in ("worse", "cannot be told")]
    title = model_title(champion.model, data.deciding(champion.target))
    if not close:
        return f"{title} leads beyond noise: its advantage over every other model is more than its folds scatter."
    names = [model_title(one.model) for one in close]
    listed = ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else names[0]
    return (
        f"{title} has the least error on the {champion.split} split, but these folds cannot tell it from {listed}: "
        "another draw may put the other first."
    )


def _curve_picture(data: ReportData) -> Picture | None:
    curve = data.learning_curve
    if curve is None or len(curve.points) < 2:
        return None
    rows = [point.rows for point in curve.points]
    folds = [[nan if value is None else value for value in point.folds] for point in curve.points]
    label = metric_title(curve.metric, data.unit(curve.target))
    said = ", ".join(f"{rows[i]:,.0f} rows: {number(curve.points[i].mean)}" for i in range(len(rows)))
    return picture(
        lambda theme: figures.learning_curve(rows, folds, label, theme=theme),
        f"{label} of {model_title(curve.model)} on the {curve.split} split against the rows learned from: {said}.",
    )
