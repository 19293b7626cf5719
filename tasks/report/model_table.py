"""Every model under every split, with its metrics rounded to the spread of their column."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

from matsluice.tasks.report.names import BASELINE, less_is_better, metric_title, model_title
from matsluice.tasks.report.number_text import MISSING, duration, measured, number, shared_decimals
from matsluice.tasks.report.run_summary import ModelScores, Score

if TYPE_CHECKING:
    from matsluice.tasks.report.report_data import ReportData

ORDER = (
    *("mae", "medae", "rmse", "mse", "r2", "spearman"),
    *("log_loss", "brier", "roc_auc", "pr_auc", "accuracy", "balanced_accuracy", "f1_macro", "mcc"),
)
# In summary.json and MLflow; on the page they would push the others out of sight.
NOT_SHOWN = frozenset({"medae", "balanced_accuracy", "f1_macro"})


@dataclass(frozen=True, slots=True)
class Cell:
    """A metric as text; `best` where no other model of the split does better, `note` why it has no value."""

    text: str
    best: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One model under one split."""

    model: str
    kind: str
    champion: bool
    cells: tuple[Cell, ...]
    times_better: str
    fit: str


@dataclass(frozen=True, slots=True)
class ModelTable:
    """The models of one target and split, the lowest error first; `anchor` heads the comparison with the dummy."""

    target: str
    split: str
    headings: tuple[str, ...]
    rows: tuple[ModelRow, ...]
    anchor: str


def model_tables(data: ReportData) -> tuple[ModelTable, ...]:
    """Return one table per target and split, in the order of the summary."""
    pairs = dict.fromkeys((row.target, row.split) for row in data.summary.models)
    return tuple(_table(data, target, split) for target, split in pairs)


def _table(data: ReportData, target: str, split: str) -> ModelTable:
    models = [row for row in data.summary.models if (row.target, row.split) == (target, split)]
    seen = dict.fromkeys(name for row in models for name in row.metrics)
    metrics = [name for name in ORDER if name in seen and name not in NOT_SHOWN]
    metrics += [name for name in seen if name not in ORDER]
    decimals = {name: _decimals(models, name) for name in metrics}
    best = {name: _best(models, name) for name in metrics}
    deciding = data.deciding(target)
    baseline = next((_mean(row, deciding) for row in models if row.model == BASELINE), float("nan"))
    champion = data.champion
    rows = [
        ModelRow(
            model=model_title(row.model, deciding),
            kind=row.model,
            champion=champion is not None and champion.model == row.model and champion.target == target,
            cells=tuple(_cell(row, name, decimals[name], best[name]) for name in metrics),
            times_better=_ratio(baseline, _mean(row, deciding)),
            fit=duration(row.fit_seconds),
        )
        for row in sorted(models, key=lambda row: _error(row, deciding))
    ]
    headings = tuple(metric_title(name, data.unit(target)) for name in metrics)
    anchor = "Better than the mean" if deciding == "mae" else "Better than the shares"
    return ModelTable(target, split, headings, tuple(rows), anchor)


def _cell(row: ModelScores, metric: str, decimals: int, best: str) -> Cell:
    note = row.metrics.get(metric, Score()).undefined
    return Cell(_text(row, metric, decimals), best == row.model, note)


def _mean(row: ModelScores, metric: str) -> float:
    return row.metrics.get(metric, Score()).mean


def _error(row: ModelScores, deciding: str) -> float:
    error = _mean(row, deciding)
    return error if isfinite(error) else float("inf")


def _decimals(models: list[ModelScores], metric: str) -> int:
    scores = [row.metrics.get(metric, Score()) for row in models]
    return shared_decimals([score.std for score in scores], [score.mean for score in scores])


def _text(row: ModelScores, metric: str, decimals: int) -> str:
    score = row.metrics.get(metric, Score())
    return measured(score.mean, score.std, decimals)


def _best(models: list[ModelScores], metric: str) -> str:
    known = [row for row in models if isfinite(_mean(row, metric))]
    sign = 1 if less_is_better(metric) else -1
    return min(known, key=lambda row: sign * _mean(row, metric)).model if known else ""


def _ratio(baseline: float, error: float) -> str:
    return f"{number(baseline / error, 1)} ×" if isfinite(baseline) and error > 0 else MISSING
