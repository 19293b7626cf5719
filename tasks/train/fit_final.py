"""The champion: tested once on the hold-out, then fitted on every labelled row."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from matsluice.infra.workspace.atomic_files import written_whole
from matsluice.models.applicability_domain import ApplicabilityDomain
from matsluice.models.catalogue import make_model
from matsluice.models.residual_distribution import ResidualDistribution
from matsluice.tasks.evaluate.metrics import METRICS
from matsluice.tasks.evaluate.record import finite_or_none
from matsluice.tasks.features.plugins import PluginFile
from matsluice.tasks.predict.material_model import MaterialModel
from matsluice.tasks.split.divide import HOLDOUT
from matsluice.tasks.train import training_rows


@dataclass(frozen=True, slots=True)
class FinalCall:
    """What to fit for good. `rows`, `folds`, `matrix`, `kind`, `parameters`, `seed` as in a FoldCall.

    Attributes
    ----------
    predictions
        .npz file with `y_true` and `y_pred` of cross-validation, for intervals.
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
    fold = np.load(call.folds)
    train, test = np.flatnonzero(fold != HOLDOUT), np.flatnonzero(fold == HOLDOUT)
    model = make_model(call.kind, call.parameters, call.seed)
    model.fit(X[rows.material[train]], np.asarray(rows.y[train]))
    y_pred = np.asarray(model.predict(X[rows.material[test]]), dtype=np.float64)
    with written_whole(output) as temporary, temporary.open("wb") as file:
        np.savez(file, row=test, y_true=np.asarray(rows.y[test]), y_pred=y_pred)
    return call.output


def holdout_record(holdout: Path, cross_validated: Path, confidence: float) -> dict[str, Any]:
    """Return metrics, rows and reached coverage of the predicted hold-out.

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


def fit_final(call: FinalCall) -> str:
    """Fit on every labelled row, hold-out included, and return the file of the `MaterialModel` (joblib)."""
    import joblib

    output = Path(call.output)
    if output.exists():
        return call.output
    X = np.load(call.matrix, mmap_mode="r")
    rows = training_rows.load(Path(call.rows))
    X_all = X[rows.material]
    pipeline = make_model(call.kind, call.parameters, call.seed).fit(X_all, np.asarray(rows.y))
    seen = np.load(call.predictions)
    model = MaterialModel(
        pipeline=pipeline,
        blocks=call.blocks,
        target=call.target,
        unit=call.unit,
        domain=ApplicabilityDomain.fit(X_all),
        residuals=ResidualDistribution.of(seen["y_true"], seen["y_pred"]),
        confidence=call.confidence,
        plugins=call.plugins,
    )
    with written_whole(output) as temporary:
        joblib.dump(model, temporary, compress=0)
    return call.output
