"""The champion: tested once on the hold-out, then fitted on every labelled row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from matsluice.infra.workspace.arrays import mapped_array, read_arrays
from matsluice.infra.workspace.atomic_files import written_whole
from matsluice.models.class_sets import ClassSets
from matsluice.models.saved.pickled import write_pickle
from matsluice.models.uncertainty.conformal_intervals import ConformalIntervals
from matsluice.models.uncertainty.interval_settings import USUAL, IntervalSettings
from matsluice.models.uncertainty.row_signs import RowSigns
from matsluice.tasks.evaluate.class_metrics import CLASS_METRICS
from matsluice.tasks.evaluate.coverage_record import coverage_record
from matsluice.tasks.evaluate.metrics import METRICS
from matsluice.tasks.evaluate.record import finite_or_none
from matsluice.tasks.features.plugins import PluginFile
from matsluice.tasks.predict.material_model import MaterialModel
from matsluice.tasks.split.folds import load_folds
from matsluice.tasks.train import training_rows
from matsluice.tasks.train.fitting import fitted, groups_of, predicted, task_of
from matsluice.tasks.train.known_rows import known_of_rows, learned_from

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sklearn.pipeline import Pipeline

    from matsluice.tasks.train.training_rows import TrainingRows


@dataclass(frozen=True, slots=True)
class FinalCall:
    """What to fit for good. `rows`, `folds`, `matrix`, `kind`, `parameters`, `seed`, `groups` as in a FoldCall.

    Attributes
    ----------
    predictions
        .npz file of `champion_predictions`, for intervals or sets.
    blocks, target, unit, confidence, intervals, plugins
        What the model carries with it.
    output
        File to write.
    """

    matrix: str
    rows: str
    folds: str
    kind: str
    seed: int
    output: str
    parameters: dict[str, Any] = field(default_factory=dict)
    predictions: str = ""
    blocks: dict[str, int] = field(default_factory=dict)
    target: str = ""
    unit: str = ""
    confidence: float = 0.9
    plugins: tuple[PluginFile, ...] = ()
    groups: str = ""
    intervals: IntervalSettings = USUAL

    @property
    def label(self) -> str:
        """What the run's log calls the call."""
        return Path(self.output).stem


def predict_holdout(call: FinalCall) -> str:
    """Fit on everything outside the hold-out, predict the hold-out, and return the file written (.npz)."""
    output = Path(call.output)
    if output.exists():
        return call.output
    X = mapped_array(call.matrix)
    rows = training_rows.load(Path(call.rows))
    kept = load_folds(call.folds).kept
    train, test = np.flatnonzero(~kept), np.flatnonzero(kept)
    model = _fitted(call, rows, X[rows.material[train]], train)
    said = predicted(model, X[rows.material[test]], len(rows.classes))
    known = known_of_rows(model, rows, X, train, test, said).arrays()
    with written_whole(output) as temporary, temporary.open("wb") as file:
        np.savez(file, row=test, y_true=np.asarray(rows.y[test]), **said, **known)  # type: ignore[arg-type]  # no array is called allow_pickle
    return call.output


def _fitted(
    call: FinalCall, rows: TrainingRows, X: NDArray[np.float64], learned: NDArray[np.int64]
) -> Pipeline:
    y, groups = np.asarray(rows.y[learned]), groups_of(call.groups, learned)
    return fitted(call.kind, call.parameters, call.seed, X, y, task=task_of(rows), groups=groups)


def holdout_record(
    holdout: Path,
    cross_validated: Path,
    confidence: float,
    settings: IntervalSettings = USUAL,
) -> dict[str, Any]:
    """Return metrics, rows and reached coverage (of intervals, or of sets of classes) of the predicted hold-out.

    Parameters
    ----------
    holdout
        A file of `predict_holdout`.
    cross_validated
        The predictions whose errors the intervals are made from.
    confidence
        Level of the intervals.
    settings
        How intervals or sets are made.
    """
    test, seen = read_arrays(holdout), read_arrays(cross_validated)
    signs, y_true = RowSigns.of(test), test["y_true"]
    if "probability" in test:
        said, metrics = test["probability"], CLASS_METRICS
        sets = class_sets(seen, settings)
        level = sets.level(y_true, said, signs)
        inside = sets.holds(said, confidence, signs)
        held = inside[np.arange(len(y_true)), y_true]
        size: dict[str, float | None] = {
            "set_size": float(inside.sum(axis=1).mean()),
            "empty_sets": float(np.mean(~inside.any(axis=1))),
        }
    else:
        said, metrics = signs.prediction, METRICS
        made = conformal_intervals(seen, settings)
        level = made.level(y_true, signs)
        lower, upper = made.interval(signs, confidence)
        held = (lower <= y_true) & (y_true <= upper)
        size = {"median_width": finite_or_none(float(np.median(upper - lower)))}
    return {
        "metrics": {name: finite_or_none(spec.compute(y_true, said)) for name, spec in metrics.items()},
        "rows": len(y_true),
        "coverage": float(held.mean()),
        "coverage_at": coverage_record(level),
        **size,
    }


def conformal_intervals(seen: Mapping[str, NDArray[Any]], settings: IntervalSettings) -> ConformalIntervals:
    """Return what intervals are made from, of the arrays in a file of `champion_predictions`."""
    return ConformalIntervals.learned(seen["y_true"], RowSigns.of(seen), seen["fold"], settings)


def class_sets(seen: Mapping[str, NDArray[Any]], settings: IntervalSettings) -> ClassSets:
    """Return what sets of classes are made from, likewise."""
    return ClassSets.of(seen["y_true"], seen["probability"], RowSigns.of(seen), settings.per)


def fit_final(call: FinalCall) -> str:
    """Fit on every labelled row, hold-out included, and return the file of the `MaterialModel` (a pickle)."""
    output = Path(call.output)
    if output.exists():
        return call.output
    X = mapped_array(call.matrix)
    rows = training_rows.load(Path(call.rows))
    pipeline = _fitted(call, rows, X[rows.material], np.arange(len(rows.y)))
    seen = read_arrays(call.predictions)
    classes = tuple(rows.classes.tolist())
    known = learned_from(rows, X, np.arange(len(rows.y)))
    measured = rows.classes[rows.y.astype(np.int64)] if classes else np.asarray(rows.y)
    model = MaterialModel(
        pipeline=pipeline,
        blocks=call.blocks,
        target=call.target,
        unit=call.unit,
        learned_from=known.named(X[rows.material], np.asarray(rows.formulas), measured),
        intervals=None if classes else conformal_intervals(seen, call.intervals),
        confidence=call.confidence,
        plugins=call.plugins,
        classes=classes,
        sets=class_sets(seen, call.intervals) if classes else None,
    )
    with written_whole(output) as temporary:
        write_pickle(model, temporary)
    return call.output
