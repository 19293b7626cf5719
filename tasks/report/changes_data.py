"""What has moved since the last run, as the page and the terminal say it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from matsluice.tasks.changes.record import FILE_NAME, RunChanges
from matsluice.tasks.compare.run_comparison import score_sentences
from matsluice.tasks.report.json_record import read_record
from matsluice.tasks.report.names import model_title
from matsluice.tasks.report.number_text import counted, number, percent

if TYPE_CHECKING:
    from pathlib import Path


def read_changes(run_directory: Path) -> RunChanges | None:
    """Return what changes.json holds, or None where there is no such file: in a campaign's first run.

    Raises
    ------
    matsluice.infra.mistakes.InvalidInput
        The file is there and is not what `RunChanges.write` writes.
    """
    path = run_directory / FILE_NAME
    return read_record(RunChanges, path) if path.exists() else None


def change_sentences(changes: RunChanges) -> Iterator[str]:
    """Give the sentences that say what has moved, the most telling first."""
    if changes.nothing_moved:
        yield "Nothing has moved: the data, the models and the hits are those of the last run."
    else:
        yield _rows_sentence(changes)
    yield from _training_sentence(changes)
    learned = [one for one in changes.scores if one.difference is not None]
    if learned:
        yield from score_sentences(learned, changes.units)
    if changes.champion_before != changes.champion_now:
        before, now = model_title(changes.champion_before), model_title(changes.champion_now)
        yield f"The champion is now {now}; it was {before}."
    hits = changes.hits
    if hits is not None and (hits.new_count or hits.lost_count or hits.moved_count):
        yield (
            f"{counted(hits.new_count, 'new hit')}, {hits.lost_count:,} lost, {hits.kept:,} kept, "
            f"of these {hits.moved_count:,} with another rank."
        )
    yield from _prospective_sentence(changes)
    yield from _drift_sentence(changes)
    if changes.missed:
        verb = "was" if len(changes.missed) == 1 else "were"
        yield f"{counted(len(changes.missed), 'scheduled time')} {verb} missed before this run, which makes up for all."


def _rows_sentence(changes: RunChanges) -> str:
    rows = changes.rows
    elements = f", with elements new to the data: {', '.join(rows.new_elements)}" if rows.new_elements else ""
    return (
        f"{counted(rows.new, 'material')} came{elements}; {rows.gone:,} went; "
        f"{rows.relabelled:,} {'has' if rows.relabelled == 1 else 'have'} another label than before."
    )


def _training_sentence(changes: RunChanges) -> Iterator[str]:
    if not changes.fits:
        return
    if changes.fits == changes.fits_reused:
        yield "Nothing was trained: rows, models, seed and code are the same, so the last run's fits are taken over."
    elif changes.fits_reused:
        yield f"{changes.fits_reused:,} of {changes.fits:,} fits are taken over, their rows and models being the same."


def _prospective_sentence(changes: RunChanges) -> Iterator[str]:
    told = changes.prospective
    if told is None:
        return
    unit = f" {changes.target_unit}" if changes.target_unit else ""
    beyond = told.expected < told.low or told.expected > told.high
    against = "against" if beyond else "which agrees with"
    of_classes = told.metric == "log_loss"
    error, holders = ("log-loss", "sets") if of_classes else ("mean absolute error", "intervals")
    yield (
        f"On {counted(told.rows, 'row')} that came after it, the last champion ({model_title(told.model)}) has a "
        f"{error} of {number(told.error)}{unit} ({number(told.low)} to {number(told.high)}{unit}), "
        f"{against} {number(told.expected)}{unit} in cross-validation; its {holders} hold "
        f"{percent(told.coverage)} of them, {percent(told.asked)} being asked."
    )


def _drift_sentence(changes: RunChanges) -> Iterator[str]:
    inputs = changes.inputs
    if inputs.new_materials and inputs.reason:
        yield f"Drift of the inputs is not judged: {inputs.reason}."
    elif inputs.tested:
        yield (
            f"{inputs.drifted:,} of {counted(inputs.tested, 'feature')} of the new materials are distributed otherwise "
            "than those of the earlier ones."
        )
