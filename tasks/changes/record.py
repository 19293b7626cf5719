"""The file changes.json: what has moved since the last completed run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from matsluice.infra.workspace.atomic_files import written_whole
from matsluice.tasks.compare.contest_pairs import ScoreComparison

if TYPE_CHECKING:
    from pathlib import Path

FILE_NAME = "changes.json"


@dataclass(frozen=True, slots=True)
class Relabelled:
    """A material whose labels (values in the target's unit, or classes) are others than before, each list ascending."""

    formula: str
    target: str
    before: tuple[float | str, ...]
    now: tuple[float | str, ...]


@dataclass(frozen=True, slots=True)
class RowChanges:
    """Rows and materials, by content: where a row stands in its source does not matter.

    Attributes
    ----------
    new, gone, relabelled
        Materials that came, that are no more there, and that have other labels than before.
    new_examples, gone_examples
        Formulas of the first few.
    new_elements
        Symbols that no material had before.
    """

    rows_before: int
    rows_now: int
    materials_before: int
    materials_now: int
    new: int
    gone: int
    relabelled: int
    new_examples: tuple[str, ...] = ()
    gone_examples: tuple[str, ...] = ()
    relabelled_examples: tuple[Relabelled, ...] = ()
    new_elements: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedHit:
    """A hit that is new, lost or ranked otherwise; None where it is not in that run's list.

    Where a class is looked for, `prediction_before` and `prediction_now` are its probabilities.
    """

    id: str
    formula: str
    rank_before: int | None = None
    rank_now: int | None = None
    prediction_before: float | None = None
    prediction_now: float | None = None


@dataclass(frozen=True, slots=True)
class HitChanges:
    """The list of hits against the last run's.

    Attributes
    ----------
    kept
        Hits in both lists.
    new, lost
        Hits in one of them only, by rank.
    moved
        The hits in both whose rank has changed most.
    moved_count
        How many have another rank.
    rank_correlation
        Spearman's, over the hits in both; None for fewer than three.
    shows
        What a hit's prediction is: "prediction" in the target's unit, or the "probability" of the class looked for.
    """

    before: int
    now: int
    kept: int
    new: tuple[MovedHit, ...] = ()
    lost: tuple[MovedHit, ...] = ()
    moved: tuple[MovedHit, ...] = ()
    new_count: int = 0
    lost_count: int = 0
    moved_count: int = 0
    rank_correlation: float | None = None
    shows: str = "prediction"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureDrift:
    """One feature of the new materials against those the last run had.

    Attributes
    ----------
    shift
        Difference of the means, in standard deviations of the earlier materials; None where these have none.
    distance
        Kolmogorov–Smirnov distance, 0 to 1.
    adjusted_p
        Its p-value, adjusted for the number of features (Benjamini–Hochberg).
    stability
        Population stability index over the earlier deciles; None for fewer than 100 new materials.
    drifted
        The distributions differ, beyond chance and by enough to matter.
    """

    column: str
    shift: float | None = None
    distance: float
    adjusted_p: float
    stability: float | None = None
    drifted: bool


@dataclass(frozen=True, slots=True)
class InputDrift:
    """Features of the new materials against those of the earlier ones.

    Attributes
    ----------
    reason
        Why nothing was compared; "" where something was.
    tested, drifted
        Number of features.
    features
        Those that drifted most, largest distance first.
    """

    new_materials: int
    earlier_materials: int
    tested: int = 0
    drifted: int = 0
    features: tuple[FeatureDrift, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Prospective:
    """The last run's champion on labelled rows that it had never seen, since they came after it.

    Attributes
    ----------
    metric
        "mae", in the target's unit, or of classes "log_loss".
    error
        Its mean on them.
    expected
        Its cross-validated mean.
    low, high
        Where the error lies with 95 % confidence (bootstrap over materials).
    coverage
        Share of the values inside its intervals, or of the classes in its sets.
    asked
        Share that these are meant to hold.
    """

    model: str
    target: str
    rows: int
    error: float
    low: float
    high: float
    expected: float
    coverage: float
    asked: float
    metric: str = "mae"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunChanges:
    """changes.json.

    Attributes
    ----------
    since
        Id of the run that is compared with.
    since_started
        When that began (ISO 8601).
    fits, fits_reused
        Models fitted for this run's scores, and how many of these were taken over from earlier runs.
    screen_reused
        Whether the screening was.
    champion_before, champion_now
        Models.
    scores
        Every model's error against that of the last run.
    units
        Target → its unit; `target_unit` is that of the target the champion is chosen for.
    schedule
        Name of the schedule that has started the run; "" where a person has.
    due
        The time it stands for (ISO 8601).
    missed
        Times at which nothing ran since the schedule's last run.
    """

    since: str
    since_started: str
    rows: RowChanges
    hits: HitChanges | None = None
    scores: tuple[ScoreComparison, ...]
    inputs: InputDrift
    prospective: Prospective | None = None
    fits: int
    fits_reused: int
    screen_reused: bool
    champion_before: str
    champion_now: str
    target_unit: str = ""
    units: Mapping[str, str] = field(default_factory=dict)
    schedule: str = ""
    due: str = ""
    missed: tuple[str, ...] = ()

    @property
    def nothing_moved(self) -> bool:
        """Whether the run has the data, the models and the hits of the one before."""
        rows = self.rows.new + self.rows.gone + self.rows.relabelled
        hits = 0 if self.hits is None else self.hits.new_count + self.hits.lost_count + self.hits.moved_count
        return not rows and not hits and self.fits == self.fits_reused

    def write(self, run_directory: Path) -> Path:
        """Write changes.json into the run's folder, whole or not at all, and return its path."""
        from pydantic import TypeAdapter

        path = run_directory / FILE_NAME
        with written_whole(path) as temporary:
            temporary.write_bytes(TypeAdapter(RunChanges).dump_json(self, indent=1) + b"\n")
        return path
