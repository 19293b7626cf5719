"""Two cross-validations of one target under one split, paired as closely as their rows allow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from matsluice.tasks.compare.paired import (
    CONFIDENCE,
    Difference,
    holm,
    over_folds,
    over_materials,
    over_nothing,
)
from matsluice.tasks.compare.row_errors import common_rows, row_errors
from matsluice.tasks.evaluate.record import deciding_metric

# Rows in common, as a share of the larger side's, from which a comparison on them alone speaks for the whole.
ENOUGH_IN_COMMON = 0.5
SEED = 0


@dataclass(frozen=True, slots=True)
class Side:
    """A cross-validation: a run's folder, and its entry in summary.json's "models"."""

    folder: Path
    entry: Mapping[str, Any]

    @property
    def model(self) -> str:
        """The model's name in the campaign."""
        return str(self.entry["model"])

    @property
    def contest(self) -> tuple[str, str]:
        """Target and split."""
        return str(self.entry["target"]), str(self.entry["split"])

    @property
    def metric(self) -> str:
        """What decides: "mae", or of classes "log_loss"."""
        return deciding_metric(self.entry)

    @property
    def scores(self) -> Mapping[str, Any]:
        """Mean and folds of that metric."""
        given: Mapping[str, Any] = self.entry["metrics"][self.metric]
        return given


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreComparison:
    """One model's error against another's.

    Attributes
    ----------
    model, model_before
        Their names.
    metric
        "mae", in the target's unit, or of classes "log_loss".
    now, before
        Means over the folds.
    difference
        Now minus before, on what both have; None where it cannot be given.
    p
        Of that, adjusted for the number of comparisons made at once; None where there is none.
    verdict
        "better", "worse", "the same predictions", "no difference beyond noise", or "cannot be told"; of a run against
        the campaign's last one also "taken over", where nothing was fitted anew.
    """

    model: str
    model_before: str = ""
    target: str
    split: str
    metric: str
    now: float | None = None
    before: float | None = None
    difference: Difference | None = None
    p: float | None = None
    verdict: str = "cannot be told"


def compare_sides(pairs: Iterable[tuple[Side, Side]]) -> tuple[ScoreComparison, ...]:
    """Return the comparison of each pair (now, before), with p-values adjusted over each target and split.

    Pairs are of one target and one split.
    """
    found = [_compared(now, before) for now, before in pairs]
    for contest in dict.fromkeys((one.target, one.split) for one in found):
        places = [i for i, one in enumerate(found) if (one.target, one.split) == contest]
        adjusted = holm([_p(found[i]) for i in places])
        for i, p in zip(places, adjusted, strict=True):
            found[i] = replace(found[i], p=p, verdict=_verdict(found[i].difference, p))
    return tuple(found)


def pairs_of_runs(now: Sequence[Side], before: Sequence[Side]) -> list[tuple[Side, Side]]:
    """Return the pairs of the same model, target and split in both runs, in the order of `now`."""
    earlier = {(side.model, side.contest): side for side in before}
    return [
        (side, earlier[side.model, side.contest])
        for side in now
        if (side.model, side.contest) in earlier and side.metric == earlier[side.model, side.contest].metric
    ]


def pairs_within(sides: Sequence[Side], model: str) -> list[tuple[Side, Side]]:
    """Return each other model of a run against the one named, under every target and split that both have."""
    named = {side.contest: side for side in sides if side.model == model}
    return [
        (side, named[side.contest])
        for side in sides
        if side.model != model and side.contest in named and side.metric == named[side.contest].metric
    ]


def unjudged(now: Side, before: Side) -> ScoreComparison:
    """Return the errors of both as they are, without a word on their difference."""
    target, split = now.contest
    return ScoreComparison(
        model=now.model,
        model_before=before.model,
        target=target,
        split=split,
        metric=now.metric,
        now=now.scores["mean"],
        before=before.scores["mean"],
    )


def _compared(now: Side, before: Side) -> ScoreComparison:
    folds = [side.scores["folds"] for side in (now, before)]
    return replace(unjudged(now, before), difference=_difference(now, before, folds))


def _difference(now: Side, before: Side, folds: Sequence[Sequence[float | None]]) -> Difference | None:
    whole = all(value is not None for side in folds for value in side)
    values = [[value for value in side if value is not None] for side in folds]
    rows = [row_errors(side.folder, side.model, *side.contest) for side in (now, before)]
    if rows[0] is not None and rows[1] is not None:
        common = common_rows(rows[0], rows[1])
        if common.same_folds and whole and len(values[0]) == len(values[1]):
            return over_folds(values[0], values[1])
        if len(common.now) >= ENOUGH_IN_COMMON * max(len(rows[0]), len(rows[1])):
            return over_materials(common.now, common.before, common.material, SEED)
    return over_nothing(values[0], values[1]) if whole else None


def _p(one: ScoreComparison) -> float | None:
    """Return the p-value of what is a comparison at all: equal predictions cannot be told apart by chance either."""
    return None if one.difference is None or one.difference.is_nothing else one.difference.p


def _verdict(difference: Difference | None, p: float | None) -> str:
    if difference is not None and difference.is_nothing:
        return "the same predictions"
    if difference is None or p is None:
        return "cannot be told"
    if p >= 1 - CONFIDENCE:
        return "no difference beyond noise"
    return "better" if difference.mean < 0 else "worse"
