"""Each mistake in validation.intervals, with the sentence that answers it, and what right keys come to."""

from __future__ import annotations

import math
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, TypeAlias, cast

import pytest

from matsluice.flows.campaign_file.intervals_section import Intervals
from matsluice.flows.learnable import check_interval_bounds
from matsluice.infra.mistakes import InvalidInput
from matsluice.models.uncertainty.interval_settings import USUAL, IntervalSettings

Refusal: TypeAlias = Callable[[str | bytes], list[str]]


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (
            'per = "element-cuont"',
            'per: unknown group "element-cuont": did you mean "element-count"? Allowed: none',
        ),
        (
            'per = "class"',
            'per = "class" is not for regression; allowed: none, element-count, domain, prediction',
        ),
        ("normalized = true", 'unknown key "normalized": did you mean "normalised"?'),
        ("normalised = 1", "normalised: got 1; allowed: true, or false for one width everywhere"),
        ("clip = false, at_least = 0", "clip = false leaves intervals without bounds: leave at_least out"),
        ("at_least = 3, at_most = 2", "at_least = 3 is not below at_most = 2: write the lower bound first"),
        ("at_least = nan", "at_least: got nan; allowed: a number in the target's unit"),
    ],
)
def test_each_mistake_has_its_sentence(right: str, refusal: Refusal, keys: str, said: str) -> None:
    lines = refusal(right.replace("folds = 3", f"folds = 3\nintervals = {{ {keys} }}"))
    assert said in "\n".join(lines)
    assert any("validation.intervals" in line for line in lines)


def test_bounds_of_classes_and_groups_of_predictions_are_refused(right: str, refusal: Refusal) -> None:
    classes = right.replace('task = "regression"', 'task = "classification"').replace('"ridge"', '"logistic"')
    lines = refusal(
        classes.replace("folds = 3", 'folds = 3\nintervals = { per = "prediction", at_least = 0 }')
    )
    said = "\n".join(lines)
    assert 'per = "prediction" is not for classification; allowed: none, element-count, domain, class' in said
    assert "at_least bounds numbers, and only classes are learned: leave it out" in said


def test_explain_is_true_or_false(right: str, refusal: Refusal) -> None:
    said = refusal(right.replace("folds = 3", 'folds = 3\nexplain = "no"'))
    assert 'validation.explain: got "no"; allowed: true or false' in "\n".join(said)


@pytest.mark.parametrize(
    ("keys", "settings"),
    [
        ({}, USUAL),
        ({"clip": False}, IntervalSettings(at_least=-math.inf)),
        ({"at_least": 1.0, "per": "domain"}, IntervalSettings(per="domain", at_least=1.0)),
        ({"normalised": False, "at_most": 2.0}, IntervalSettings(normalised=False, at_most=2.0)),
    ],
)
def test_what_right_keys_come_to(keys: dict[str, Any], settings: IntervalSettings) -> None:
    assert Intervals(**keys).settings == settings


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"at_least": 0.5}, r"validation.intervals.at_least = 0.5, and the data have gap = 0.25: "),
        ({"at_most": 3.0}, r"validation.intervals.at_most = 3, and the data have gap = 8.5: "),
        ({"at_least": 0.25, "at_most": 8.5}, ""),
        ({}, ""),
    ],
)
def test_no_measured_value_lies_beyond_a_bound(keys: dict[str, float], said: str) -> None:
    campaign = SimpleNamespace(
        validation=SimpleNamespace(intervals=Intervals(**keys)),  # type: ignore[arg-type]  # numbers only
        targets=[SimpleNamespace(column="gap"), SimpleNamespace(column="kind")],
    )
    counts = SimpleNamespace(range_of={"gap": (0.25, 8.5)}.get)
    if said:
        with pytest.raises(InvalidInput, match=said):
            check_interval_bounds(cast("Any", campaign), cast("Any", counts))
    else:
        check_interval_bounds(cast("Any", campaign), cast("Any", counts))
