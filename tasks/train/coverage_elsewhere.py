"""How far the champion's intervals, made under the split that decides, hold under the other splits."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from matsluice.infra.workspace.arrays import read_arrays
from matsluice.infra.workspace.atomic_files import write_json
from matsluice.models.uncertainty.interval_settings import IntervalSettings
from matsluice.tasks.evaluate.coverage_record import coverage_curve, coverage_record
from matsluice.tasks.evaluate.intervals import Validated, intervals_elsewhere
from matsluice.tasks.evaluate.record import finite_or_none
from matsluice.tasks.train import training_rows
from matsluice.tasks.train.cross_validation import gather_signs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matsluice.tasks.train.training_rows import TrainingRows


@dataclass(frozen=True, slots=True)
class CoverageCall:
    """The champion's folds under every split: paths and names only.

    Attributes
    ----------
    rows
        Folder of the training rows.
    outputs
        Split → files of its folds.
    split
        The one that intervals are made from.
    intervals, confidence
        How, and at which level widths are told.
    output
        JSON file to write.
    """

    rows: str
    outputs: dict[str, tuple[str, ...]]
    split: str
    intervals: IntervalSettings
    confidence: float
    output: str

    @property
    def label(self) -> str:
        """What the run's log calls the call."""
        return Path(self.output).stem


def cover_elsewhere(call: CoverageCall) -> str:
    """Write, for every split, its rows, the coverage reached at each level, the typical width, and the whole curve."""
    rows = training_rows.load(Path(call.rows))
    of_split = {split: _validated(files, rows) for split, files in call.outputs.items()}
    record = {}
    for split, asked in of_split.items():
        level, width = intervals_elsewhere(of_split[call.split], asked, call.confidence, call.intervals)
        middle = np.mean(width) if len(rows.classes) else np.median(width)
        record[split] = {
            "rows": len(level),
            "coverage": coverage_record(level),
            "width": finite_or_none(float(middle)),
            "curve": coverage_curve(level),
        }
    write_json(Path(call.output), record)
    return call.output


def _validated(files: Sequence[str], rows: TrainingRows) -> Validated:
    parts = [read_arrays(path) for path in files]
    row = np.concatenate([part["row"] for part in parts])
    return Validated(
        y_true=np.asarray(rows.y[row]),
        signs=gather_signs(parts, np.arange(len(row))),
        fold=np.concatenate([np.full(len(part["row"]), number) for number, part in enumerate(parts)]),
        row=row,
        probability=np.concatenate(
            [part["probability"] if len(rows.classes) else np.empty((len(part["row"]), 0)) for part in parts]
        ),
    )
