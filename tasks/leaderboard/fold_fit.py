"""One fold of a task: fitted on the other folds' rows alone, and its own predicted."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from matsluice.infra.numeric_threads import use_one_thread
from matsluice.infra.workspace.arrays import read_arrays
from matsluice.infra.workspace.atomic_files import written_whole
from matsluice.tasks.train.fit_key import code_digest
from matsluice.tasks.train.fitting import fitted, predicted


@dataclass(frozen=True, slots=True)
class TaskFold:
    """What to fit and where to leave what it says.

    Attributes
    ----------
    task
        Name of the benchmark's task.
    fold
        Place of the fold that is tested.
    rows
        .npz file with `X` (n, columns), `y` (n,) and `fold` (n,).
    kind, parameters, seed, learns
        The model, and "regression" or "classification".
    classes
        Number of classes, 0 for numbers.
    folder
        Where the file goes: it is named by what it is made from, so that a file that is there is the result.
    """

    task: str
    fold: int
    rows: str
    kind: str
    seed: int
    learns: str
    classes: int
    folder: str
    parameters: dict[str, Any] = field(default_factory=dict)

    def output(self) -> Path:
        """Return the file of the result: `row`, `y_pred` or `probability`, and `seconds`."""
        said = {name: value for name, value in asdict(self).items() if name not in ("rows", "folder")}
        text = json.dumps([said, Path(self.rows).stem, code_digest()], sort_keys=True, default=str)
        key = hashlib.blake2b(text.encode(), digest_size=12).hexdigest()
        return Path(self.folder) / f"{self.task}-fold-{self.fold}-{key}.npz"


def fit_task_fold(call: TaskFold) -> str:
    """Fit, predict, and return the file's path; a file that is there already is left as it is."""
    output = call.output()
    if output.exists():
        return str(output)
    use_one_thread()
    given = read_arrays(call.rows)
    X, y, fold = given["X"], given["y"], given["fold"]
    train, test = np.flatnonzero(fold != call.fold), np.flatnonzero(fold == call.fold)
    start = time.perf_counter()
    model = fitted(call.kind, call.parameters, call.seed, X[train], y[train], task=call.learns, groups=None)
    said = predicted(model, X[test], call.classes)
    seconds = time.perf_counter() - start
    with written_whole(output) as temporary, temporary.open("wb") as file:
        np.savez(file, row=test, seconds=seconds, **said)  # type: ignore[arg-type]  # no array is called allow_pickle
    return str(output)


def write_rows(folder: Path, name: str, X: Any, y: Any, fold: Any) -> str:
    """Write what the folds of a task learn from, named by its content, and return the file's path."""
    digest = hashlib.blake2b(digest_size=12)
    for array in (X, y, fold):
        digest.update(np.ascontiguousarray(array).tobytes())
    path = folder / f"{name}-{digest.hexdigest()}.npz"
    if not path.exists():
        with written_whole(path) as temporary, temporary.open("wb") as file:
            np.savez(file, X=X, y=y, fold=fold)
    return str(path)
