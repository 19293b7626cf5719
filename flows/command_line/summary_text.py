"""A finished run as lines of at most 80 characters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from textwrap import wrap
from typing import Any

from matsluice.flows.command_line.status_text import WIDTH, rejected_lines
from matsluice.flows.run_directory import RunDirectory
from matsluice.tasks.features.rejected_counts import rejected_by_reason
from matsluice.tasks.report.changes_data import change_sentences, read_changes


def summary_lines(summary: dict[str, Any]) -> Iterator[str]:
    """Give the lines `matsluice run` ends with."""
    features, champion, screen = summary["features"], summary["champion"], summary["screen"]
    directory = Path(summary["directory"]).parent / "latest"
    yield f"campaign {summary['campaign']}, run {summary['run_id']}: {summary['status']}"
    yield (
        f"rows      {features['rows_in']} in: {features['computed']} computed, {features['reused']} reused, "
        f"{features['rejected']} rejected"
    )
    yield from (
        line.removeprefix("  ") for line in rejected_lines(rejected_by_reason(directory / "rejected.parquet"))
    )
    yield f"features  {features['columns']} columns from {len(features['blocks'])} blocks"
    yield from since_lines(directory)
    yield ""
    yield from _model_lines(summary["models"])
    yield ""
    won = next(entry for entry in summary["models"] if entry["target"] == champion["target"])
    metric, title = ("log_loss", "log-loss") if "log_loss" in won["metrics"] else ("mae", "MAE")
    yield (
        f"champion  {champion['model']} (least {title} on {champion['split']}), "
        f"registered as version {champion['registered_version']}"
    )
    promotion = champion["promotion"]
    if promotion["because"] != "first":
        yield from wrap(f"registry  {promotion['sentence']}", WIDTH, subsequent_indent=" " * 10)
    if summary["holdout"]:
        error = _number(summary["holdout"]["metrics"][metric])
        yield f"hold-out  {title} {error} on {summary['holdout']['rows']} rows no choice has seen"
    if screen["candidates"]:
        yield (
            f"screen    {screen['candidates']} candidates, {screen['in_window']} meet the objective, "
            f"{screen['in_window_and_domain']} of them in domain"
        )
        yield f"hits      {screen['hits']} in {_from_here(directory / 'hits.csv')}"
        yield from _hits_remarks(screen)
    for study in summary.get("studies", ()):
        said = study["verdict"][0] if study["verdict"] else f"could not be done: {study['refusal']}"
        yield from wrap(f"study     {study['name']}: {said}", WIDTH, subsequent_indent=" " * 10)
    seconds = summary["seconds"]
    yield f"seconds   {seconds['total']:.0f}, of them {seconds['outside_stages']:.0f} outside the stages"
    yield f"report    {_from_here(directory / 'report.html')}"


def _hits_remarks(screen: dict[str, Any]) -> Iterator[str]:
    """Give the lines that say who came nearest, and what there was no room for, where there is something to say."""
    said = []
    if screen.get("nearest"):
        said.append(screen["nearest"]["sentence"])
    if screen.get("no_room"):
        said.append(f"{screen['no_room']} more may be among the first by fronts; there was no room for them")
    for sentence in said:
        yield from wrap(f"          {sentence}", WIDTH, subsequent_indent=" " * 10)


def since_lines(directory: Path) -> Iterator[str]:
    """Give the lines that say what has moved since the campaign's last completed run."""
    changes = read_changes(directory)
    failure = RunDirectory(directory).state().get("not_compared")
    if failure:
        sentences = [f"this run could not be compared with the last one ({failure})"]
    else:
        sentences = [] if changes is None else list(change_sentences(changes))
    label = "since"
    for sentence in sentences:
        yield from wrap(f"{label:<10}{sentence}", WIDTH, subsequent_indent=" " * 10)
        label = ""


def _model_lines(models: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Give a table of the models of numbers and one of the models of classes, as far as there are any."""
    start = f"{'model':<16}{'target':<11}{'split':<21}"
    values = [entry for entry in models if "mae" in entry["metrics"]]
    classes = [entry for entry in models if "log_loss" in entry["metrics"]]
    if values:
        yield f"{start}{'MAE':>8} {'±':>8}{'RMSE':>9}{'R²':>6}"
    for entry in values:
        metrics = entry["metrics"]
        yield (
            f"{_named(entry)}{_number(metrics['mae']['mean']):>8} {_number(metrics['mae']['std']):>8}"
            f"{_number(metrics['rmse']['mean']):>9}{_short(metrics['r2']['mean']):>6}"
        )
    if values and classes:
        yield ""
    if classes:
        yield f"{start}{'log-loss':>8} {'±':>8}{'ROC-AUC':>9}{'acc.':>6}"
    for entry in classes:
        metrics = entry["metrics"]
        yield (
            f"{_named(entry)}{_number(metrics['log_loss']['mean']):>8} {_number(metrics['log_loss']['std']):>8}"
            f"{_plain(metrics['roc_auc']['mean']):>9}{_short(metrics['accuracy']['mean']):>6}"
        )


def _named(entry: dict[str, Any]) -> str:
    return f"{entry['model'][:15]:<16}{entry['target'][:10]:<11}{entry['split'][:20]:<21}"


def _from_here(path: Path) -> Path:
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _plain(value: float | None) -> str:
    return "n/a" if value is None else f"{value:.3f}".replace("-0.000", "0.000")


def _short(value: float | None) -> str:
    """Return a share of one in five characters at the most.

    >>> _short(0.8412), _short(-0.004), _short(-150.8), _short(None)
    ('0.841', '0.00', '-151', 'n/a')
    """
    if value is None:
        return "n/a"
    text = f"{value:.3f}" if value >= 0 else f"{value:.2f}" if value > -9.995 else f"{value:.0f}"
    return "0.00" if text == "-0.00" else text


def _number(value: float | None) -> str:
    """Return three significant digits, the last zero included: 0.480 beside 0.404."""
    return (
        "n/a" if value is None else f"{value:#.3g}".removesuffix(".") if abs(value) < 1000 else f"{value:.0f}"
    )
