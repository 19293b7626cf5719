"""Whether intervals and sets hold what they say, split by split: the worst in words first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import nan
from typing import TYPE_CHECKING

import numpy as np

from matsluice.tasks.evaluate import figures
from matsluice.tasks.evaluate.coverage_record import LEVELS, coverage_curve, coverage_interval
from matsluice.tasks.report.drawings import Picture, picture
from matsluice.tasks.report.error_groups import coverage
from matsluice.tasks.report.headline import holdout_of_champion
from matsluice.tasks.report.names import new_under
from matsluice.tasks.report.number_text import counted, number, percent, significant_decimals
from matsluice.tasks.report.set_words import empty_set_sentences

if TYPE_CHECKING:
    from matsluice.tasks.report.report_data import ReportData
    from matsluice.tasks.report.run_tables import Predictions

# A coverage that is off by less, or by less than chance explains, is not worth a sentence.
SLACK = 0.02
# How far above what is asked for a coverage may lie before intervals are called too wide.
GENEROUS = 0.05


@dataclass(frozen=True, slots=True)
class Reached:
    """What was reached at one level, and within which shares it truly lies (95 %)."""

    asked: float
    share: float
    low: float
    high: float

    @property
    def short(self) -> bool:
        """Whether it is less than asked for, beyond chance and by more than two points."""
        return self.high < self.asked and self.share < self.asked - SLACK

    @property
    def generous(self) -> bool:
        """Whether it is more than asked for by so much that intervals are too wide."""
        return self.low > self.asked and self.share > self.asked + GENEROUS


@dataclass(frozen=True, slots=True)
class TrustRow:
    """One line of the table: which rows, how many, what is reached at each level, and the typical width or size."""

    name: str
    rows: int
    reached: tuple[Reached | None, ...]
    width: str


@dataclass(frozen=True, slots=True)
class TrustSection:
    """The section; `sentences` has the most important one first.

    `made_under` is the split whose errors the intervals are made from under every split; "" where each has its own.
    """

    sentences: tuple[str, ...]
    levels: tuple[float, ...]
    rows: tuple[TrustRow, ...]
    classes: bool
    unit: str
    made_under: str
    curves: Picture | None
    sharpness: Picture | None


def trust_section(data: ReportData) -> TrustSection | None:
    """Return what the champion's intervals or sets are worth; None where no row has one."""
    champion, asked = data.champion, data.facts.confidence
    if champion is None or asked is None:
        return None
    given = {split: rows for split, rows in data.predictions.items() if coverage(split, rows) is not None}
    if not given:
        return None
    levels = tuple(sorted({*LEVELS, asked}))
    classes = any(rows.classes for rows in given.values())
    unit = data.unit(champion.target)
    rows = [_of_split(data, split, predictions, levels, asked) for split, predictions in given.items()]
    own = given.get(champion.split)
    if own is not None:
        rows += _by_domain(champion.split, own, levels, asked)
    rows += _holdout(data, levels, asked)
    of_splits = dict(zip(given, rows, strict=False))
    return TrustSection(
        sentences=(
            *_split_sentences(of_splits, asked, "sets" if classes else "intervals"),
            *_domain_sentences(rows, asked, "set" if classes else "interval"),
            *_sharpness_sentences(own, unit),
            *empty_set_sentences(own, asked),
        ),
        levels=levels,
        rows=tuple(rows),
        classes=classes,
        unit=unit,
        curves=_curves(data, given, asked, "classes" if classes else "values"),
        made_under=champion.split if len(given) > 1 and data.facts.coverage else "",
        sharpness=_sharpness(own, unit),
    )


def _of_split(
    data: ReportData, split: str, predictions: Predictions, levels: tuple[float, ...], asked: float
) -> TrustRow:
    """Return the line of a split: of the champion's intervals where the run has tried them there, else its own."""
    row = _row(f"{split} split", split, predictions, levels, asked)
    tried = next((one for one in data.facts.coverage if one.split == split), None)
    if tried is None:
        return row
    steps = len(tried.curve) - 1
    reached = tuple(
        _reached(level, round(tried.curve[round(level * steps)] * tried.rows), tried.rows)
        if abs(round(level * steps) - level * steps) < 1e-6
        else each
        for level, each in zip(levels, row.reached, strict=True)
    )
    return replace(row, reached=reached, width=_brief(nan if tried.width is None else tried.width))


def _row(
    name: str, split: str, predictions: Predictions, levels: tuple[float, ...], asked: float
) -> TrustRow:
    covered = coverage(split, predictions)
    assert covered is not None
    known = np.isfinite(predictions.level) if len(predictions.level) else np.zeros(0, dtype=bool)
    reached: list[Reached | None] = []
    for level in levels:
        if known.any():
            reached.append(_reached(level, int((predictions.level[known] < level).sum()), int(known.sum())))
        elif level == asked:
            reached.append(_reached(level, round(covered.share * covered.rows), covered.rows))
        else:
            reached.append(None)
    return TrustRow(name, covered.rows, tuple(reached), _brief(covered.median_width))


def _by_domain(
    split: str, predictions: Predictions, levels: tuple[float, ...], asked: float
) -> list[TrustRow]:
    inside = predictions.in_domain
    if inside is None or inside.all() or not inside.any():
        return []
    return [
        _row(f"{split} split, {where} the domain", split, part, levels, asked)
        for where, mask in (("inside", inside), ("outside", ~inside))
        if coverage(split, part := predictions.take(mask)) is not None
    ]


def _holdout(data: ReportData, levels: tuple[float, ...], asked: float) -> list[TrustRow]:
    facts = holdout_of_champion(data)
    if facts is None or facts.coverage is None or not facts.rows:
        return []
    shares = {float(level): share for level, share in facts.coverage_at.items()} | {asked: facts.coverage}
    reached = tuple(
        _reached(level, round(shares[level] * facts.rows), facts.rows) if level in shares else None
        for level in levels
    )
    size = facts.median_width if facts.set_size is None else facts.set_size
    return [TrustRow("hold-out", facts.rows, reached, _brief(nan if size is None else size))]


def _reached(asked: float, held: int, rows: int) -> Reached:
    return Reached(asked, held / rows, *coverage_interval(held, rows))


def _split_sentences(of_splits: dict[str, TrustRow], asked: float, what: str) -> list[str]:
    found = {
        split: next(each for each in row.reached if each is not None and each.asked == asked)
        for split, row in of_splits.items()
    }
    short = sorted((one for one in found.items() if one[1].short), key=lambda one: one[1].share)
    sentences = [
        f"On {new_under(split)} the {percent(asked)} {what} hold only {percent(each.share)} of the "
        f"{'classes' if what == 'sets' else 'values'} ({percent(each.low)} to {percent(each.high)} within chance): for "
        f"such candidates take them as {percent(each.share)} {what}, or ask for a higher confidence."
        for split, each in short
    ]
    if not short:
        names = ", ".join(found)
        under = f"the {names} split" if len(found) == 1 else f"every split ({names})"
        sentences = [
            f"The {percent(asked)} {what} hold what they say, to within two points or chance, under {under}."
        ]
    sentences += [
        f"On {new_under(split)} they hold {percent(each.share)}: there they are wider than they need be."
        for split, each in found.items()
        if each.generous
    ]
    return sentences


def _domain_sentences(rows: list[TrustRow], asked: float, what: str) -> list[str]:
    outside = next((row for row in rows if row.name.endswith("outside the domain")), None)
    inside = next((row for row in rows if row.name.endswith("inside the domain")), None)
    if outside is None or inside is None:
        return []
    out, within = (
        next(each for each in row.reached if each is not None and each.asked == asked)
        for row in (outside, inside)
    )
    split = outside.name.partition(",")[0]
    said = (
        f"Under the {split} they hold {percent(out.share)} of {counted(outside.rows, 'row')} outside the applicability "
        f"domain, and {percent(within.share)} inside"
    )
    if out.short:
        return [said + f": a material that is flagged is not covered as often as its {what} says."]
    return [said + "."]


def _sharpness_sentences(predictions: Predictions | None, unit: str) -> list[str]:
    if predictions is None or predictions.classes:
        return []
    width, error = predictions.upper - predictions.lower, predictions.absolute_error
    known = np.isfinite(width) & np.isfinite(error)
    width, error = width[known], error[known]
    order = np.argsort(width, kind="stable")
    tenth = len(order) // 10
    if tenth < 5 or np.ptp(width) < 1e-9 * width.max():
        return []
    narrow, wide = order[:tenth], order[-tenth:]
    means = [error[part].mean() for part in (narrow, wide)]
    decimals = significant_decimals(float(error.mean()), 2)
    told = (
        "a wide interval means a large error"
        if means[1] > 2 * means[0]
        else "the width tells little about the error"
    )
    return [
        f"The tenth of the rows with the narrowest intervals is off by {number(means[0], decimals)} {unit} on "
        f"average, the tenth with the widest by {number(means[1], decimals)} {unit}: {told}.".replace(
            "  ", " "
        )
    ]


def _curves(data: ReportData, given: dict[str, Predictions], asked: float, what: str) -> Picture | None:
    curves = {
        split: coverage_curve(rows.level[np.isfinite(rows.level)])
        for split, rows in given.items()
        if len(rows.level) and np.isfinite(rows.level).any()
    } | {one.split: one.curve for one in data.facts.coverage if one.split in given}
    if not curves:
        return None
    said = ", ".join(
        f"{split} {percent(curve[round(asked * (len(curve) - 1))])}" for split, curve in curves.items()
    )
    return picture(
        lambda theme: figures.coverage_curves(curves, asked, theme=theme),
        f"Share of {what} held against the share asked for; at {percent(asked)}: {said}.",
    )


def _sharpness(predictions: Predictions | None, unit: str) -> Picture | None:
    if predictions is None or predictions.classes:
        return None
    width, error = predictions.upper - predictions.lower, predictions.absolute_error
    known = np.isfinite(width) & np.isfinite(error)
    if known.sum() < 50 or np.ptp(width[known]) < 1e-9 * width[known].max():
        return None
    return picture(
        lambda theme: figures.width_against_error(width, error, unit, theme=theme),
        "Mean error in ten parts of the rows, from the narrowest to the widest intervals.",
    )


def _brief(value: float) -> str:
    return number(value, significant_decimals(value, 2))
