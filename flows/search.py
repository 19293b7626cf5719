"""Searching for a model's parameters on the cluster: batch after batch in every fold at once, each trial a file."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from distributed import Client

from matsluice.flows.contests import champion_contest
from matsluice.flows.progress import Progress
from matsluice.flows.reused import keep_fits, recall_fits
from matsluice.flows.run_directory import RunDirectory
from matsluice.infra.fan_out import fan_out
from matsluice.infra.run_log import say
from matsluice.infra.workspace.atomic_files import read_json, write_json
from matsluice.tasks.train import training_rows
from matsluice.tasks.train.fit_final import FinalCall
from matsluice.tasks.train.fit_fold import FoldCall
from matsluice.tasks.train.plan import Contest
from matsluice.tasks.tune.gain import gain_of
from matsluice.tasks.tune.learned_rows import FOR_HOLDOUT, FOR_USE
from matsluice.tasks.tune.outcome import Outcome, best_record, outcome_of, search_record
from matsluice.tasks.tune.scoring import run_trial
from matsluice.tasks.tune.search import SearchCall, batch_calls, delete_others
from matsluice.tasks.tune.trial import Trial, said_setting

FINAL_NAMES = {FOR_HOLDOUT: "holdout", FOR_USE: "use"}


def pieces_of(contest: Contest) -> int:
    """Return how many fits and trials a contest is known to need; of a search by the clock, its fits."""
    if contest.search is None:
        return contest.folds
    return contest.folds * ((contest.search.trials or 0) + 2)


def unit_of(planned: Sequence[Contest]) -> str:
    """Return what is counted."""
    return "fits and trials" if any(contest.search for contest in planned) else "fits"


@dataclass(slots=True)
class _Search:
    """One fold's search, and its trials of complete batches."""

    call: SearchCall
    trials: list[Trial] = field(default_factory=list)


@dataclass(slots=True)
class _Clock:
    """The minutes that searches side by side have taken over all attempts, and how many batches have begun.

    A batch that has begun is finished by a later attempt, so that a trial on disk is never left out.
    """

    path: Path
    minutes: float | None
    begun: int = 0
    seconds: float = 0.0

    @classmethod
    def of(cls, path: Path, minutes: float | None) -> _Clock:
        if not path.exists():
            return cls(path, minutes)
        told = read_json(path)
        return cls(path, minutes, told["batches"], told["seconds"])

    def may_begin(self, batch: int) -> bool:
        if batch < self.begun or self.minutes is None:
            return True
        if batch and self.seconds >= 60.0 * self.minutes:
            return False
        self.begun = batch + 1
        self._write()
        return True

    def spend(self, seconds: float) -> None:
        self.seconds += seconds
        if self.minutes is not None:
            self._write()

    def _write(self) -> None:
        write_json(self.path, {"batches": self.begun, "seconds": self.seconds})


def search(run: RunDirectory, calls: Sequence[SearchCall], progress: Progress) -> list[Outcome]:
    """Search in every fold, and return what was found, in the folds' order.

    Parameters
    ----------
    run
        Earlier searches of the campaign may be taken over.
    calls
        One a fold; their batches go side by side.
    progress
        Is told of each trial.

    Raises
    ------
    Failed
        All trials of a fold failed: one sentence with the reasons.
    """
    recall_fits(run, calls)
    under_way = [_Search(call) for call in calls if not Path(call.output).exists()]
    progress.advance(sum(call.plan.trials or 0 for call in calls if Path(call.output).exists()))
    clock = _Clock.of(Path(calls[0].output).with_suffix(".clock.json"), calls[0].plan.minutes)
    going, batch = under_way, 0
    while going and clock.may_begin(batch):
        going = _one_batch(going, clock, progress)
        batch += 1
    for one in under_way:
        outcome_of(one.call, one.trials).write(Path(one.call.output))
        progress.advance(max(0, (one.call.plan.trials or 0) - len(one.trials)))  # that there was no time for
    keep_fits(run, calls)
    return [Outcome.read(Path(call.output)) for call in calls]


def _one_batch(searches: Sequence[_Search], clock: _Clock, progress: Progress) -> list[_Search]:
    """Have the next batch of every search scored, and return those searches that had one."""
    batches = [(one, asked) for one in searches if (asked := batch_calls(one.call, one.trials))]
    for one, asked in batches:
        if one.call.plan.trials is None:
            progress.expect(len(asked))
    there = sum(delete_others(asked) for _, asked in batches)
    progress.advance(there)
    start = time.monotonic()
    missing = [(call,) for _, asked in batches for call in asked if not Path(call.output).exists()]
    if missing:
        for _ in fan_out(Client.current(), run_trial, missing, in_flight=len(missing), needs="train"):
            progress.advance(1)
        clock.spend(time.monotonic() - start)
    for one, asked in batches:
        one.trials += [Trial.read(Path(call.output)) for call in asked]
    return [one for one, _ in batches]


def tuned_folds(calls: Sequence[FoldCall], outcomes: Sequence[Outcome]) -> list[FoldCall]:
    """Return the calls of the folds, each with the setting that was found in its own training rows."""
    if not outcomes:
        return list(calls)
    return [
        replace(call, parameters={**call.parameters, **found.best.setting})
        for call, found in zip(calls, outcomes, strict=True)
    ]


def untuned_folds(calls: Sequence[FoldCall], outcomes: Sequence[Outcome]) -> list[FoldCall]:
    """Return the calls that fit the folds without what was found, for comparison.

    Where the setting without a search was found best, the fold's own call is that fit. None where nothing is searched.
    """
    if not outcomes:
        return []
    return [
        call if found.best.number == 0 else replace(call, output=call.output.replace("fold-", "default-"))
        for call, found in zip(calls, outcomes, strict=True)
    ]


def search_facts(
    run: RunDirectory,
    contest: Contest,
    found: Sequence[Outcome],
    tuned: Sequence[str],
    untuned: Sequence[str],
) -> dict[str, Any]:
    """Return what summary.json says of a contest's searches."""
    asked = next(model.search for model in run.campaign.models if model.name == contest.model)
    assert asked is not None
    gain = gain_of(tuned, untuned, training_rows.load(contest.rows(run.work)))
    return {**search_record(found, asked.plan()), "gain": gain.as_record()}


def tuned_final(run: RunDirectory, call: FinalCall, fold: int, progress: Progress) -> FinalCall:
    """Return the champion's call with a setting found in its own training rows; as it is where nothing is searched."""
    tuned, found = searched_final(run, champion_contest(run), call, fold, progress)
    if found is not None:
        name = FINAL_NAMES[fold]
        run.tell(champion={f"search_{name}": best_record(found)})
        say("info", f"the champion is fitted for {name} with {said_setting(found.best.setting)}")
    return tuned


def searched_final(
    run: RunDirectory, contest: Contest, call: FinalCall, fold: int, progress: Progress
) -> tuple[FinalCall, Outcome | None]:
    """Return a contest's call for good with a setting found in its own training rows, and what was found.

    Where nothing is searched the call is as it was, and there is nothing found.

    Parameters
    ----------
    run
        Earlier searches of the campaign may be taken over.
    contest
        Whose model it is.
    call
        The fit for the hold-out, or for use.
    fold
        `FOR_HOLDOUT` or `FOR_USE`.
    progress
        Is told of each trial.
    """
    if contest.search is None:
        return call, None
    # As many trials as its folds had, whatever the clock: what was scored is what is used.
    trials = max(best["trials"] for best in run.state()["contests"][contest.name]["search"]["best"])
    asked = SearchCall(
        matrix=call.matrix,
        rows=call.rows,
        folds=call.folds,
        fold=fold,
        kind=call.kind,
        seed=call.seed,
        output=str(Path(call.output).with_name(f"search-{FINAL_NAMES[fold]}.json")),
        plan=replace(contest.search, trials=trials, minutes=None),
        parameters=call.parameters,
        groups=call.groups,
    )
    progress.expect(trials)
    (found,) = search(run, [asked], progress)
    return replace(call, parameters={**call.parameters, **found.best.setting}), found
