"""One hidden fold: learn from the rest, rank what is hidden, and see where its hits stand. A Dask worker does it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from matsluice.infra.workspace.arrays import mapped_array, read_array
from matsluice.infra.workspace.atomic_files import written_whole
from matsluice.models.uncertainty.interval_settings import USUAL, IntervalSettings
from matsluice.tasks.backtest.foresight import Recipe, foresee
from matsluice.tasks.backtest.found_at_k import standing
from matsluice.tasks.backtest.hits import is_hit
from matsluice.tasks.backtest.single_feature import best_single_feature
from matsluice.tasks.screen.acquisition import Foreseen
from matsluice.tasks.screen.objective import Objective
from matsluice.tasks.split.folds import load_folds
from matsluice.tasks.train import training_rows
from matsluice.tasks.train.fitting import task_of

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class BacktestCall:
    """What to hide and where to leave what comes of it: names, numbers and paths only.

    Attributes
    ----------
    matrix, rows, folds, fold, kind, parameters, seed, groups
        As in a `FoldCall`; of every material there is one row. What the fold tests is hidden.
    candidates
        .npy file with whether each row may be a candidate: none with an excluded element may.
    objective, window
        What is looked for, and what a hit's value lies in: see `hit_window`.
    columns
        Full name of each feature.
    output
        .npz file to write; see `backtest_fold`.
    intervals, inner_folds
        As in a `Recipe`.
    """

    matrix: str
    rows: str
    folds: str
    fold: int
    kind: str
    seed: int
    output: str
    candidates: str
    objective: Objective
    window: Objective
    columns: tuple[str, ...]
    parameters: dict[str, Any] = field(default_factory=dict)
    groups: str = ""
    intervals: IntervalSettings = USUAL
    inner_folds: int = 3

    @property
    def label(self) -> str:
        """What the log calls the call."""
        return "/".join(Path(self.output).with_suffix("").parts[-2:])


def backtest_fold(call: BacktestCall) -> str:
    """Rank a hidden fold by a model and by one feature, and return the file written (.npz).

    It holds of each hidden candidate `id`, `formula`, `y` (a class's place), `hit`, `place` in the model's ranking,
    whether it is `listed`, `single_place` by one feature, `prediction`, `probability` and `in_domain`; and `feature`,
    `sign` and `average_precision` of that feature on the rows learned from, `learned` (rows) and `seconds`. A file
    that is there already was written whole by an earlier call, and is left as it is.
    """
    output = Path(call.output)
    if output.exists():
        return call.output
    start = time.perf_counter()
    X = mapped_array(call.matrix)
    rows = training_rows.load(Path(call.rows))
    folds = load_folds(call.folds)
    may_be = read_array(call.candidates)
    learned = folds.learned(call.fold)
    hidden = folds.tested(call.fold)
    hidden = hidden[may_be[hidden]]
    groups = read_array(call.groups) if call.groups else None
    recipe = Recipe(
        call.kind, call.parameters, task_of(rows), call.objective, call.intervals, call.inner_folds
    )
    seen = foresee(recipe, rows, X, learned, hidden, groups, call.seed, with_errors=False)
    # A screen has candidates without the excluded elements too: the feature is chosen for such ones.
    like = learned[may_be[learned]]
    single = best_single_feature(X[rows.material[like]], is_hit(call.window, rows.y[like]))
    arrays: dict[str, Any] = {
        "id": rows.ids[hidden],
        "formula": rows.formulas[hidden],
        "y": rows.y[hidden],
        "hit": is_hit(call.window, rows.y[hidden]),
        "place": screen_standing(call.objective, seen),
        "listed": call.window.met(seen.prediction),
        "single_place": single.standing(X[rows.material[hidden]]),
        "prediction": seen.prediction,
        "probability": seen.probability,
        "in_domain": seen.signs.in_domain,
        "feature": call.columns[single.column] if single.column >= 0 else "",
        "sign": single.sign,
        "average_precision": single.average_precision,
        "learned": len(learned),
        "seconds": time.perf_counter() - start,
    }
    with written_whole(output) as temporary, temporary.open("wb") as file:
        np.savez(file, **arrays)
    return call.output


def screen_standing(objective: Objective, seen: Foreseen) -> NDArray[np.int64]:
    """Return the place of each row in the list a screen makes, (n,), 0 for the first; equals share one.

    As `best` has it: inside the domain before outside, by merit, and of equals the nearer to training first. A screen
    lists only what is predicted to meet the objective; all others stand behind, in the same order. What decides between
    equals there, the alphabet, decides nothing here.
    """
    value = seen.prediction
    merit = objective.merit(value, seen.probability)
    return standing([objective.met(value), seen.signs.in_domain, merit, -seen.signs.distance])
