"""The truest test of a model: rows that did not exist when it was made."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from matsluice.infra.seeds import derive_seed
from matsluice.infra.workspace.atomic_files import write_json
from matsluice.tasks.train import training_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

RESAMPLINGS = 2000
MOST_RESAMPLED = 5000  # materials; beyond, the mean is normal to any digit that is shown
FEWEST_ROWS = 5


@dataclass(frozen=True, slots=True)
class ProspectiveCall:
    """Which rows an earlier champion is to predict: paths and names only.

    Attributes
    ----------
    model
        File of the earlier run's `MaterialModel` (joblib).
    matrix, rows
        Features and training rows of this run.
    new
        .npy file: for each material of this run whether it came since.
    output
        JSON file to write.
    """

    model: str
    matrix: str
    rows: str
    new: str
    output: str


def predict_new_rows(call: ProspectiveCall) -> str:
    """Predict the rows of new materials by the earlier model, and return the file with its errors."""
    import joblib

    output = Path(call.output)
    if output.exists():
        return call.output
    model = joblib.load(call.model)
    X = np.load(call.matrix, mmap_mode="r")
    rows = training_rows.load(Path(call.rows))
    chosen = np.flatnonzero(np.load(call.new)[rows.material])
    record: dict[str, Any] = {"rows": len(chosen)}
    if len(chosen) >= FEWEST_ROWS:
        y = np.asarray(rows.y[chosen])
        y_pred = np.asarray(model.pipeline.predict(X[rows.material[chosen]]), dtype=np.float64)
        errors = np.abs(y - y_pred)
        half_width = model.residuals.half_width(model.confidence)
        low, high = mean_interval(errors, np.asarray(rows.material[chosen]))
        record |= {
            "mae": float(errors.mean()),
            "low": low,
            "high": high,
            "coverage": float((errors <= half_width).mean()),
            "asked": float(model.confidence),
        }
    write_json(output, record)
    return call.output


def mean_interval(errors: NDArray[np.float64], materials: NDArray[np.int64]) -> tuple[float, float]:
    """Return the 95 % interval of the mean error, by drawing materials (and all rows of each) with replacement.

    Parameters
    ----------
    errors, materials
        Error and material of each row, (n,).
    """
    _, which = np.unique(materials, return_inverse=True)
    sums, counts = np.bincount(which, errors), np.bincount(which)
    if len(sums) > MOST_RESAMPLED:
        mean = sums.sum() / counts.sum()
        error = float(np.sqrt(((sums - mean * counts) ** 2).sum()) / counts.sum())
        return float(mean - 1.96 * error), float(mean + 1.96 * error)
    random = np.random.default_rng(derive_seed(0, "prospective", len(errors)))
    drawn = random.integers(0, len(sums), (RESAMPLINGS, len(sums)))
    means = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)
