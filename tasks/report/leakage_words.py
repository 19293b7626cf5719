"""How much of the random split's score is leakage, in numbers and in a sentence per model.

Leakage is what a model gains when rows of one material stand in the training and in the test fold. It is
measured as the share of the true error that the random split hides: (grouped − random) / grouped, with the
mean absolute error over folds (Meredig et al. 2018, doi:10.1039/C8ME00012C).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot, isfinite, nan

from matsluice.tasks.report.names import BASELINE, DECIDING, model_title, new_under
from matsluice.tasks.report.number_text import decimals_for, number, percent
from matsluice.tasks.report.report_data import RANDOM
from matsluice.tasks.report.run_summary import ModelScores, Score


@dataclass(frozen=True, slots=True)
class Leakage:
    """One model's error under both kinds of split, in the target's unit; of classes its log-loss.

    `share` is the share of the grouped error that the random split hides, NaN where it is not defined;
    `beyond_spread` is None where no spread over folds is known.
    """

    model: str
    target: str
    split: str
    random: Score
    grouped: Score
    share: float
    beyond_spread: bool | None
    metric: str = "mae"

    @property
    def noun(self) -> str:
        """What is compared, in a sentence."""
        return "error" if self.metric == "mae" else DECIDING.get(self.metric, self.metric)


def leakage(
    models: tuple[ModelScores, ...], target: str, split: str, metric: str = "mae"
) -> tuple[Leakage, ...]:
    """Return the comparison of every model that was scored on the random split and on `split`.

    Examples
    --------
    >>> scores = [ModelScores("ridge", "gap", split, {"mae": Score(mean, 0.01)})
    ...           for split, mean in (("random", 0.3), ("composition", 0.4))]
    >>> round(leakage(tuple(scores), "gap", "composition")[0].share, 6)
    0.25
    """
    scores = {
        (row.model, row.split): row.metrics.get(metric, Score()) for row in models if row.target == target
    }
    return tuple(
        _compare(model, target, split, scores[model, RANDOM], scores[model, split], metric)
        for model in dict.fromkeys(model for model, _ in scores)
        if (model, RANDOM) in scores and (model, split) in scores
    )


def _compare(
    model: str, target: str, split: str, random: Score, grouped: Score, metric: str = "mae"
) -> Leakage:
    difference = grouped.mean - random.mean
    spread = hypot(random.std, grouped.std)
    share = difference / grouped.mean if isfinite(difference) and grouped.mean > 0 else nan
    beyond = abs(difference) > spread if isfinite(spread) and spread > 0 and isfinite(difference) else None
    return Leakage(model, target, split, random, grouped, share, beyond, metric)


def leakage_sentence(row: Leakage, unit: str) -> str:
    """Return what the comparison says about one model.

    Examples
    --------
    >>> print(leakage_sentence(_compare("random_forest", "gap", "composition", Score(0.282, 0.01), Score(0.398, 0.02)), "eV"))
    Random forest looks like 0.28 eV on the random split; on new compositions it is 0.40 eV: the random split hides 29 % of the error.
    """  # noqa: E501 - the sentence is one line
    title = model_title(row.model, row.metric)
    if not isfinite(row.random.mean) or not isfinite(row.grouped.mean):
        return f"{title} has no {row.noun} on one of the two splits, so they cannot be compared."
    digits = _decimals(row)
    random, grouped = (_value(score.mean, digits, unit) for score in (row.random, row.grouped))
    if row.metric != "mae":
        random = f"a {row.noun} of {random}"
    facts = f"{title} looks like {random} on the random split; on {new_under(row.split)} it is {grouped}: "
    if row.beyond_spread is False:
        return facts + "the difference is within the spread over folds, so no leakage is measured."
    caution = " (no spread over folds to judge this by)" if row.beyond_spread is None else ""
    if not isfinite(row.share):
        return facts + f"a share of the {row.noun} cannot be given{caution}."
    if row.share > 0:
        return facts + f"the random split hides {percent(row.share)} of the {row.noun}{caution}."
    return (
        facts
        + f"the {row.noun} is not larger there, so the random score is not inflated by leakage{caution}."
    )


def leakage_summary(rows: tuple[Leakage, ...], champion: str, unit: str) -> str:
    """Return the answer for the campaign: the champion's sentence, or why there is none."""
    learned = [row for row in rows if row.model != BASELINE] or list(rows)
    if not learned:
        return ""
    row = next((row for row in learned if row.model == champion), learned[0])
    others = [other for other in learned if other is not row and other.beyond_spread and other.share > 0]
    sentence = leakage_sentence(row, unit)
    if not others:
        return sentence
    worst = max(others, key=lambda other: other.share)
    if row.beyond_spread and worst.share > row.share:
        title, share = model_title(worst.model), percent(worst.share)
        sentence += f" {title} is flattered most: {share} of its {row.noun} is hidden."
    return sentence


def verdict(row: Leakage) -> str:
    """Return the comparison in the few words of a table cell.

    >>> verdict(_compare("ridge", "gap", "composition", Score(0.4, 0.05), Score(0.42, 0.05)))
    'within the spread'
    """
    if not isfinite(row.share):
        return "not defined"
    if row.beyond_spread is False:
        return "within the spread"
    if row.share <= 0:
        return "none"
    return f"{percent(row.share)} hidden"


def _decimals(row: Leakage) -> int:
    # One digit of the larger spread; two decimals of a leading digit where there is none.
    digits = decimals_for(max(row.random.std, row.grouped.std))
    return 2 if digits is None else max(digits, 0)


def _value(value: float, decimals: int, unit: str) -> str:
    return f"{number(value, decimals)} {unit}".rstrip()
