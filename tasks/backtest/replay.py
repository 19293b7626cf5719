"""Active learning replayed over labelled data: pick by a rule, reveal, learn anew; what a Dask worker does of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from matsluice.infra.mistakes import Failed
from matsluice.infra.seeds import derive_seed
from matsluice.infra.workspace.arrays import mapped_array, read_array
from matsluice.infra.workspace.atomic_files import written_whole
from matsluice.models.uncertainty.interval_settings import USUAL, IntervalSettings
from matsluice.tasks.backtest.foresight import Recipe, foresee
from matsluice.tasks.backtest.hits import is_hit
from matsluice.tasks.screen.acquisition import ACQUISITIONS, AcquisitionSpec, Foreseen
from matsluice.tasks.screen.aims import Aim
from matsluice.tasks.screen.objective import Objective
from matsluice.tasks.train import training_rows
from matsluice.tasks.train.fitting import task_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

# From the rows whose labels are known, those whose are not, and the round's number.
Look = Callable[["NDArray[np.int64]", "NDArray[np.int64]", int], "tuple[Foreseen, Aim]"]


@dataclass(frozen=True, slots=True)
class ReplayCall:
    """One rule from one start: names, numbers and paths only.

    Attributes
    ----------
    matrix, rows, kind, parameters, groups
        As in a `FoldCall`; of every material there is one row.
    candidates
        .npy file with whether each row may be picked.
    rule
        A name in `ACQUISITIONS`.
    rounds, batch, start
        How often is picked, how many at a time, and how many labels are known at first.
    seed, start_seed
        Of fits and of draws; of the start, the same for every rule.
    objective, window
        What is looked for, and what a hit's value lies in: see `hit_window`.
    output
        .npz file to write; see `replay_rule`.
    intervals, inner_folds
        As in a `Recipe`.
    """

    matrix: str
    rows: str
    candidates: str
    kind: str
    rule: str
    rounds: int
    batch: int
    start: int
    seed: int
    start_seed: int
    objective: Objective
    window: Objective
    output: str
    parameters: dict[str, Any] = field(default_factory=dict)
    groups: str = ""
    intervals: IntervalSettings = USUAL
    inner_folds: int = 3

    @property
    def label(self) -> str:
        """What the log calls the call."""
        return "/".join(Path(self.output).with_suffix("").parts[-2:])


def replay_rule(call: ReplayCall) -> str:
    """Replay one rule from one start, and return the file written (.npz).

    It holds of each row that was measured, in that order, `id`, `formula`, `y` (a class's place) and `hit`; and
    `start`, `batch`, `pool` (rows that could be picked, those of the start among them), `hits` among these, and
    `seconds`. A file that is there already was written whole by an earlier call, and is left as it is.

    Raises
    ------
    Failed
        There are not more rows than the start takes, or the model refuses so few.
    """
    output = Path(call.output)
    if output.exists():
        return call.output
    began = time.perf_counter()
    rows = training_rows.load(Path(call.rows))
    pool = np.flatnonzero(read_array(call.candidates))
    if call.start >= len(pool):
        raise Failed(
            f"a start of {call.start} leaves nothing to pick from {len(pool)} labelled materials: lower --start"
        )
    drawn = np.random.default_rng(call.start_seed).permutation(pool)[: call.start]
    picked = replayed(_look(call), ACQUISITIONS[call.rule], drawn, pool, call.rounds, call.batch, call.seed)
    arrays: dict[str, Any] = {
        "id": rows.ids[picked],
        "formula": rows.formulas[picked],
        "y": rows.y[picked],
        "hit": is_hit(call.window, rows.y[picked]),
        "start": call.start,
        "batch": call.batch,
        "pool": len(pool),
        "hits": int(is_hit(call.window, rows.y[pool]).sum()),
        "seconds": time.perf_counter() - began,
    }
    with written_whole(output) as temporary, temporary.open("wb") as file:
        np.savez(file, **arrays)
    return call.output


def replayed(
    look: Look,
    spec: AcquisitionSpec,
    start: NDArray[np.int64],
    pool: NDArray[np.int64],
    rounds: int,
    batch: int,
    seed: int,
) -> NDArray[np.int64]:
    """Return the rows in the order in which they are measured, the start first; it ends early where none is left.

    Parameters
    ----------
    look
        Learns from the rows that are known, given increasing, and foresees the rest.
    spec
        The rule.
    start, pool
        Rows whose labels are known at first, and all that may be picked, increasing.
    rounds, batch
        How often is picked, and how many at a time.
    seed
        Of what the rule draws, and of the order of equals.
    """
    rule, known = spec.make(), start
    for number in range(rounds):
        rest = np.setdiff1d(pool, known)
        if not len(rest):
            break
        chance = np.random.default_rng(derive_seed(seed, "picks", spec.name, number))
        if spec.needs == "nothing":
            foreseen, aim = Foreseen.nothing(len(rest)), Aim("", Objective())
        else:
            foreseen, aim = look(np.sort(known), rest, number)
        merit = rule(foreseen, aim, chance)
        order = np.lexsort((chance.permutation(len(rest)), -merit))
        known = np.concatenate([known, rest[order[:batch]]])
    return known


def _look(call: ReplayCall) -> Look:
    """Return the function that learns from known rows; no label of another is within its reach."""
    X = mapped_array(call.matrix)
    rows = training_rows.load(Path(call.rows))
    groups = read_array(call.groups) if call.groups else None
    recipe = Recipe(
        call.kind, call.parameters, task_of(rows), call.objective, call.intervals, call.inner_folds
    )
    with_errors = ACQUISITIONS[call.rule].needs == "errors"

    def look(known: NDArray[np.int64], rest: NDArray[np.int64], number: int) -> tuple[Foreseen, Aim]:
        seed = derive_seed(call.seed, "fit", number)
        seen = foresee(recipe, rows, X, known, rest, groups, seed, with_errors=with_errors)
        return seen, Aim.among("", call.objective, np.asarray(rows.y[known], dtype=np.float64))

    return look
