"""The champion: tested once on the hold-out, then fitted on every labelled row."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from matsluice.infra.workspace.atomic_files import written_whole
from matsluice.models.applicability_domain import ApplicabilityDomain
from matsluice.models.class_sets import ClassSets
from matsluice.models.residual_distribution import ResidualDistribution
from matsluice.tasks.evaluate.class_metrics import CLASS_METRICS
from matsluice.tasks.evaluate.metrics import METRICS
from matsluice.tasks.evaluate.record import finite_or_none
from matsluice.tasks.features.plugins import PluginFile
from matsluice.tasks.predict.material_model import MaterialModel
from matsluice.tasks.split.folds import load_folds
from matsluice.tasks.train import training_rows
from matsluice.tasks.train.fitting import fitted, groups_of, predicted, task_of

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
        .npz file with `y_true` and `y_pred` (of classes `probability`) of cross-validation, for intervals or sets.
    blocks, target, unit, confidence, plugins
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

    @property
    def label(self) -> str:
        """What the run's log calls the call."""
        return Path(self.output).stem


def predict_holdout(call: FinalCall) -> str:
    """Fit on everything outside the hold-out, predict the hold-out, and return the file written (.npz)."""
    output = Path(call.output)
    if output.exists():
        return call.output
    X = np.load(call.matrix, mmap_mode="r")
    rows = training_rows.load(Path(call.rows))
    kept = load_folds(call.folds).kept
    train, test = np.flatnonzero(~kept), np.flatnonzero(kept)
    model = _fitted(call, rows, X[rows.material[train]], train)
    said = predicted(model, X[rows.material[test]], len(rows.classes))
    with written_whole(output) as temporary, temporary.open("wb") as file:
        np.savez(file, row=test, y_true=np.asarray(rows.y[test]), **said)  # type: ignore[arg-type]  # no array is called allow_pickle
    return call.output


def _fitted(
    call: FinalCall, rows: TrainingRows, X: NDArray[np.float64], learned: NDArray[np.int64]
) -> Pipeline:
    y, groups = np.asarray(rows.y[learned]), groups_of(call.groups, learned)
    return fitted(call.kind, call.parameters, call.seed, X, y, task=task_of(rows), groups=groups)


def holdout_record(holdout: Path, cross_validated: Path, confidence: float) -> dict[str, Any]:
    """Return metrics, rows and reached coverage (of intervals, or of sets of classes) of the predicted hold-out.

    Parameters
    ----------
    holdout
        A file of `predict_holdout`.
    cross_validated
        The predictions whose errors the intervals are made from.
    confidence
        Level of the intervals.
    """
    test, seen = np.load(holdout), np.load(cross_validated)
    if "probability" in test:
        return _class_record(
            test["y_true"], test["probability"], ClassSets.of(seen["y_true"], seen["probability"]), confidence
        )
    half_width = ResidualDistribution.of(seen["y_true"], seen["y_pred"]).half_width(confidence)
    inside = np.abs(test["y_true"] - test["y_pred"]) <= half_width
    return {
        "metrics": {
            name: finite_or_none(spec.compute(test["y_true"], test["y_pred"]))
            for name, spec in METRICS.items()
        },
        "rows": len(inside),
        "coverage": float(inside.mean()),
    }


def _class_record(
    y_true: NDArray[np.int64], probability: NDArray[np.float64], sets: ClassSets, confidence: float
) -> dict[str, Any]:
    inside = sets.holds(probability, confidence)
    return {
        "metrics": {
            name: finite_or_none(spec.compute(y_true, probability)) for name, spec in CLASS_METRICS.items()
        },
        "rows": len(y_true),
        "coverage": float(inside[np.arange(len(y_true)), y_true].mean()),
        "set_size": float(inside.sum(axis=1).mean()),
    }


def fit_final(call: FinalCall) -> str:
    """Fit on every labelled row, hold-out included, and return the file of the `MaterialModel` (joblib)."""
    import joblib

    output = Path(call.output)
    if output.exists():
        return call.output
    X = np.load(call.matrix, mmap_mode="r")
    rows = training_rows.load(Path(call.rows))
    X_all = X[rows.material]
    pipeline = _fitted(call, rows, X_all, np.arange(len(rows.y)))
    seen = np.load(call.predictions)
    classes = tuple(rows.classes.tolist())
    model = MaterialModel(
        pipeline=pipeline,
        blocks=call.blocks,
        target=call.target,
        unit=call.unit,
        domain=ApplicabilityDomain.fit(X_all),
        residuals=None if classes else ResidualDistribution.of(seen["y_true"], seen["y_pred"]),
        confidence=call.confidence,
        plugins=call.plugins,
        classes=classes,
        sets=ClassSets.of(seen["y_true"], seen["probability"]) if classes else None,
    )
    with written_whole(output) as temporary:
        joblib.dump(model, temporary, compress=0)
    return call.output
