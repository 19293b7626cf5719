"""The recipes on the folds of a published benchmark: fitted side by side, scored, and written as a submission."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from matsluice.flows.campaign_file import load_campaign
from matsluice.infra.mistakes import Interrupted, InvalidInput, unknown_word
from matsluice.infra.seeds import derive_seed
from matsluice.infra.workspace.arrays import read_arrays
from matsluice.infra.workspace.atomic_files import delete_halves
from matsluice.tasks.features.table import featurize
from matsluice.tasks.leaderboard.fold_fit import TaskFold, fit_task_fold, write_rows
from matsluice.tasks.leaderboard.fold_scores import class_scores, number_scores
from matsluice.tasks.leaderboard.official_task import OfficialTask, read_task
from matsluice.tasks.leaderboard.submission import benchmark_record, task_record, write_submission
from matsluice.tasks.material.materials import Materials

if TYPE_CHECKING:
    from matsluice.flows.campaign_file import Campaign

PREFIX: Final = "matbench_"
SUBMISSION: Final = "results.json.gz"
# The split a campaign has these folds under: its name is part of a fit's seed.
SPLIT: Final = "official"


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """A recipe and the task it is for."""

    recipe: Campaign
    task: OfficialTask

    @property
    def parameters(self) -> dict[str, Any]:
        """Every parameter of the recipe's model: the last one of the file."""
        target = self.recipe.targets[0]
        return self.recipe.models[-1].parameters_for(target.task, self.recipe.models, target.objective)


def recipe_folder() -> Path:
    """Return examples/matbench of the source this is run from."""
    return Path(__file__).parents[1] / "examples" / "matbench"


def chosen_entries(data: Path, names: Sequence[str], recipes: Path) -> list[Entry]:
    """Return a recipe and its data for each task.

    Parameters
    ----------
    data
        The folder with the tables and the folds.
    names
        Of the tasks, with or without "matbench_"; none for all there are recipes for.
    recipes
        The folder with the campaign files, one named after each task.

    Raises
    ------
    InvalidInput
        There is no recipe, a task is unknown, a file is missing or wrong.
    """
    known = sorted(path.stem for path in recipes.glob(f"{PREFIX}*.toml"))
    if not known:
        raise InvalidInput(f"there is no recipe {PREFIX}*.toml in {recipes}: name the folder with --recipes")
    if not data.is_dir():
        raise InvalidInput(
            f"there is no folder {data}: name the one with matbench's tables and folds as --data"
        )
    wanted = [name if name.startswith(PREFIX) else PREFIX + name for name in names] or known
    for name in wanted:
        if name not in known:
            raise InvalidInput(unknown_word("task", name, known))
    return [_entry(data, name, recipes) for name in dict.fromkeys(wanted)]


def _entry(data: Path, name: str, recipes: Path) -> Entry:
    # The recipe names its own copy of the table, which need not be there.
    recipe = load_campaign(recipes / f"{name}.toml", files_must_exist=False)
    target = recipe.targets[0]
    return Entry(recipe, read_task(data, name, target.column, of_classes=target.task == "classification"))


def run_benchmark(
    entries: Sequence[Entry],
    out: Path,
    workers: int,
    told: Callable[[int, int], None] | None = None,
) -> dict[str, dict[str, Any]]:
    """Fit every fold of every task, write the submission, and return the scores.

    Folds that an earlier call has left in ``out/folds`` are taken from there.

    Parameters
    ----------
    entries
        Recipes and tasks.
    out
        Where the results go.
    workers
        Processes at once, each on one thread.
    told
        Called with the folds that are done and those there are.

    Raises
    ------
    Interrupted
        Ctrl-C; the folds that are done are kept.
    """
    folder = out / "folds"
    folder.mkdir(parents=True, exist_ok=True)
    delete_halves(folder)
    calls = {entry.task.name: _calls(entry, folder) for entry in entries}
    everything = [call for of_task in calls.values() for call in of_task]
    for done in _fitted(everything, workers):
        if told:
            told(done, len(everything))
    scores = {}
    records = {}
    for entry in entries:
        scores[entry.task.name], records[entry.task.name] = _scored(entry, calls[entry.task.name])
    about = {"algorithm": "matsluice", "recipes": "examples/matbench"}
    write_submission(benchmark_record(records, about), out / SUBMISSION)
    return scores


def _calls(entry: Entry, folder: Path) -> list[TaskFold]:
    recipe, task = entry.recipe, entry.task
    X = featurize(Materials(compositions=task.compositions), list(recipe.features.blocks)).to_numpy()
    rows = write_rows(folder, task.name, X, task.y, task.fold)
    target, model = recipe.targets[0], recipe.models[-1]
    return [
        TaskFold(
            task=task.name,
            fold=fold,
            rows=rows,
            kind=model.kind,
            seed=derive_seed(recipe.seed, "fit", target.column, model.name, SPLIT, fold),
            learns=target.task,
            classes=len(task.classes),
            folder=str(folder),
            parameters=entry.parameters,
        )
        for fold in range(len(task.folds))
    ]


def _fitted(calls: Sequence[TaskFold], workers: int) -> Iterator[int]:
    """Fit what is not there, and give how many are after each."""
    missing = [call for call in calls if not call.output().exists()]
    done = len(calls) - len(missing)
    yield done
    if not missing:
        return
    pool = ProcessPoolExecutor(min(workers, len(missing)), mp_context=get_context("spawn"))
    # Batch systems and `kill` end a program so; left to itself it would leave its processes behind.
    before = signal.signal(signal.SIGTERM, signal.default_int_handler) if _in_main_thread() else None
    try:
        for each in as_completed([pool.submit(fit_task_fold, call) for call in missing]):
            each.result()
            done += 1
            yield done
    except KeyboardInterrupt:
        for process in list((pool._processes or {}).values()):  # noqa: SLF001 - there is no other way to end a fit
            process.terminate()
        raise Interrupted(
            f"{done} of {len(calls)} folds are done; the same command goes on from here"
        ) from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        if before is not None:
            signal.signal(signal.SIGTERM, before)


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


def _scored(entry: Entry, calls: Sequence[TaskFold]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a task's scores, and its record in a submission."""
    task, folds, found, seconds = entry.task, {}, [], 0.0
    for name, call in zip(task.folds, calls, strict=True):
        said = read_arrays(call.output())
        row = said["row"]
        predicted = said["probability"][:, 1] if task.classes else said["y_pred"]
        seconds += float(said["seconds"])
        scores = (class_scores if task.classes else number_scores)(task.y[row], predicted)
        found.append(scores)
        of_id = dict(zip(task.ids[row].tolist(), predicted.tolist(), strict=True))
        folds[name] = {
            "data": {one: of_id[one] for one in task.order[name]},
            "parameters": {"recipe": f"{task.name}.toml", "model": call.kind, "seed": call.seed},
            "scores": {key: value for key, value in scores.items() if key != "rocauc_label"},
        }
    return _summary(found, seconds, classes=bool(task.classes)), task_record(task.name, folds)


def _summary(found: Sequence[dict[str, float]], seconds: float, *, classes: bool) -> dict[str, Any]:
    keys = {"roc_auc": "rocauc", "roc_auc_label": "rocauc_label"} if classes else {"mae": "mae"}
    said: dict[str, Any] = {}
    for name, key in keys.items():
        values = [scores[key] for scores in found]
        said[name] = float(np.mean(values))
        said["folds" if len(said) == 1 else f"folds{name.removeprefix('roc_auc')}"] = values
    return {**said, "seconds": seconds}


def cores() -> int:
    """Return how many processes this one may keep busy."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
