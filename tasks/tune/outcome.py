"""What a search has found in the training rows of one fold: all its trials, and the setting that is used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matsluice.infra.mistakes import Failed
from matsluice.infra.workspace.atomic_files import read_json, write_json
from matsluice.tasks.tune.gain_words import gain_words
from matsluice.tasks.tune.search import SearchCall
from matsluice.tasks.tune.trial import Trial

# Of the reasons why all trials failed, so many are told.
TOLD_REASONS = 3


@dataclass(frozen=True, slots=True)
class Outcome:
    """The trials of one search, in order."""

    trials: tuple[Trial, ...]

    @property
    def best(self) -> Trial:
        """The complete trial with the least error; of equals the earliest, so the default where nothing beats it."""
        return min(self.trials, key=lambda trial: trial.score)

    @property
    def best_so_far(self) -> tuple[float, ...]:
        """The least error after each trial, (trials,); infinity before the first complete one."""
        return tuple(min(trial.score for trial in self.trials[: n + 1]) for n in range(len(self.trials)))

    def counts(self) -> dict[str, int]:
        """Return how many trials there were, and how many of them were complete, given up, and failed."""
        states = Counter(trial.state for trial in self.trials)
        return {
            "trials": len(self.trials),
            **{state: states[state] for state in ("complete", "pruned", "failed")},
        }

    def write(self, path: Path) -> None:
        """Write it as JSON, whole or not at all."""
        write_json(path, {"trials": [trial.as_record() for trial in self.trials]})

    @classmethod
    def read(cls, path: Path) -> Outcome:
        """Return what `write` wrote."""
        return cls(tuple(Trial.of_record(record) for record in read_json(path)["trials"]))


def outcome_of(call: SearchCall, trials: Sequence[Trial]) -> Outcome:
    """Return the outcome of a search that is over.

    Raises
    ------
    Failed
        No trial is complete.
    """
    if not any(trial.state == "complete" for trial in trials):
        reasons = Counter(trial.reason for trial in trials if trial.state == "failed")
        told = "; ".join(f"{count} × {reason}" for reason, count in reasons.most_common(TOLD_REASONS))
        raise Failed(
            f"all {len(trials)} trials of the search for {call.kind}'s parameters failed ({told}): "
            "narrow its space, or set the parameters in params"
        )
    return Outcome(tuple(trials))


def search_record(outcomes: Sequence[Outcome], plan: Mapping[str, Any]) -> dict[str, Any]:
    """Return what summary.json says of the searches of a model's folds.

    Parameters
    ----------
    outcomes
        One a fold, in order.
    plan
        The budget and the other keys, as the campaign file has them.
    """
    counted = Counter[str]()
    for outcome in outcomes:
        counted.update(outcome.counts())
    return {
        **plan,
        **{name: counted[name] for name in ("trials", "complete", "pruned", "failed")},
        "best": [best_record(outcome, fold=fold) for fold, outcome in enumerate(outcomes)],
        "reasons": dict(
            Counter(
                trial.reason for one in outcomes for trial in one.trials if trial.state == "failed"
            ).most_common(TOLD_REASONS)
        ),
    }


def best_record(outcome: Outcome, **more: Any) -> dict[str, Any]:
    """Return the chosen setting of one search, with its inner error and that of the setting without a search."""
    best, default = outcome.best, outcome.trials[0]
    return {
        **more,
        **outcome.counts(),
        "trial": best.number,
        "parameters": dict(best.setting),
        "score": best.score,
        "default_score": default.score if default.state == "complete" else None,
        "best_so_far": [value if value != float("inf") else None for value in outcome.best_so_far],
    }


def search_sentence(record: Mapping[str, Any], unit: str) -> str:
    """Return what a search came to, from what summary.json says of it, with errors in the unit."""
    counted = f"{record['trials']} trials, {record['pruned']} given up, {record['failed']} failed"
    gain = record["gain"]
    kept = all(best["trial"] == 0 for best in record["best"])
    return f"{counted}; {gain_words(gain['default_error'], gain['mean'], gain['verdict'], unit, kept=kept)}"
