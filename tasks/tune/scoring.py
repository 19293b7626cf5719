"""One trial: the setting's error on inner folds of the training rows, computed where it can be killed."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from matsluice.infra.isolation import Lost, RaisedInChild
from matsluice.infra.mistakes import Failed
from matsluice.infra.numeric_threads import on_one_thread
from matsluice.infra.run_log import say
from matsluice.infra.workspace.arrays import mapped_array
from matsluice.models.inner_folds import inner_folds
from matsluice.tasks.evaluate.class_metrics import CLASS_METRICS
from matsluice.tasks.evaluate.metrics import METRICS
from matsluice.tasks.features.isolated import child_of_this_thread
from matsluice.tasks.train import training_rows
from matsluice.tasks.train.choose import DECIDING
from matsluice.tasks.train.fitting import fitted, groups_of, predicted, task_of
from matsluice.tasks.tune.learned_rows import learned_rows
from matsluice.tasks.tune.pruning import running_means
from matsluice.tasks.tune.trial import Trial, TrialCall, said_setting

if TYPE_CHECKING:
    from numpy.typing import NDArray

# A process may be killed from outside; twice by the same trial is the trial's doing.
DEATHS = 2
REASON_CHARACTERS = 500


def run_trial(call: TrialCall) -> str:
    """Score a setting in a child that can be killed, and return the path of the trial's file.

    A file that is there already was written whole by an earlier call, and is left as it is. A setting that raises,
    diverges, takes too long or ends its process is a failed trial with its reason, and no failure of the run.
    """
    output = Path(call.output)
    if output.exists():
        return call.output
    trial = _in_a_child(call, DEATHS)
    if trial.state == "failed":
        say("warning", f"trial {call.number} failed, {said_setting(call.setting)}: {trial.reason}")
    trial.write(output)
    return call.output


def _in_a_child(call: TrialCall, deaths: int) -> Trial:
    """Return what becomes of a setting, tried anew until so many processes have died of it."""
    child, start = child_of_this_thread(), time.perf_counter()
    trial: Trial
    try:
        trial = child.call(on_one_thread, score_trial, call, timeout_s=call.timeout_s)
    except Lost as lost:
        if lost.reason == "killed" and deaths > 1:
            return _in_a_child(call, deaths - 1)
        return _failed(call, (), f"{lost.reason}: {lost.detail}", time.perf_counter() - start)
    except RaisedInChild as raised:
        # What a setting raises is caught in the child; this is about the rows, the disk, or this code.
        raise (raised.error or raised) from None
    return trial


def score_trial(call: TrialCall) -> Trial:
    """Return what becomes of a setting; nothing outside the training rows of its fold is read.

    Raises
    ------
    Failed
        The training rows cannot be divided once more.
    """
    rows = training_rows.load(Path(call.rows))
    learned = learned_rows(call.folds, call.fold)
    X = mapped_array(call.matrix)[rows.material[learned]]
    y, groups, task = np.asarray(rows.y[learned]), groups_of(call.groups, learned), task_of(rows)
    try:
        folds = inner_folds(y, groups, call.inner_folds, call.inner_seed, classes=task == "classification")
    except ValueError as refusal:
        raise Failed(f"{call.kind} cannot be searched: {refusal}") from refusal
    error = error_of(task)
    start, scores = time.perf_counter(), list[float]()
    for step, (fit, test) in enumerate(folds):
        some = None if groups is None else groups[fit]
        try:
            model = fitted(call.kind, call.parameters, call.seed, X[fit], y[fit], task=task, groups=some)
            said = predicted(model, X[test], len(rows.classes))
            (values,) = said.values()
            score = error(y[test], values) if np.isfinite(values).all() else math.nan
        except Exception as trouble:  # noqa: BLE001 - whatever a setting does to a library is the setting's
            return _failed(call, scores, f"{type(trouble).__name__}: {trouble}", time.perf_counter() - start)
        if not math.isfinite(score):
            reason = f"diverged: its predictions of inner fold {step} are not finite"
            return _failed(call, scores, reason, time.perf_counter() - start)
        scores.append(score)
        reached = running_means(scores)[-1]
        if step < len(call.prune_above) and reached > call.prune_above[step] and step + 1 < len(folds):
            reason = (
                f"after inner fold {step} its error was {reached:.4g}, above {call.prune_above[step]:.4g}"
            )
            seconds = time.perf_counter() - start
            return Trial(call.number, call.setting, "pruned", tuple(scores), reason, seconds)
    return Trial(call.number, call.setting, "complete", tuple(scores), "", time.perf_counter() - start)


def error_of(task: str) -> Callable[[NDArray[Any], NDArray[np.float64]], float]:
    """Return the error that a search makes small: the one that also decides between models."""
    return (METRICS if task == "regression" else CLASS_METRICS)[DECIDING[task]].compute


def _failed(call: TrialCall, scores: tuple[float, ...] | list[float], reason: str, seconds: float) -> Trial:
    told = " ".join(reason.split())[:REASON_CHARACTERS]
    return Trial(call.number, call.setting, "failed", tuple(scores), told, seconds)
