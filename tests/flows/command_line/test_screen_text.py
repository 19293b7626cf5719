"""What `matsluice screen` prints: at 80 columns, with a word for what is not defined."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from matsluice.flows.command_line.backtest_text import backtest_lines
from matsluice.flows.command_line.replay_text import replay_lines, shown_rounds
from matsluice.tasks.backtest.backtest_record import backtest_record
from matsluice.tasks.backtest.hidden_folds import HiddenFold
from matsluice.tasks.backtest.replay_record import Replay, replay_record

ABOUT: dict[str, Any] = {
    "campaign": "gaps",
    "directory": "/somewhere",
    "objective": "band_gap between 1.1 and 1.7 eV",
    "hit": "band_gap between 1.1 and 1.7 eV",
    "model": "a_model_with_a_long_name",
    "split": "composition",
    "seeds": 2,
    "folds": 5,
    "batch": 100,
    "data": {"candidates": 12345, "hits": 2345, "holdout": 1000, "excluded": 17, "classes": []},
}


def hidden(
    hits: list[bool], feature: str = "composition.magpie.MagpieData mean CovalentRadius"
) -> HiddenFold:
    n = len(hits)
    arrays = {
        "hit": np.array(hits),
        "place": np.arange(n),
        "single_place": np.zeros(n, dtype=np.int64),
        "listed": np.arange(n) < n // 2,
        "feature": np.array(feature),
        "sign": np.array(-1),
        "seconds": np.array(1.0),
    }
    return HiddenFold(0, 0, arrays)


def test_a_backtest() -> None:
    folds = [hidden([True, True] + [False] * 998), hidden([False, True] + [False] * 998)]
    lines = list(backtest_lines({**ABOUT, **backtest_record(folds, (1, 10, 100_000))}))
    assert max(map(len, lines)) <= 80
    text = "\n".join(lines)
    assert "12345 labelled materials, 2345 of them hits" in text
    assert "     1  a_model_with_a_lon…" in text
    assert "at random" in text
    assert "smallest first, in 2 of 2 screens" in " ".join(text.split())


@pytest.mark.parametrize("hits", [[False] * 4, [True] * 4])
def test_a_backtest_without_anything_to_tell_apart(hits: list[bool]) -> None:
    lines = list(backtest_lines({**ABOUT, **backtest_record([hidden(hits, "")], (2,))}))
    assert "No single feature tells hits from others." in lines
    assert max(map(len, lines)) <= 80
    assert "nan" not in "\n".join(lines)
    # Without hits there is no recall and no enrichment to speak of.
    assert ("–  " in "\n".join(lines)) == (not any(hits))


def replay(rule: str, seed: int, hits: list[bool]) -> Replay:
    arrays = {
        "hit": np.array(hits),
        "start": np.array(100),
        "batch": np.array(100),
        "pool": np.array(12345),
        "hits": np.array(2345),
        "seconds": np.array(1.0),
    }
    return Replay(rule, seed, arrays)


def test_a_replay() -> None:
    found, missed = [True] * 1500, [False] * 1500
    replays = [
        replay(rule, seed, hits)
        for rule, hits in (("expected_improvement", found), ("random", missed))
        for seed in range(2)
    ]
    lines = list(replay_lines({**ABOUT, **replay_record(replays)}))
    assert max(map(len, lines)) <= 80
    text = "\n".join(lines)
    assert "not reached" in text
    assert "1,500 ± 0" in text
    assert "300 (" in text  # a tenth of the 2245 hits left takes 225 labels, in whole batches


def test_rounds_that_are_shown() -> None:
    for points in range(2, 60):
        shown = shown_rounds(points)
        assert (shown[0], shown[-1]) == (0, points - 1)
        assert len(shown) == min(5, points)
