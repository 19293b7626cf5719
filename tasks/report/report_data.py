"""Everything the report is made from, read from a run's folder."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf, isfinite
from typing import TYPE_CHECKING

from matsluice.tasks.changes.record import RunChanges
from matsluice.tasks.report.audit_section import AuditRecord, read_audit
from matsluice.tasks.report.changes_data import read_changes
from matsluice.tasks.report.json_record import read_record
from matsluice.tasks.report.run_facts import RunFacts, TargetFacts, read_facts
from matsluice.tasks.report.run_summary import Champion, ModelScores, RunSummary, read_summary
from matsluice.tasks.report.run_tables import (
    Hits,
    Predictions,
    RejectionClass,
    read_hits,
    read_predictions,
    read_rejections,
)
from matsluice.tasks.studies.findings import Findings, read_findings
from matsluice.tasks.train.learning_curve import FILE_NAME as CURVE_FILE
from matsluice.tasks.train.learning_curve import LearningCurve
from matsluice.tasks.train.write_out import EXPLANATIONS, Explanations, Written

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

RANDOM = "random"
STUDIES_FOLDER = "studies"


@dataclass(frozen=True, slots=True)
class StudyRecord:
    """A study that is done, or was refused."""

    name: str
    kind: str
    findings: Findings


@dataclass(frozen=True, slots=True)
class ReportData:
    """A run, as far as it came.

    Attributes
    ----------
    summary
        summary.json, which must be there.
    facts
        report_data.json; empty where there is none.
    champion
        The registered one, or the best so far by mean absolute error (of classes by log-loss) on a split that is not
        random; None before any model was scored.
    predictions
        The champion's cross-validated predictions, by split.
    campaign_text, environment_text
        The resolved campaign file and the packages of the environment; "" where they are missing.
    changes
        What has moved since the campaign's last completed run; None where there was none.
    studies
        Those that are done, in the campaign file's order.
    learning_curve
        The champion's; None where the campaign did not ask for it, or is not so far.
    formula
        The champion written out, or why it is not; None where its kind has no formula, or the run is not so far.
    audit
        What was looked for before training, and found; None where the run has not come so far.
    """

    directory: Path
    summary: RunSummary
    facts: RunFacts = field(default_factory=RunFacts)
    champion: ModelScores | None = None
    predictions: Mapping[str, Predictions] = field(default_factory=dict)
    hits: Hits = field(default_factory=Hits)
    rejections: tuple[RejectionClass, ...] = ()
    campaign_text: str = ""
    environment_text: str = ""
    changes: RunChanges | None = None
    studies: tuple[StudyRecord, ...] = ()
    learning_curve: LearningCurve | None = None
    audit: AuditRecord | None = None
    formula: Written | None = None

    @classmethod
    def from_run_directory(cls, run_directory: Path) -> ReportData:
        """Read a run's folder.

        Raises
        ------
        matsluice.infra.mistakes.InvalidInput
            The folder holds no summary.json, or a JSON file that cannot be read.
        """
        summary = read_summary(run_directory)
        champion, facts = champion_scores(summary), read_facts(run_directory)
        return cls(
            directory=run_directory,
            summary=summary,
            facts=facts,
            champion=champion,
            predictions={}
            if champion is None
            else read_predictions(
                run_directory, champion.model, champion.target, _classes_of(facts, champion.target)
            ),
            hits=read_hits(run_directory),
            rejections=read_rejections(run_directory),
            campaign_text=_text_of(run_directory / "campaign.toml"),
            environment_text=_text_of(run_directory / "environment.txt"),
            changes=read_changes(run_directory),
            studies=_studies(run_directory, facts),
            learning_curve=_learning_curve(run_directory),
            formula=_formula(run_directory),
            audit=read_audit(run_directory),
        )

    def task(self, target: str) -> str:
        """Return what the target is learned as."""
        return next((facts.task for facts in self.targets if facts.column == target), "regression")

    def deciding(self, target: str) -> str:
        """Return the metric that decides between models of the target."""
        return "log_loss" if self.task(target) == "classification" else "mae"

    def unit(self, target: str) -> str:
        """Return the target's unit, "" where it has none or is not known."""
        return next((facts.unit for facts in self.targets if facts.column == target), "")

    @property
    def looks_for_candidates(self) -> bool:
        """Whether the campaign screens anything; one that only learns has no hits to speak of."""
        return self.facts.objective is not None or bool(self.summary.screen.candidates)

    @property
    def targets(self) -> tuple[TargetFacts, ...]:
        """The targets as the campaign declares them, or as the models' scores name them."""
        if self.facts.targets:
            return self.facts.targets
        found = {row.target: "log_loss" in row.metrics for row in self.summary.models}
        return tuple(
            TargetFacts(column, task="classification" if classes else "regression")
            for column, classes in found.items()
        )


def champion_scores(summary: RunSummary) -> ModelScores | None:
    """Return the scores of the summary's champion, or of the best so far where none was chosen."""
    chosen: Champion = summary.champion
    for row in summary.models:
        if (row.model, row.target, row.split) == (chosen.model, chosen.target, chosen.split):
            return row
    honest = [row for row in summary.models if row.split != RANDOM] or list(summary.models)
    return min(honest, key=_error, default=None)


def _error(row: ModelScores) -> float:
    score = row.metrics.get("mae", row.metrics.get("log_loss"))
    return score.mean if score is not None and isfinite(score.mean) else inf


def _classes_of(facts: RunFacts, target: str) -> tuple[str, ...]:
    return next((one.classes for one in facts.targets if one.column == target), ())


def _studies(run_directory: Path, facts: RunFacts) -> tuple[StudyRecord, ...]:
    found = ((one, read_findings(run_directory / STUDIES_FOLDER / one.name)) for one in facts.studies)
    return tuple(StudyRecord(one.name, one.kind, findings) for one, findings in found if findings is not None)


def _learning_curve(run_directory: Path) -> LearningCurve | None:
    path = run_directory / CURVE_FILE
    return read_record(LearningCurve, path) if path.exists() else None


def _formula(run_directory: Path) -> Written | None:
    path = run_directory / EXPLANATIONS
    written = read_record(Explanations, path).formula if path.exists() else None
    return None if written is None or written.is_empty else written


def _text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
