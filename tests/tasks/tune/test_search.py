"""What a search tries, in which order, and what it makes of trials that fail."""

from __future__ import annotations

import json
import math
import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest

from matsluice.infra.isolation import KillableProcess
from matsluice.infra.mistakes import Failed
from matsluice.infra.numeric_threads import ONE_THREAD
from matsluice.models.catalogue import MODELS
from matsluice.models.search_space import Integers, LogUniform
from matsluice.tasks.train.fitting import predicted
from matsluice.tasks.tune import scoring
from matsluice.tasks.tune.outcome import Outcome, outcome_of, search_record
from matsluice.tasks.tune.proposals import proposals
from matsluice.tasks.tune.pruning import PRUNERS, prune_above
from matsluice.tasks.tune.scoring import run_trial, score_trial
from matsluice.tasks.tune.search import BATCH, batch_calls, delete_others
from matsluice.tasks.tune.trial import Trial, TrialCall

Any_ = Callable[..., Any]


def test_the_first_trial_is_the_model_without_a_search(make_search: Any_) -> None:
    call = make_search("svm")
    first, *others = batch_calls(call, [])
    assert first.parameters == dict(call.parameters)
    assert len(others) == BATCH - 1
    assert all(set(other.setting) == set(call.plan.space) for other in others)
    # What is not searched stands in every trial.
    assert {other.parameters["kernel"] for other in others} == {"rbf"}


def test_a_search_asked_again_from_its_files_goes_on_alike(make_search: Any_, finish: Any_) -> None:
    call = make_search("svm", trials=12)
    whole = finish(call)
    assert [trial.number for trial in whole] == list(range(12))
    for done in (4, 8):
        assert [asked.setting for asked in batch_calls(call, whole[:done])] == [
            trial.setting for trial in whole[done : done + BATCH]
        ]
    assert batch_calls(call, whole) == []
    other = [asked.setting for asked in batch_calls(replace(call, seed=call.seed + 1), whole[:8])]
    assert other != [trial.setting for trial in whole[8:]]


@pytest.mark.parametrize(("trials", "batches"), [(2, [2]), (6, [4, 2]), (8, [4, 4])])
def test_no_more_trials_than_the_budget(
    make_search: Any_, finish: Any_, trials: int, batches: list[int]
) -> None:
    call = make_search("ridge", trials=trials)
    done: list[Trial] = []
    sizes = []
    while asked := batch_calls(call, done):
        sizes.append(len(asked))
        done += [Trial(one.number, one.setting, "complete", (1.0, 1.0, 1.0)) for one in asked]
    assert sizes == batches


@pytest.mark.parametrize("kind", [name for name, spec in MODELS.items() if spec.space])
def test_every_space_of_the_catalogue_can_be_searched(kind: str) -> None:
    for task in MODELS[kind].tasks:
        space = MODELS[kind].space_for(task)
        tried: list[Trial] = []
        for batch in range(5):
            found = proposals(space, tried, seed=batch, count=BATCH)
            assert all(values.holds(one[name]) for one in found for name, values in space.items())
            tried += [
                Trial(len(tried) + place, one, "complete", (float(place),)) for place, one in enumerate(found)
            ]
        assert len({repr(one.setting) for one in tried}) == len(tried)
        # JSON gives back every bit.
        assert [Trial.of_record(json.loads(json.dumps(one.as_record()))) for one in tried] == tried


def test_a_space_that_is_used_up_ends_the_search(make_search: Any_) -> None:
    call = make_search("knn", trials=50, space={"n_neighbors": Integers(1, 6)})
    done: list[Trial] = []
    while asked := batch_calls(call, done):
        done += [Trial(one.number, one.setting, "complete", (1.0,)) for one in asked]
    assert sorted(one.setting["n_neighbors"] for one in done) == [1, 2, 3, 4, 5, 6]


def test_proposals_come_closer_to_what_was_good() -> None:
    space = {"C": LogUniform(1e-3, 1e3)}

    def error(setting: dict[str, float]) -> float:
        return abs(math.log10(setting["C"]) - 1.5)

    better = 0
    for start in range(8):
        tried: list[Trial] = []
        for batch in range(8):
            found = proposals(space, tried, seed=100 * start + batch, count=BATCH)
            tried += [Trial(len(tried) + i, one, "complete", (error(one),)) for i, one in enumerate(found)]
        first, last = ([one.score for one in part] for part in (tried[:8], tried[-8:]))
        better += float(np.median(last)) < 0.5 * float(np.median(first))
    assert better >= 7


def test_failed_settings_are_kept_away_from() -> None:
    space = {"C": LogUniform(1e-3, 1e3)}
    tried = [
        Trial(i, {"C": float(f"{10 ** (-2.9 + 0.3 * i):.4g}")}, "failed" if i >= 10 else "complete", (1.0,))
        for i in range(20)
    ]
    found = [one["C"] for seed in range(10) for one in proposals(space, tried, seed=seed, count=BATCH)]
    assert float(np.mean([C > 1.0 for C in found])) < 0.3


@pytest.mark.parametrize("pruner", list(PRUNERS))
def test_pruning_follows_the_rule_and_complete_batches_alone(
    make_search: Any_, finish: Any_, pruner: str
) -> None:
    call = make_search("svm", trials=16, pruner=pruner)
    trials = finish(call)
    share = PRUNERS[pruner].share
    for number, trial in enumerate(trials):
        before = trials[: number - number % BATCH]
        for step in range(2):
            known = [np.mean(one.scores[: step + 1]) for one in before if len(one.scores) > step]
            limit = np.quantile(known, share) if len(known) >= 4 and share < 1 else math.inf
            if len(trial.scores) > step + 1:
                assert np.mean(trial.scores[: step + 1]) <= limit
            elif len(trial.scores) == step + 1:
                assert trial.state == "pruned"
                assert np.mean(trial.scores) > limit
    pruned = sum(trial.state == "pruned" for trial in trials)
    assert (pruned > 0) == (pruner != "none")
    assert all(trial.state == "complete" for trial in trials[:BATCH])


def test_the_median_rule_gives_up_what_optunas_pruner_gives_up() -> None:
    import optuna

    chance = np.random.default_rng(2)
    scores = chance.uniform(size=(12, 3))
    # Optuna's rule takes the median over complete trials, of the value at the step; so do we, of trials that all are.
    study = optuna.create_study(pruner=optuna.pruners.MedianPruner(n_startup_trials=4))
    means = np.cumsum(scores, axis=1) / np.arange(1, 4)
    study.add_trials(
        [
            optuna.trial.create_trial(value=row[-1], intermediate_values=dict(enumerate(row.tolist())))
            for row in means
        ]
    )
    limits = prune_above("median", scores.tolist(), 3)
    for value in np.linspace(0, 1, 101):
        trial = study.ask()
        trial.report(float(value), 0)
        assert trial.should_prune() == (value > limits[0])


def failing(call: TrialCall, **parameters: Any) -> TrialCall:
    return replace(call, parameters={**call.parameters, **parameters}, setting=parameters)


def test_a_trial_that_raises_is_recorded_with_its_reason(make_search: Any_) -> None:
    asked = batch_calls(make_search("ridge"), [])[1]
    trial = score_trial(failing(asked, alpha=-1.0))
    assert trial.state == "failed"
    assert trial.score == math.inf
    assert "alpha" in trial.reason
    assert "\n" not in trial.reason


def test_a_trial_that_diverges_is_recorded(make_search: Any_, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = batch_calls(make_search("ridge"), [])[0]

    def diverged(*words: Any) -> Any:
        return {
            name: np.where(np.arange(len(one)) == 3, np.inf, one) for name, one in predicted(*words).items()
        }

    monkeypatch.setattr(scoring, "predicted", diverged)
    trial = score_trial(asked)
    assert (trial.state, trial.scores) == ("failed", ())
    assert trial.reason == "diverged: its predictions of inner fold 0 are not finite"


@pytest.fixture
def child(monkeypatch: pytest.MonkeyPatch) -> Iterator[KillableProcess]:
    """The process in which trials are scored."""
    with KillableProcess(ONE_THREAD) as process:
        monkeypatch.setattr(scoring, "child_of_this_thread", lambda: process)
        yield process


@pytest.mark.timeout(300)
def test_a_trial_that_hangs_costs_itself_alone(make_search: Any_, child: KillableProcess) -> None:
    first, second, *_ = batch_calls(make_search("random_forest", timeout_s=60.0), [])
    assert Trial.read(Path(run_trial(second))).state == "complete"
    endless = replace(failing(first, n_estimators=10**7), timeout_s=3.0)
    trial = Trial.read(Path(run_trial(endless)))
    assert (trial.state, trial.reason) == ("failed", "timeout: no answer within 3 s")
    assert (trial.scores, child.starts) == ((), 1)


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("kills", "state"), [(1, "complete"), (2, "failed")])
def test_a_trial_whose_process_dies_twice_has_failed(
    make_search: Any_, child: KillableProcess, kills: int, state: str
) -> None:
    asked = batch_calls(make_search("random_forest", timeout_s=200.0), [])[0]

    def kill() -> None:
        killed = set[int]()
        while len(killed) < kills:
            pid = child.pid
            if pid is not None and pid not in killed:
                os.kill(pid, signal.SIGKILL)
                killed.add(pid)
            time.sleep(0.01)

    killer = Thread(target=kill, daemon=True)
    killer.start()
    trial = Trial.read(Path(run_trial(asked)))
    killer.join(10)
    assert trial.state == state
    assert trial.reason == ("" if state == "complete" else "killed: its process was ended by SIGKILL")


def test_a_trial_is_scored_once(make_search: Any_, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = batch_calls(make_search("ridge"), [])[0]
    before = Path(run_trial(asked)).read_bytes()
    monkeypatch.setattr(scoring, "child_of_this_thread", lambda: pytest.fail("it is there already"))
    assert Path(run_trial(asked)).read_bytes() == before


def test_a_file_of_another_setting_is_no_trial_of_this_search(make_search: Any_) -> None:
    batch = batch_calls(make_search("ridge"), [])
    Trial(0, batch[0].setting, "complete", (1.0, 2.0, 3.0)).write(Path(batch[0].output))
    Trial(1, {"alpha": 99.0}, "complete", (0.0, 0.0, 0.0)).write(Path(batch[1].output))
    assert delete_others(batch) == 1
    assert Path(batch[0].output).exists()
    assert not Path(batch[1].output).exists()


def test_where_all_trials_fail_the_reasons_are_named(make_search: Any_) -> None:
    call = make_search("ridge")
    trials = [Trial(i, {"alpha": 1.0 + i}, "failed", (), "MemoryError" if i else "timeout") for i in range(3)]
    with pytest.raises(
        Failed, match=r"all 3 trials .* ridge.* failed \(2 × MemoryError; 1 × timeout\): narrow"
    ):
        outcome_of(call, trials)


def test_of_equals_the_default_is_chosen_and_the_record_adds_up(tmp_path: Path) -> None:
    outcome = Outcome(
        (
            Trial(0, {"C": 10.0}, "complete", (1.0, 1.0)),
            Trial(1, {"C": 20.0}, "complete", (1.0, 1.0)),
            Trial(2, {"C": 30.0}, "pruned", (0.5,), "above"),
            Trial(3, {"C": 40.0}, "failed", (), "raised"),
        )
    )
    outcome.write(tmp_path / "found.json")
    assert Outcome.read(tmp_path / "found.json") == outcome
    record = search_record([outcome, outcome], {"pruner": "median"})
    assert (record["trials"], record["complete"], record["pruned"], record["failed"]) == (8, 4, 2, 2)
    assert record["best"][1]["fold"] == 1
    assert record["best"][0]["parameters"] == {"C": 10.0}
    assert record["best"][0]["score"] == record["best"][0]["default_score"] == 1.0
    assert record["reasons"] == {"raised": 2}


def test_too_few_groups_for_inner_folds_is_a_sentence(make_search: Any_) -> None:
    call = make_search("ridge", "composition")
    np.save(call.groups, np.zeros_like(np.load(call.groups)))
    with pytest.raises(
        Failed, match="ridge cannot be searched: folds inside the training rows need at least 2"
    ):
        score_trial(batch_calls(call, [])[0])
