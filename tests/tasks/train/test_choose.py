"""Which model is the champion."""

from __future__ import annotations

from typing import Any

import pytest

from matsluice.tasks.split.splits import SPLITS
from matsluice.tasks.train.choose import choose_champion, deciding_split


def entry(model: str, mae: float | None, split: str = "composition", target: str = "gap") -> dict[str, Any]:
    return {"model": model, "target": target, "split": split, "metrics": {"mae": {"mean": mae}}}


def test_least_error_on_new_materials_wins_however_good_the_memory() -> None:
    scores = [entry("a", 0.1, "random"), entry("a", 0.5), entry("b", 0.4, "random"), entry("b", 0.4)]
    assert choose_champion(scores, "gap", "composition") == "b"
    assert choose_champion(scores, "gap", "random") == "a"


def test_of_equals_the_one_named_first() -> None:
    assert choose_champion([entry("a", 0.4), entry("b", 0.4)], "gap", "composition") == "a"


def test_a_model_without_a_score_never_wins() -> None:
    assert choose_champion([entry("a", None), entry("b", 9.0)], "gap", "composition") == "b"


def test_other_targets_do_not_count() -> None:
    assert choose_champion([entry("a", 0.1, target="bulk"), entry("b", 0.4)], "gap", "composition") == "b"


@pytest.mark.parametrize(
    ("splits", "deciding"),
    [
        (["random", "composition"], "composition"),
        (["composition", "random"], "composition"),
        (["random"], "random"),
        # What leaves an element or the extremes out asks for more than a screen does.
        (["random", "element", "target-extreme"], "random"),
        (["random", "element", "time", "cluster"], "time"),
    ],
)
def test_the_split_that_decides(splits: list[str], deciding: str) -> None:
    assert deciding_split(splits) == deciding


def test_every_split_can_decide() -> None:
    assert {deciding_split([name]) for name in SPLITS} == set(SPLITS)
