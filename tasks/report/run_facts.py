"""What a run knows about itself beyond its tables and its summary: the file report_data.json."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from matsluice.tasks.report.json_record import read_record

if TYPE_CHECKING:
    from pathlib import Path

FILE_NAME = "report_data.json"


@dataclass(frozen=True, slots=True)
class TargetFacts:
    """A column that is predicted, its unit as text ("" where it has none), and its classes in order."""

    column: str
    unit: str = ""
    task: str = "regression"
    classes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ObjectiveFacts:
    """What the screen looks for: in words, and as the range it accepts (None where it is open).

    `text` reads on from "Find candidates with …": "band_gap between 1.1 and 1.7 eV". Of several objectives it names
    all; the range, and its words `first`, are the first one's. `ranking` says in a sentence how they make one list, ""
    for one objective.
    """

    text: str = ""
    target: str = ""
    at_least: float | None = None
    at_most: float | None = None
    wanted_class: str = ""
    first: str = ""
    ranking: str = ""


@dataclass(frozen=True, slots=True)
class SnapshotFacts:
    """Where the frozen input came from.

    `created` is the moment it was frozen (ISO 8601); `details` is anything more, label to text: licence,
    citation, checksum.
    """

    source: str = ""
    created: str = ""
    duplicates: str = ""
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HoldoutFacts:
    """The champion's scores on the rows that no choice has seen; `coverage` is a share of one.

    `coverage_at` has it for other levels, written as text; `median_width` is the intervals', in the target's unit. Of
    classes `set_size` is the mean number of classes in a set, and `empty_sets` the share of sets that hold none.
    """

    model: str
    target: str
    metrics: Mapping[str, float | None]
    rows: int = 0
    coverage: float | None = None
    set_size: float | None = None
    empty_sets: float | None = None
    coverage_at: Mapping[str, float] = field(default_factory=dict)
    median_width: float | None = None


@dataclass(frozen=True, slots=True)
class CoverageFacts:
    """How often the champion's intervals, made under the split that decides, hold the rows of one split.

    `curve` has the share held at 0, 1, … 100 %; `width` is the median width at the campaign's confidence, of classes
    the mean number in a set.
    """

    split: str
    rows: int
    curve: tuple[float, ...]
    width: float | None = None


@dataclass(frozen=True, slots=True)
class ImportanceFacts:
    """How much the champion leans on one feature."""

    column: str
    importance: float


@dataclass(frozen=True, slots=True)
class ShuffledFacts:
    """By how much the champion's error grows when some columns say nothing any more: mean and spread over folds."""

    name: str
    columns: tuple[str, ...]
    mean: float
    std: float


@dataclass(frozen=True, slots=True)
class ContributionFacts:
    """How far one feature moves a prediction, on average and whichever way."""

    column: str
    mean: float


@dataclass(frozen=True, slots=True)
class ExplainedFacts:
    """What the champion leans on, by blocks and by groups of features that say much the same; `base` is its error."""

    base: float
    blocks: tuple[ShuffledFacts, ...] = ()
    groups: tuple[ShuffledFacts, ...] = ()
    contributions: tuple[ContributionFacts, ...] = ()


@dataclass(frozen=True, slots=True)
class BlockFacts:
    """A block of features as it was used."""

    name: str
    version: int
    columns: int


@dataclass(frozen=True, slots=True)
class ScreenFacts:
    """What became of the candidates, as counts that narrow down, and the histogram of their predictions.

    Attributes
    ----------
    enumerated
        Candidates that the source gave.
    excluded
        Of these, left out by a constraint on what they are made of.
    rejected
        Of the rest, not computable (see rejected.parquet).
    scored
        Candidates that were predicted.
    in_window
        Of these, inside the objective's range.
    in_domain
        Of the scored, inside the applicability domain.
    in_window_and_domain
        Both.
    known
        Of those in the window, already in the training data.
    edges, counts, counts_in_domain
        Histogram of the scored candidates' predictions: bins + 1 edges in the target's unit, and bins counts.
    left_out
        Constraint → how many candidates it left out that all earlier ones let pass.
    """

    source: str = ""
    enumerated: int | None = None
    excluded: int | None = None
    rejected: int | None = None
    scored: int | None = None
    in_window: int | None = None
    in_domain: int | None = None
    in_window_and_domain: int | None = None
    known: int | None = None
    edges: tuple[float, ...] = ()
    counts: tuple[int, ...] = ()
    counts_in_domain: tuple[int, ...] | None = None
    left_out: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Command:
    """Lines to copy, with what they do; `language` is "shell" or "python"."""

    title: str
    text: str
    language: str = "shell"


@dataclass(frozen=True, slots=True)
class PageFacts:
    """Where else the run can be looked at.

    Attributes
    ----------
    name
        What is there: "Prefect", "MLflow", "Dask", "log".
    address
        What a browser opens; "" where a command shows it.
    command
        A command that shows it; "" where there is an address.
    remark
        When and where it is there: "on this machine only".
    """

    name: str
    address: str = ""
    command: str = ""
    remark: str = ""


@dataclass(frozen=True, slots=True)
class StudyFacts:
    """A study the campaign asks for: its name, which is its folder's below studies/, and its kind."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What the flow writes for the report beside summary.json; every part may be missing.

    Attributes
    ----------
    matsluice
        Version of the program.
    started
        Moment the run began (ISO 8601 with offset).
    seed
        The campaign's.
    confidence
        Share of values the intervals are meant to hold, 0 to 1.
    registered_name
        The champion's name in the registry.
    formula_column
        The campaign's formula column, for the lines that show how to predict.
    failure
        Why a run that failed or was interrupted ended, as one sentence.
    """

    matsluice: str = ""
    started: str = ""
    seed: int | None = None
    confidence: float | None = None
    registered_name: str = ""
    formula_column: str = "formula"
    failure: str = ""
    targets: tuple[TargetFacts, ...] = ()
    objective: ObjectiveFacts | None = None
    excluded_elements: tuple[str, ...] = ()
    snapshot: SnapshotFacts = field(default_factory=SnapshotFacts)
    holdout: tuple[HoldoutFacts, ...] = ()
    importance: tuple[ImportanceFacts, ...] = ()
    coverage: tuple[CoverageFacts, ...] = ()
    explained: ExplainedFacts | None = None
    blocks: tuple[BlockFacts, ...] = ()
    screen: ScreenFacts | None = None
    commands: tuple[Command, ...] = ()
    packages: Mapping[str, str] = field(default_factory=dict)
    pages: tuple[PageFacts, ...] = ()
    studies: tuple[StudyFacts, ...] = ()

    def write(self, run_directory: Path) -> Path:
        """Write report_data.json into the run's folder, whole or not at all, and return its path."""
        from pydantic import TypeAdapter

        path = run_directory / FILE_NAME
        temporary = path.with_suffix(f".{os.getpid()}.tmp")
        temporary.write_bytes(TypeAdapter(RunFacts).dump_json(self, indent=1))
        return temporary.replace(path)


def read_facts(run_directory: Path) -> RunFacts:
    """Return what report_data.json holds, or facts that know nothing where there is no such file.

    Raises
    ------
    matsluice.infra.mistakes.InvalidInput
        The file is there and is not what `RunFacts.write` writes.
    """
    path = run_directory / FILE_NAME
    return read_record(RunFacts, path) if path.exists() else RunFacts()
