"""One model on one fold: what a Dask worker does in cross-validation."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from matsluice.infra.seeds import derive_seed
from matsluice.infra.workspace.arrays import mapped_array
from matsluice.infra.workspace.atomic_files import written_whole
from matsluice.models.importance import feature_importance
from matsluice.models.loss_history import loss_history
from matsluice.tasks.split.folds import load_folds
from matsluice.tasks.train import training_rows
from matsluice.tasks.train.fitting import fitted, groups_of, predicted, task_of
from matsluice.tasks.train.known_rows import known_of_rows
from matsluice.tasks.train.nested_rows import nested_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class FoldCall:
    """What to fit and where to leave what comes of it: names, numbers and paths only.

    Attributes
    ----------
    matrix
        .npy file of features, (unique materials, columns).
    rows
        Folder of the training rows.
    folds
        .npy file with what each fold does with each training row: see `Folds`.
    fold
        The fold: rows that it tests are predicted from those it learns from.
    kind, parameters, seed
        The model.
    output
        .npz file to write: `row`, `y_pred` (of classes `probability`), what else is known of the rows without their
        values (`RowSigns`, `in_domain` and `distance` to the nearest row learned from among them), `learned` (how many
        these were), `seconds`, and, empty where the model has none, `importance`, and `loss` and `validation_loss`
        after each epoch.
    groups
        .npy file with the group of each training row; "" where each is its own.
    share
        Share of the groups outside the fold that is learned from, the same ones whatever else is learned (see
        `nested_rows`); 1 for all of them.
    """

    matrix: str
    rows: str
    folds: str
    fold: int
    kind: str
    seed: int
    output: str
    parameters: dict[str, Any] = field(default_factory=dict)
    groups: str = ""
    share: float = 1.0

    @property
    def label(self) -> str:
        """What the run's log calls the call: split, model and fold."""
        return "/".join(Path(self.output).with_suffix("").parts[-3:])


def fold_rows(call: FoldCall) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the places of the rows that a fold learns from, and of those it predicts."""
    folds = load_folds(call.folds)
    train, test = folds.learned(call.fold), folds.tested(call.fold)
    if call.share < 1.0:
        rows = training_rows.load(Path(call.rows))
        classes = np.asarray(rows.y[train]) if len(rows.classes) else None
        seed = derive_seed(call.seed, "fewer rows")
        train = train[nested_rows(groups_of(call.groups, train), len(train), call.share, seed, classes)]
    return train, test


def fit_fold(call: FoldCall) -> str:
    """Fit on the rows a fold learns from, predict those it tests, and return the path of what was written.

    A file that is there already was written whole by an earlier call, and is left as it is.
    """
    output = Path(call.output)
    if output.exists():
        return call.output
    X = mapped_array(call.matrix)
    rows = training_rows.load(Path(call.rows))
    train, test = fold_rows(call)
    X_train, X_test = X[rows.material[train]], X[rows.material[test]]
    start = time.perf_counter()
    model = fitted(
        call.kind,
        call.parameters,
        call.seed,
        X_train,
        np.asarray(rows.y[train]),
        task=task_of(rows),
        groups=groups_of(call.groups, train),
    )
    seconds = time.perf_counter() - start
    importance = feature_importance(model)
    said = predicted(model, X_test, len(rows.classes))
    arrays = said | known_of_rows(model, rows, X, train, test, said).arrays() | loss_history(model)
    with written_whole(output) as temporary, temporary.open("wb") as file:
        np.savez(
            file,
            row=test,
            learned=len(train),
            seconds=seconds,
            importance=np.empty(0) if importance is None else importance,
            **arrays,  # pyright: ignore[reportArgumentType] - no array is called allow_pickle
        )
    return call.output
