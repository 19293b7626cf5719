"""Everything the template shows, computed from a run's data; the template itself computes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any

from matsluice.tasks.predict.predictions import NO_CLASS
from matsluice.tasks.report.bar_rows import bars
from matsluice.tasks.report.changes_data import change_sentences
from matsluice.tasks.report.contents import Contents, contents
from matsluice.tasks.report.error_groups import (
    DomainErrors,
    RepeatSpread,
    RowError,
    WrongClass,
    domain_errors,
    largest_errors,
    repeat_spread,
    worst_classes,
)
from matsluice.tasks.report.formula_section import formula_section
from matsluice.tasks.report.funnel import funnel
from matsluice.tasks.report.further_columns import further_columns, hit_decimals
from matsluice.tasks.report.generalisation import generalisation
from matsluice.tasks.report.headline import against_dummy, headline, holdout_of_champion
from matsluice.tasks.report.leakage_words import Leakage, leakage, leakage_sentence, leakage_summary, verdict
from matsluice.tasks.report.model_table import model_tables
from matsluice.tasks.report.names import BASELINE, DECIDING, model_title
from matsluice.tasks.report.number_text import measured, shared_decimals, significant_decimals
from matsluice.tasks.report.pictures import (
    champion_pictures,
    fewest_rows_of_element,
    histogram_picture,
    split_picture,
)
from matsluice.tasks.report.report_data import RANDOM, ReportData
from matsluice.tasks.report.run_summary import Score
from matsluice.tasks.report.search_section import search_parts
from matsluice.tasks.report.shuffled_section import shuffled_section
from matsluice.tasks.report.studies_section import study_parts
from matsluice.tasks.report.trust_section import trust_section
from matsluice.tasks.report.usage import promotion_sentence, usage

if TYPE_CHECKING:
    from matsluice.tasks.changes.record import RunChanges
    from matsluice.tasks.report.drawings import Picture

# Features listed by importance; MLflow keeps all of them.
MOST_FEATURES = 15


@dataclass(frozen=True, slots=True)
class LeakageRow:
    """One model in the table of both scores, already rounded."""

    model: str
    random: str
    grouped: str
    verdict: str
    sentence: str
    telling: bool


@dataclass(frozen=True, slots=True)
class LeakageSection:
    """The comparison for one target; `missing` says why there is none."""

    target: str
    unit: str
    split: str
    summary: str
    rows: tuple[LeakageRow, ...]
    picture: Picture | None
    missing: str = ""
    noun: str = "mean absolute error"


@dataclass(frozen=True, slots=True)
class FailureSection:
    """Where the champion fails, on its own split."""

    model: str
    unit: str
    split: str
    rows: int
    pictures: dict[str, Picture]
    domain: DomainErrors | None
    largest: tuple[RowError, ...]
    wrong: tuple[WrongClass, ...]
    repeats: RepeatSpread | None
    fewest_rows: int
    formulas_known: bool
    classes: tuple[str, ...] = ()


def page_content(data: ReportData) -> dict[str, Any]:
    """Return the template's variables."""
    shown = len(data.hits.shown)
    objective = data.facts.objective
    return {
        "data": data,
        "facts": data.facts,
        "summary": data.summary,
        "headline": headline(data),
        "changes": data.changes,
        "audit": data.audit,
        "change_sentences": () if data.changes is None else tuple(change_sentences(data.changes)),
        "change_decimals": 3 if data.changes is None else _change_decimals(data.changes),
        "leakages": tuple(_leakage_section(data, facts.column) for facts in data.targets),
        "tables": model_tables(data),
        "against_dummy": against_dummy(data),
        "holdout": holdout_of_champion(data),
        "generalisation": generalisation(data),
        "failures": _failure_section(data),
        "trust": trust_section(data),
        "importance": bars({one.column: one.importance for one in data.facts.importance}, MOST_FEATURES),
        "formula": formula_section(data),
        "shuffled": shuffled_section(data),
        "histogram": histogram_picture(data),
        "funnel": funnel(data, shown),
        "studies": study_parts(data),
        "searches": search_parts(data),
        "error_decimals": _error_decimals(data),
        "hit_unit": data.unit(objective.target) if objective is not None else "",
        "hit_decimals": hit_decimals([(hit.lower, hit.upper) for hit in data.hits.shown]),
        "hit_class": objective.wanted_class if objective is not None else "",
        "no_class": NO_CLASS,
        "hit_spread": any(isfinite(hit.spread) for hit in data.hits.shown),
        "hit_fronts": any(hit.front is not None for hit in data.hits.shown),
        "hit_scores": any(isfinite(hit.score) for hit in data.hits.shown),
        "further_targets": further_columns(data),
        "hit_reasons": any(hit.why or hit.nearest for hit in data.hits.shown),
        "hits_near": any(hit.nearest for hit in data.hits.shown),
        "hits_outside": any(hit.in_domain is False and hit.domain for hit in data.hits.shown),
        "rejected": sum(one.count for one in data.rejections),
        "usage": usage(data),
        "promotion_sentence": promotion_sentence(data),
        "seconds": bars({name: value for name, value in data.summary.seconds.items() if name != "total"}),
        "champion_title": ""
        if data.champion is None
        else model_title(data.champion.model, data.deciding(data.champion.target)),
        "several_targets": len(data.targets) > 1,
    }


def _leakage_section(data: ReportData, target: str) -> LeakageSection:
    unit = data.unit(target)
    splits = dict.fromkeys(row.split for row in data.summary.models if row.target == target)
    grouped = [split for split in splits if split != RANDOM]
    chosen = data.champion.split if data.champion is not None else ""
    split = chosen if chosen in grouped else (grouped[0] if grouped else "")
    deciding = data.deciding(target)
    rows = leakage(data.summary.models, target, split, deciding) if split else ()
    scores = [score for row in rows for score in (row.random, row.grouped)]
    decimals = shared_decimals([score.std for score in scores], [score.mean for score in scores])
    champion = data.champion.model if data.champion is not None and data.champion.target == target else ""
    return LeakageSection(
        target=target,
        unit=unit,
        split=split,
        summary=leakage_summary(rows, champion, unit),
        rows=tuple(_leakage_row(row, unit, decimals) for row in sorted(rows, key=_learned_first)),
        picture=split_picture(data, target, (RANDOM, split)),
        missing="" if rows else _why_no_leakage(bool(grouped), RANDOM in splits),
        noun=DECIDING[deciding],
    )


def _learned_first(row: Leakage) -> tuple[bool, float]:
    return row.model == BASELINE, row.grouped.mean


def _leakage_row(row: Leakage, unit: str, decimals: int) -> LeakageRow:
    return LeakageRow(
        model=model_title(row.model, row.metric),
        random=measured(row.random.mean, row.random.std, decimals),
        grouped=measured(row.grouped.mean, row.grouped.std, decimals),
        verdict=verdict(row),
        sentence=leakage_sentence(row, unit),
        telling=bool(row.beyond_spread) and row.share > 0,
    )


def _why_no_leakage(grouped: bool, random: bool) -> str:
    if not grouped and not random:
        return "No model has been scored, so there is nothing to compare yet."
    if not grouped:
        return (
            "Only the random split was run, so rows of one material on both sides may flatter this score; "
            'add "composition" to [validation] splits to see by how much.'
        )
    if not random:
        return 'The random split was not run; add "random" to [validation] splits to see what it hides.'
    return "No model was scored under both kinds of split, so they cannot be compared."


def _failure_section(data: ReportData) -> FailureSection | None:
    champion = data.champion
    if champion is None or champion.split not in data.predictions:
        return None
    predictions = data.predictions[champion.split]
    if not predictions.ids:
        return None
    held: Contents | None = contents(predictions.formulas) if predictions.formulas else None
    return FailureSection(
        model=model_title(champion.model, data.deciding(champion.target)),
        unit=data.unit(champion.target),
        split=champion.split,
        rows=len(predictions.ids),
        pictures=champion_pictures(data, predictions, held),
        domain=domain_errors(predictions),
        largest=() if predictions.classes else largest_errors(predictions),
        wrong=worst_classes(predictions) if predictions.classes else (),
        repeats=None if held is None or predictions.classes else repeat_spread(predictions, held),
        fewest_rows=fewest_rows_of_element(len(predictions.ids)),
        formulas_known=held is not None,
        classes=predictions.classes,
    )


def _change_decimals(changes: RunChanges) -> int:
    """Return the decimals of errors side by side: two digits of how far the middle difference's interval reaches."""
    known = [one.difference for one in changes.scores if one.difference is not None]
    reach = sorted((one.high - one.low) / 2 for one in known if one.high > one.low)
    return significant_decimals(reach[len(reach) // 2], 2) if reach else 3


def _error_decimals(data: ReportData) -> int:
    """Return the decimals of single values beside the champion's error: two significant digits of it."""
    champion = data.champion
    error = 1.0 if champion is None else champion.metrics.get(data.deciding(champion.target), Score()).mean
    return significant_decimals(error, 2)
