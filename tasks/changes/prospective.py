"""The truest test of a model: rows that did not exist when it was made."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from matsluice.infra.seeds import derive_seed
from matsluice.infra.workspace.arrays import mapped_array, read_array
from matsluice.infra.workspace.atomic_files import write_json
from matsluice.models.saved.pickled import read_pickle
from matsluice.tasks.evaluate.class_metrics import LEAST_PROBABILITY
from matsluice.tasks.train import training_rows
from matsluice.tasks.train.known_rows import elements_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from matsluice.tasks.predict.predictions import ClassPredictions, Predictions

RESAMPLINGS = 2000
MOST_RESAMPLED = 5000  # materials; beyond, the mean is normal to any digit that is shown
FEWEST_ROWS = 5


@dataclass(frozen=True, slots=True)
class ProspectiveCall:
    """Which rows an earlier champion is to predict: paths and names only.

    Attributes
    ----------
    model
        File of the earlier run's `MaterialModel` (a pickle of ours).
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
    output = Path(call.output)
    if output.exists():
        return call.output
    model = read_pickle(Path(call.model))
    X = mapped_array(call.matrix)
    rows = training_rows.load(Path(call.rows))
    chosen = np.flatnonzero(read_array(call.new)[rows.material])
    record: dict[str, Any] = {"rows": len(chosen)}
    if len(chosen) >= FEWEST_ROWS:
        y: NDArray[Any] = np.asarray(rows.y[chosen])
        classes = rows.classes[y].tolist() if len(rows.classes) else None
        said = model.predict_features(np.asarray(X[rows.material[chosen]]), elements_of(rows, chosen))
        errors, held = _of_values(said, y) if classes is None else _of_classes(said, classes)
        low, high = mean_interval(errors, np.asarray(rows.material[chosen]))
        record |= {
            "metric": "mae" if classes is None else "log_loss",
            "error": float(errors.mean()),
            "low": low,
            "high": high,
            "coverage": float(held.mean()),
            "asked": float(model.confidence),
        }
    write_json(output, record)
    return call.output


def _of_values(said: Predictions, y: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the absolute error of each row, and whether its interval holds the value, (n,)."""
    return np.abs(y - said.value), (said.lower <= y) & (y <= said.upper)


def _of_classes(
    said: ClassPredictions, classes: Sequence[str]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return −ln p(true class) of each row, and whether its set holds that class, (n,).

    A class that the model has never seen has no probability and is in no set.
    """
    place = {name: number for number, name in enumerate(said.classes)}
    truth = np.array([place.get(name, -1) for name in classes])
    rows = np.arange(len(truth))
    probability = np.where(truth >= 0, said.probability[rows, truth], 0.0)
    surprise = -np.log(np.clip(probability, LEAST_PROBABILITY, 1.0))
    return surprise, (truth >= 0) & said.inside[rows, truth]


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
