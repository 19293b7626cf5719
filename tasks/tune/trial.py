"""One setting of a search: what is asked of a worker, and what became of it, in a file of its own."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from matsluice.infra.workspace.atomic_files import read_json, write_json

State = Literal["complete", "pruned", "failed"]


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of a setting.

    Attributes
    ----------
    number
        0, 1, … in the order in which they were asked for; 0 is the setting without a search.
    setting
        The parameters that are searched.
    state
        "complete", "pruned" (given up before its last inner fold), or "failed".
    scores
        The error on each inner fold it came to, in the folds' order: mean absolute error in the target's unit, or
        log-loss of classes.
    reason
        Why it failed or was given up.
    seconds
        It took by the clock.
    """

    number: int
    setting: Mapping[str, Any]
    state: State
    scores: tuple[float, ...]
    reason: str = ""
    seconds: float = 0.0

    @property
    def score(self) -> float:
        """The mean error of a complete trial; infinity of another, so that it is never the best."""
        return math.fsum(self.scores) / len(self.scores) if self.state == "complete" else math.inf

    def as_record(self) -> dict[str, Any]:
        """Return what JSON can hold."""
        return asdict(self)

    @classmethod
    def of_record(cls, record: Mapping[str, Any]) -> Trial:
        """Return the trial of a record; lists are tuples again."""
        setting = {name: _frozen(value) for name, value in record["setting"].items()}
        return cls(**{**record, "setting": setting, "scores": tuple(record["scores"])})

    def write(self, path: Path) -> None:
        """Write it as JSON, whole or not at all."""
        write_json(path, self.as_record())

    @classmethod
    def read(cls, path: Path) -> Trial:
        """Return what `write` wrote."""
        return cls.of_record(read_json(path))


def _frozen(value: object) -> object:
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value


@dataclass(frozen=True, slots=True)
class TrialCall:
    """What a worker is to try: names, numbers and paths only.

    Attributes
    ----------
    matrix, rows, folds, groups
        As in a `FoldCall`.
    fold
        Whose training rows are learned from: see `learned_rows`.
    kind, parameters, seed
        The model with this setting.
    number, setting
        Of the trial.
    inner_folds, inner_seed
        How the training rows are divided once more, the same for every trial of a search.
    prune_above
        For each inner fold but the last, the running mean error above which the trial is given up.
    timeout_s
        Seconds it may take.
    output
        .json file to write.
    """

    matrix: str
    rows: str
    folds: str
    fold: int
    kind: str
    seed: int
    output: str
    number: int
    inner_folds: int
    inner_seed: int
    timeout_s: float
    parameters: Mapping[str, Any] = field(default_factory=dict)
    setting: Mapping[str, Any] = field(default_factory=dict)
    prune_above: tuple[float, ...] = ()
    groups: str = ""

    @property
    def label(self) -> str:
        """What the run's log calls the call: split, model, fold and trial."""
        return "/".join(Path(self.output).with_suffix("").parts[-4:])


def said_setting(setting: Mapping[str, Any]) -> str:
    """Return a setting for people.

    Examples
    --------
    >>> said_setting({"C": 10.0, "hidden": (100, 100)})
    'C = 10, hidden = 100 × 100'
    """
    return ", ".join(f"{name} = {said_value(value)}" for name, value in setting.items())


def said_value(value: object) -> str:
    """Return a parameter's value for people."""
    if isinstance(value, float):
        return f"{value:.4g}"
    return " × ".join(map(str, value)) if isinstance(value, tuple) else str(value)
