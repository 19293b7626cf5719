"""What was asked and what came out, in sentences."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

from matsluice.tasks.report.names import (
    BASELINE,
    DECIDING,
    metric_title,
    model_title,
    new_under,
    quantity,
)
from matsluice.tasks.report.number_text import count, counted, decimals_for, measured, moment, number, percent
from matsluice.tasks.report.report_data import RANDOM, ReportData
from matsluice.tasks.report.run_summary import ModelScores, Score

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matsluice.tasks.report.run_facts import HoldoutFacts

STATUS_NOTES = {
    "interrupted": "This run was interrupted. What it finished is below; the same command goes on.",
    "failed": "This run failed. What it finished is below.",
}


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """A number to see at a glance, with its label and a remark below it."""

    value: str
    label: str
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Headline:
    """The top of the page: `note` is "" for a run that came to its end."""

    campaign: str
    when: str
    status: str
    note: str
    asked: str
    answer: tuple[str, ...]
    figures: tuple[KeyFigure, ...]


def headline(data: ReportData) -> Headline:
    """Return the question, the answer and the few numbers that stand at the top."""
    status = data.summary.status or "unfinished"
    note = STATUS_NOTES.get(status, "" if status == "completed" else "This run has not come to its end.")
    return Headline(
        campaign=data.summary.campaign or "campaign",
        when=moment(data.facts.started),
        status=status,
        note=f"{note} {data.facts.failure}".strip(),
        asked=_asked(data),
        answer=tuple(
            sentence
            for sentence in (_champion_sentence(data), _holdout_sentence(data), _screen_sentence(data))
            if sentence
        ),
        figures=_key_figures(data),
    )


def holdout_of_champion(data: ReportData) -> HoldoutFacts | None:
    """Return the final test of the champion, or None where it was not made."""
    champion = data.champion
    return next(
        (facts for facts in data.facts.holdout
         if champion is not None and (facts.model, facts.target) == (champion.model, champion.target)),
        None,
    )  # fmt: skip


def times_better_than_dummy(data: ReportData) -> float | None:
    """Return the error of predicting the mean (or the classes' shares) over the champion's, on the champion's split."""
    champion = data.champion
    if champion is None or champion.model == BASELINE:
        return None
    deciding = data.deciding(champion.target)
    own = champion.metrics.get(deciding, Score()).mean
    for row in data.summary.models:
        if (row.model, row.target, row.split) == (BASELINE, champion.target, champion.split):
            ratio = row.metrics.get(deciding, Score()).mean / own if own > 0 else float("nan")
            return ratio if isfinite(ratio) else None
    return None


def against_dummy(data: ReportData) -> str:
    """Return how the champion compares with predicting the mean or the shares, "" where that was not scored."""
    ratio = times_better_than_dummy(data)
    if ratio is None or data.champion is None:
        return ""
    anchor = "the mean" if data.deciding(data.champion.target) == "mae" else "the classes' shares"
    if ratio < 1.05:
        return f"no better than predicting {anchor}"
    return f"{number(ratio, 1)} times better than predicting {anchor}"


def _asked(data: ReportData) -> str:
    learned = ", ".join(quantity(facts.column) for facts in data.targets)
    rows = data.summary.snapshot.rows
    source = f"Learn {learned or 'the target'}" + (
        f" from {counted(rows, 'row')}" if rows is not None else ""
    )
    objective = data.facts.objective
    if objective is None or not objective.text:
        return f"{source}."
    without = ""
    if data.facts.excluded_elements:
        without = f", without {_listed(data.facts.excluded_elements)}"
    return f"{source}, and find candidates with {quantity(objective.text)}{without}."


def _champion_sentence(data: ReportData) -> str:
    champion = data.champion
    if champion is None:
        return "No model has been scored yet."
    deciding = data.deciding(champion.target)
    score = champion.metrics.get(deciding, Score())
    if not isfinite(score.mean):
        title = model_title(champion.model, deciding)
        return f"{title} has no defined {DECIDING[deciding]} on the {champion.split} split."
    unit = data.unit(champion.target)
    # What is new under the random split is nothing: its rows may have been seen.
    scope = "rows drawn at random" if champion.split == RANDOM else new_under(champion.split)
    anchor = against_dummy(data)
    return (
        f"{model_title(champion.model, deciding)} predicts the {quantity(champion.target)} of {scope} "
        f"with a {DECIDING[deciding]} of {measured(score.mean, score.std)} {unit}".rstrip()
        + (f", {anchor}" if anchor else "")
        + _recognised(champion)
        + "."
    )


def _recognised(champion: ModelScores) -> str:
    """Return the share of classes that are right and the area under the ROC curve, where classes are predicted."""
    right, area = (champion.metrics.get(name, Score()) for name in ("accuracy", "roc_auc"))
    if not isfinite(right.mean):
        return ""
    ranked = f", and its ROC-AUC is {measured(area.mean, area.std)}" if isfinite(area.mean) else ""
    return f"; {percent(right.mean)} of its classes are right{ranked}"


def _holdout_sentence(data: ReportData) -> str:
    facts = holdout_of_champion(data)
    value = None if facts is None else facts.metrics.get(data.deciding(facts.target))
    if facts is None or value is None or not isfinite(value):
        return ""
    held = f"On the {counted(facts.rows, 'row')} that no choice has seen" if facts.rows else "On the hold-out"
    text = f"{held} it is {number(value, _decimals(data))} {data.unit(facts.target)}".rstrip()
    if facts.coverage is not None and data.facts.confidence is not None:
        asked = percent(data.facts.confidence)
        text += (
            f", and {percent(facts.coverage)} of the values lie in their {asked} interval"
            if facts.set_size is None
            else f", and {percent(facts.coverage)} of the classes are in their {asked} set"
        )
    return text + "."


def _screen_sentence(data: ReportData) -> str:
    screened = data.summary.screen
    if screened.hits is None or not data.looks_for_candidates:
        return ""
    if screened.hits == 0:
        nearest = "" if screened.nearest is None else f"; {quantity(screened.nearest.sentence)}"
        return f"None of {counted(screened.candidates or 0, 'candidate')} meets the objective{nearest}."
    of = f" of {counted(screened.candidates, 'candidate')}" if screened.candidates is not None else ""
    new = data.hits.new if data.hits.count == screened.hits else None
    fresh = "" if new is None else f", {'all' if new == screened.hits > 1 else count(new)} of them new"
    matching = _matching(data)
    if matching is not None and matching > screened.hits:
        return f"{count(matching)}{of} match; the best {count(screened.hits)} are ranked{fresh}."
    return f"{count(screened.hits)}{of} {'is a hit' if screened.hits == 1 else 'are hits'}{fresh}."


def _matching(data: ReportData) -> int | None:
    """Return how many candidates met the objective before the list of hits was cut at its length."""
    facts, hits = data.facts.screen, data.summary.screen.hits
    if facts is None or hits is None:
        return None
    both = facts.in_window_and_domain
    return both if both is not None and both >= hits else facts.in_window


def _key_figures(data: ReportData) -> tuple[KeyFigure, ...]:
    figures = []
    champion = data.champion
    if champion is not None:
        unit = data.unit(champion.target)
        deciding = data.deciding(champion.target)
        title = metric_title(deciding, "")
        score = champion.metrics.get(deciding, Score())
        label = f"{title}, {champion.split} split" + (f" ({unit})" if unit else "")
        figures.append(KeyFigure(measured(score.mean, score.std), label, model_title(champion.model)))
        held = holdout_of_champion(data)
        if held is not None:
            label = f"{title}, hold-out" + (f" ({unit})" if unit else "")
            figures.append(
                KeyFigure(
                    number(held.metrics.get(deciding), _decimals(data)), label, counted(held.rows, "row")
                )
            )
    screened = data.summary.screen
    if screened.hits is not None and data.looks_for_candidates:
        matching = _matching(data)
        found = screened.hits if matching is None else max(matching, screened.hits)
        remark = f"of {counted(screened.candidates, 'candidate')}" if screened.candidates is not None else ""
        figures.append(KeyFigure(count(found), "Candidates that match", remark))
    if data.summary.snapshot.unique_materials is not None:
        remark = f"in {counted(data.summary.snapshot.rows or 0, 'row')}"
        figures.append(KeyFigure(count(data.summary.snapshot.unique_materials), "Distinct materials", remark))
    return tuple(figures)


def _decimals(data: ReportData) -> int | None:
    """Return the decimals of the champion's error, so that the hold-out's can be read beside it."""
    champion = data.champion
    if champion is None:
        return None
    return decimals_for(champion.metrics.get(data.deciding(champion.target), Score()).std)


def _listed(words: Sequence[str]) -> str:
    """Return a list in a sentence; a long one is cut, as the campaign file below holds the rest."""
    if len(words) > 8:
        return f"{', '.join(words[:7])} and {len(words) - 7} other elements"
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
