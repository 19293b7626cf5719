"""What the champion leans on: its folds fitted once more, and their unseen rows predicted with columns shuffled.

Fold models are not kept: those of all contests of a campaign would take gigabytes. To fit the champion's again costs a
share 1/(models × splits) of the cross-validation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from matsluice.infra.mistakes import Failed
from matsluice.infra.seeds import derive_seed
from matsluice.infra.workspace.arrays import mapped_array, read_arrays
from matsluice.infra.workspace.atomic_files import written_whole
from matsluice.models.column_groups import correlated_groups
from matsluice.models.contributions import contributions
from matsluice.models.permuted import permutation_importance
from matsluice.tasks.train import training_rows
from matsluice.tasks.train.fit_fold import FoldCall, fold_rows
from matsluice.tasks.train.fitting import fitted, groups_of, predicted, task_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

REPEATS = 3


@dataclass(frozen=True, slots=True)
class ExplainCall(FoldCall):
    """A fold that has been fitted, to be fitted again, and how its columns are divided.

    Attributes
    ----------
    blocks
        How many columns each block has, in order.
    fold_output
        What the fold has written.
    output
        .npz file to write: `blocks` and `clusters`, by how much the error grows without each, `of` with the cluster
        of each column (−1 for none), `base` with the error itself, and `contributions`, the mean absolute one of each
        column, empty where the model does not say.
    """

    blocks: tuple[int, ...] = ()
    fold_output: str = ""

    @classmethod
    def of(cls, fold: FoldCall, blocks: tuple[int, ...]) -> ExplainCall:
        """Return the call that explains a fold."""
        given = {each.name: getattr(fold, each.name) for each in fields(fold)}
        beside = str(Path(fold.output).with_name(f"{Path(fold.output).stem}-explained.npz"))
        return cls(**{**given, "output": beside, "blocks": blocks, "fold_output": fold.output})


def explain_fold(call: ExplainCall) -> str:
    """Fit a fold again and see what its predictions owe to which columns; return the file written.

    Raises
    ------
    Failed
        The fold fitted again predicts something else, so what is found would not be about the champion.
    """
    output = Path(call.output)
    if output.exists():
        return call.output
    X = mapped_array(call.matrix)
    rows = training_rows.load(Path(call.rows))
    train, test = fold_rows(call)
    classes = len(rows.classes)
    X_train, X_test = X[rows.material[train]], np.asarray(X[rows.material[test]])
    y, truth = np.asarray(rows.y[train]), np.asarray(rows.y[test])
    model = fitted(
        call.kind,
        call.parameters,
        call.seed,
        X_train,
        y,
        task=task_of(rows),
        groups=groups_of(call.groups, train),
    )
    before = read_arrays(call.fold_output)
    for name, values in predicted(model, X_test, classes).items():
        if not np.allclose(values, before[name], rtol=1e-6, atol=1e-9):
            raise Failed(
                f"{call.label}, fitted again, predicts something else: its explanation would be of another"
            )

    def errors(copies: NDArray[np.float64]) -> NDArray[np.float64]:
        said = predicted(model, copies.reshape(-1, copies.shape[-1]), classes)
        of_each = np.split(said["probability"] if classes else said["y_pred"], len(copies))
        return np.array([_error(truth, one) for one in of_each])

    # By all materials, so that they are the same in every fold; labels play no part in it.
    clusters = correlated_groups(np.asarray(X[np.unique(rows.material)]))
    edges = np.cumsum([0, *call.blocks]).tolist()
    blocks = [np.arange(first, end) for first, end in pairwise(edges)]
    seed = derive_seed(call.seed, "permutation")
    grown = permutation_importance(errors, X_test, [*blocks, *clusters], REPEATS, seed)
    of = np.full(X.shape[1], -1)
    for number, columns in enumerate(clusters):
        of[columns] = number
    with written_whole(output) as temporary, temporary.open("wb") as file:
        np.savez(
            file,
            base=errors(X_test[None])[0],
            blocks=grown[: len(blocks)],
            clusters=grown[len(blocks) :],
            of=of,
            contributions=_mean_contributions(model, X_test, classes),
        )
    return call.output


def _error(truth: NDArray[Any], said: NDArray[np.float64]) -> float:
    if said.ndim == 1:
        return float(np.abs(said - truth).mean())
    of_truth = np.clip(said[np.arange(len(truth)), truth], np.finfo(np.float64).eps, 1.0)
    return float(-np.log(of_truth).mean())


def _mean_contributions(model: Any, X: NDArray[np.float64], classes: int) -> NDArray[np.float64]:
    """Return the mean absolute contribution of each column, over the classes too; empty where there is none."""
    places = range(classes) if classes > 2 else (1,) if classes else (-1,)
    given = [contributions(model, X, place) for place in places]
    known = [np.abs(each).mean(axis=0) for each in given if each is not None]
    return np.asarray(np.mean(known, axis=0)) if known else np.empty(0)


def explained(
    outputs: Sequence[str], columns: Sequence[str], blocks: Sequence[str], most: int = 12
) -> dict[str, Any]:
    """Return what the folds' files say together.

    Parameters
    ----------
    outputs
        Files of `explain_fold`.
    columns, blocks
        Names of the features, and of their blocks, in order.
    most
        How many groups and columns are told, the largest first.

    Returns
    -------
    base (the error itself); blocks and groups, each a list of {name, columns, mean, std} in the error's unit, over the
    folds; contributions, a list of {column, mean}.
    """
    parts = [read_arrays(path) for path in outputs]
    of = parts[0]["of"]
    named = [
        [columns[i] for i in np.flatnonzero(of == number).tolist()]
        for number in range(len(parts[0]["clusters"]))
    ]
    said = np.array([part["contributions"] for part in parts]).mean(axis=0)
    order = np.argsort(-said, kind="stable")[:most]
    return {
        "base": float(np.mean([part["base"] for part in parts])),
        "blocks": _ranked([[name] for name in blocks], [part["blocks"] for part in parts], len(blocks)),
        "groups": _ranked(named, [part["clusters"] for part in parts], most),
        "contributions": [
            {"column": columns[i], "mean": float(said[i])} for i in order.tolist() if said[i] > 0
        ],
    }


def _ranked(
    names: Sequence[Sequence[str]], grown: Sequence[NDArray[np.float64]], most: int
) -> list[dict[str, Any]]:
    mean, std = np.mean(grown, axis=0), np.std(grown, axis=0)
    return [
        {"name": names[i][0], "columns": list(names[i]), "mean": float(mean[i]), "std": float(std[i])}
        for i in np.argsort(-mean, kind="stable")[:most].tolist()
    ]
