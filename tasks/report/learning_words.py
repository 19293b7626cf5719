"""Whether more data would help, in words."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite
from typing import TYPE_CHECKING

from matsluice.tasks.compare.paired import CONFIDENCE, over_folds
from matsluice.tasks.report.names import DECIDING, model_title, new_under
from matsluice.tasks.report.number_text import number, significant_decimals
from matsluice.tasks.train.learning_curve import CurvePoint, exponent

if TYPE_CHECKING:
    from matsluice.tasks.train.learning_curve import LearningCurve


def learning_sentences(curve: LearningCurve, unit: str) -> Iterator[str]:
    """Give what a learning curve says.

    Examples
    --------
    >>> from matsluice.tasks.train.learning_curve import LearningCurve
    >>> points = tuple(CurvePoint(s, 800 * s, (e, e + 0.02, e - 0.02)) for s, e in ((0.25, 0.6), (0.5, 0.5), (1, 0.4)))
    >>> for sentence in learning_sentences(LearningCurve("ridge", "gap", "composition", "mae", points), "eV"):
    ...     print(sentence)
    More data helps: from 400 to 800 rows, the mean absolute error of Ridge on new compositions fell from 0.500 to 0.400 eV.
    If it goes on like that (error ∝ rows^−0.29, fitted to 3 points), twice the rows would give about 0.327 eV.
    """  # noqa: E501 - sentences are one line each
    yield from (f"{refusal[0].upper()}{refusal[1:]}." for refusal in curve.refused)
    if len(curve.points) < 2:
        return
    before, last = curve.points[-2:]
    values = [[value for value in point.folds if value is not None] for point in (last, before)]
    found = over_folds(values[0], values[1]) if len(values[0]) == len(values[1]) == len(last.folds) else None
    if found is None or found.p is None:
        return
    of = f" {unit}" if unit and curve.metric == "mae" else ""
    decimals = significant_decimals(last.mean)
    facts = (
        f"from {before.rows:,.0f} to {last.rows:,.0f} rows, the {DECIDING[curve.metric]} of "
        f"{model_title(curve.model)} on {new_under(curve.split)} "
    )
    went = f"from {number(before.mean, decimals)} to {number(last.mean, decimals)}{of}"
    if found.p >= 1 - CONFIDENCE:
        yield (
            f"More data of the same kind is not seen to help: {facts}went {went}, which is within noise of these folds."
        )
    elif found.mean < 0:
        yield f"More data helps: {facts}fell {went}."
        yield from _if_it_goes_on(curve, of, decimals)
    else:
        yield f"More data made it worse: {facts}rose {went}; look for labels that contradict each other."


def _if_it_goes_on(curve: LearningCurve, of: str, decimals: int) -> Iterator[str]:
    slope = exponent(curve.points)
    if slope is None or not isfinite(slope) or slope <= 0:
        return
    last: CurvePoint = curve.points[-1]
    yield (
        f"If it goes on like that (error ∝ rows^−{slope:.2f}, fitted to {len(curve.points)} points), twice the rows "
        f"would give about {number(last.mean * 2**-slope, decimals)}{of}."
    )
