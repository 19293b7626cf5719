"""The run's summary.json, as the report reads it: every part may be missing in a run that was cut short."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import nan
from typing import TYPE_CHECKING, Any

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.report.json_record import read_record

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Score:
    """A metric over the folds of one split; NaN where it is not defined, and `undefined` says why."""

    mean: float = nan
    std: float = nan
    folds: tuple[float | None, ...] = ()
    undefined: str = ""


@dataclass(frozen=True, slots=True)
class SearchGain:
    """How much less the error on the outer folds is with a search than without; an interval of 95 %."""

    default_error: float = nan
    mean: float = nan
    low: float = nan
    high: float = nan
    verdict: str = ""


@dataclass(frozen=True, slots=True)
class FoldSearch:
    """What the search in the training rows of one fold has chosen."""

    trial: int = 0
    parameters: Mapping[str, Any] = field(default_factory=dict)
    score: float = nan
    default_score: float = nan
    best_so_far: tuple[float | None, ...] = ()


@dataclass(frozen=True, slots=True)
class SearchScores:
    """A search for a model's parameters under one split, over its folds."""

    budget: Mapping[str, float] = field(default_factory=dict)
    inner_folds: int = 0
    trials: int = 0
    pruned: int = 0
    failed: int = 0
    best: tuple[FoldSearch, ...] = ()
    reasons: Mapping[str, int] = field(default_factory=dict)
    gain: SearchGain = field(default_factory=SearchGain)


@dataclass(frozen=True, slots=True)
class ModelScores:
    """One model under one split."""

    model: str
    target: str
    split: str
    metrics: Mapping[str, Score] = field(default_factory=dict)
    fit_seconds: float = nan
    mlflow_run_id: str = ""
    search: SearchScores | None = None


@dataclass(frozen=True, slots=True)
class Promotion:
    """Whether the version became champion under its name, and why, in one sentence."""

    outcome: str = ""
    because: str = ""
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Champion:
    """The best model of the run, and its version in the registry where it was registered."""

    model: str = ""
    target: str = ""
    split: str = ""
    registered_version: int | str | None = None
    promotion: Promotion = field(default_factory=Promotion)


@dataclass(frozen=True, slots=True)
class SnapshotCounts:
    """The frozen input: its name by content, rows, and distinct materials."""

    id: str = ""
    rows: int | None = None
    unique_materials: int | None = None


@dataclass(frozen=True, slots=True)
class FeatureCounts:
    """What became of the rows in featurization; `blocks` names them."""

    rows_in: int | None = None
    computed: int | None = None
    reused: int | None = None
    rejected: int | None = None
    columns: int | None = None
    blocks: object = None


@dataclass(frozen=True, slots=True)
class NearestCandidate:
    """The candidate that came nearest where none met the objective, as a clause."""

    sentence: str = ""


@dataclass(frozen=True, slots=True)
class ScreenCounts:
    """What became of the candidates; `no_room` counts those that fronts had no room for."""

    candidates: int | None = None
    rejected: int | None = None
    in_domain: int | None = None
    hits: int | None = None
    no_room: int | None = None
    nearest: NearestCandidate | None = None


@dataclass(frozen=True, slots=True)
class TrackingPlace:
    """Where MLflow keeps the run."""

    tracking_uri: str = ""
    experiment_id: str = ""
    run_id: str = ""


@dataclass(frozen=True, slots=True)
class ControlPlace:
    """Which run of the flow Prefect knows."""

    flow_run_id: str = ""


@dataclass(frozen=True, slots=True)
class RunSummary:
    """summary.json, key by key."""

    campaign: str = ""
    run_id: str = ""
    status: str = ""
    snapshot: SnapshotCounts = field(default_factory=SnapshotCounts)
    features: FeatureCounts = field(default_factory=FeatureCounts)
    models: tuple[ModelScores, ...] = ()
    champion: Champion = field(default_factory=Champion)
    screen: ScreenCounts = field(default_factory=ScreenCounts)
    seconds: Mapping[str, float] = field(default_factory=dict)
    mlflow: TrackingPlace = field(default_factory=TrackingPlace)
    prefect: ControlPlace = field(default_factory=ControlPlace)


def read_summary(run_directory: Path) -> RunSummary:
    """Return the run's summary.

    Raises
    ------
    matsluice.infra.mistakes.InvalidInput
        The folder holds no summary.json, or one that cannot be read.
    """
    path = run_directory / "summary.json"
    if not path.exists():
        raise InvalidInput(
            f"{run_directory} holds no summary.json, so it is not the folder of a run; "
            "give one below workspace/runs/<campaign>/, or the campaign file"
        )
    return read_record(RunSummary, path)
