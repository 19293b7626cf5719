"""Active learning replayed: what is picked follows from what was revealed, and from nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from matsluice.infra.mistakes import Failed
from matsluice.tasks.backtest import foresight
from matsluice.tasks.backtest.hits import hit_window
from matsluice.tasks.backtest.replay import ReplayCall, replay_rule, replayed
from matsluice.tasks.backtest.replay_record import Replay, replay_record, replay_table
from matsluice.tasks.screen.acquisition import ACQUISITIONS, Foreseen
from matsluice.tasks.screen.aims import Aim
from matsluice.tasks.screen.objective import Objective
from matsluice.tasks.train import fitting

if TYPE_CHECKING:
    from tests.tasks.backtest.conftest import OnDisk

LEARNING = [name for name, spec in ACQUISITIONS.items() if spec.needs != "nothing"]
LARGEST = Objective(direction=1)


def call(on_disk: OnDisk, rule: str, objective: Objective = LARGEST, **other: Any) -> ReplayCall:
    work = on_disk.work
    asked: dict[str, Any] = {
        "matrix": str(work / "matrix.npy"),
        "rows": str(work / "rows"),
        "candidates": str(work / "may-be.npy"),
        "kind": "ridge",
        "rule": rule,
        "rounds": 4,
        "batch": 5,
        "start": 12,
        "seed": 3,
        "start_seed": 4,
        "objective": objective,
        "window": hit_window(objective, on_disk.rows.y, 0.2),
        "output": str(work / f"{rule}.npz"),
        "groups": str(work / "groups.npy"),
    }
    return ReplayCall(**{**asked, **other})


def done(asked: ReplayCall) -> Replay:
    return Replay.read(Path(replay_rule(asked)), asked.rule, 0)


@pytest.mark.parametrize("objective", [LARGEST, Objective(2.5, 3.5)], ids=["direction", "window"])
@pytest.mark.parametrize("rule", LEARNING)
def test_labels_that_are_never_revealed_change_nothing(
    materials: OnDisk, tmp_path: Path, rule: str, objective: Objective
) -> None:
    asked = call(materials, rule, objective)
    before = done(asked)
    hidden = np.flatnonzero(~np.isin(materials.rows.ids, before.arrays["id"]))
    assert len(hidden) > 40
    # A leak would be hard to miss: labels a million times as large, whose sign tells hits from others.
    other = materials.relabelled(tmp_path / "other", hidden, 1e6 * (-1.0) ** hidden)
    after = done(call(other, rule, objective, window=asked.window))
    for name in ("id", "y", "hit"):
        assert before.arrays[name].tobytes() == after.arrays[name].tobytes()


@pytest.mark.parametrize("rule", LEARNING)
def test_a_fit_is_given_revealed_labels_only(
    materials: OnDisk, monkeypatch: pytest.MonkeyPatch, rule: str
) -> None:
    given: list[np.ndarray] = []
    fit = fitting.fitted

    def spying(*asked: Any, **more: Any) -> Any:
        given.append(asked[4])
        return fit(*asked, **more)

    monkeypatch.setattr("matsluice.tasks.backtest.foresight.fitted", spying)
    measured = done(call(materials, rule)).arrays["y"]
    assert len(given) >= 4
    known = 0
    for y in given:
        # A round's fit on all that is revealed comes before those that leave some of it out.
        known = max(known, len(y))
        assert set(y.tolist()) <= set(measured[:known].tolist())
    assert known == 12 + 3 * 5


def test_labels_of_others_are_out_of_reach(materials: OnDisk) -> None:
    masked = foresight.without_labels(materials.rows, np.array([3, 5]))
    assert np.flatnonzero(~np.isnan(masked.y)).tolist() == [3, 5]


@pytest.mark.parametrize("rule", ["exploit", "expected_improvement", "upper_bound"])
def test_a_rule_that_learns_finds_more_than_chance(materials: OnDisk, rule: str) -> None:
    replay = done(call(materials, rule))
    assert replay.labels.tolist() == [12, 17, 22, 27, 32]
    assert replay.found[-1] > 1.5 * replay.expected[-1]


def test_every_rule_begins_alike_and_measures_each_material_once(materials: OnDisk) -> None:
    replays = [done(call(materials, rule)) for rule in ACQUISITIONS]
    starts = {tuple(one.arrays["id"][:12].tolist()) for one in replays}
    assert len(starts) == 1
    for one in replays:
        assert len(set(one.arrays["id"].tolist())) == len(one.arrays["id"]) == 32
        assert "M89" not in one.arrays["id"]  # it may be no candidate


def test_it_ends_where_nothing_is_left(materials: OnDisk) -> None:
    replay = done(call(materials, "random", rounds=50, batch=40))
    assert replay.labels.tolist() == [12, 52, 89]
    assert replay.found[-1] == replay.arrays["hits"]
    assert replay.expected[-1] == pytest.approx(replay.found[-1])


def test_a_start_that_takes_all(materials: OnDisk) -> None:
    with pytest.raises(Failed, match="lower --start"):
        replay_rule(call(materials, "random", start=89))


def test_equals_are_drawn_and_not_taken_in_order() -> None:
    def look(known: np.ndarray, rest: np.ndarray, number: int) -> tuple[Foreseen, Aim]:
        assert (np.diff(known) > 0).all()
        same = np.zeros(len(rest))
        return replace(Foreseen.nothing(len(rest)), prediction=same), Aim("", LARGEST)

    pool, start = np.arange(100), np.array([7, 3])
    picks = [replayed(look, ACQUISITIONS["exploit"], start, pool, 1, 10, seed) for seed in range(2)]
    assert picks[0][:2].tolist() == [7, 3]
    assert picks[0].tolist() != picks[1].tolist()
    assert sorted(picks[0][2:].tolist()) != list(range(10))


def test_classes(class_materials: OnDisk) -> None:
    objective = Objective(low=0.5, wanted_class="yes", place=1)
    replay = done(call(class_materials, "exploit", objective, kind="logistic"))
    assert replay.found[-1] > 1.3 * replay.expected[-1]
    table = replay_table([replay], ["no", "yes"])
    assert ((table["value"] == "yes") == table["hit"]).all()
    assert table["round"].value_counts().sort_index().tolist() == [12, 5, 5, 5, 5]


def by_hand(hits: list[bool], *, start: int = 2, batch: int = 2, pool: int = 10, there: int = 4) -> Replay:
    arrays = {
        "hit": np.array(hits),
        "start": np.array(start),
        "batch": np.array(batch),
        "pool": np.array(pool),
        "hits": np.array(there),
        "seconds": np.array(1.0),
    }
    return Replay("exploit", 0, arrays)


def test_what_is_saved_against_chance() -> None:
    replay = by_hand([True, False, True, True, False, False])
    assert replay.found.tolist() == [1, 3, 3]
    # 8 are left, 3 hits among them: of each 2 drawn at random three quarters are.
    assert replay.expected == pytest.approx([1.0, 1.75, 2.5])
    labels, by_chance = replay.needed(0.5)
    assert (labels, by_chance) == (2, 2 * 9 / 4)
    assert replay.needed(1.0)[0] is None
    record = replay_record([replay, replace(replay, seed=1)])
    (rule,) = record["rules"]
    assert rule["enrichment"]["mean"] == pytest.approx(2 / 1.5)
    half = next(one for one in rule["until"] if one["share"] == 0.5)
    assert half["acceleration"]["mean"] == pytest.approx(2.25)


def test_a_start_with_all_hits_has_nothing_left_to_find() -> None:
    replay = by_hand([True, True, False, False], there=2)
    record = replay_record([replay])
    (rule,) = record["rules"]
    assert rule["enrichment"]["mean"] is None
    assert rule["found_std"] is None
    assert all(one["labels"] is None or one["labels"]["mean"] is None for one in rule["until"])
