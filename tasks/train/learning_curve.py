"""How a model's error falls with the rows it learns from: the file learning_curve.json."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from matsluice.infra.workspace.arrays import read_arrays
from matsluice.infra.workspace.atomic_files import written_whole
from matsluice.tasks.evaluate.class_metrics import CLASS_METRICS
from matsluice.tasks.evaluate.metrics import METRICS
from matsluice.tasks.evaluate.record import finite_or_none
from matsluice.tasks.train import training_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

FILE_NAME = "learning_curve.json"
# Shares of the groups outside each fold; the whole of them is cross-validation itself. Each is twice the one before.
SHARES = (0.125, 0.25, 0.5)


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """The error where a share of the rows is learned from.

    Attributes
    ----------
    share
        Of the groups outside the fold.
    rows
        Rows learned from, the mean over the folds.
    folds
        The error in each fold; None where it is not defined.
    """

    share: float
    rows: float
    folds: tuple[float | None, ...]

    @property
    def mean(self) -> float:
        """Over the folds; NaN where one has no error."""
        return float(np.mean([math.nan if value is None else value for value in self.folds]))


@dataclass(frozen=True, slots=True)
class LearningCurve:
    """One model under one split.

    Attributes
    ----------
    metric
        "mae", in the target's unit, or of classes "log_loss".
    points
        The fewest rows first.
    refused
        Why the model could not learn from some share, in a sentence each.
    """

    model: str
    target: str
    split: str
    metric: str
    points: tuple[CurvePoint, ...]
    refused: tuple[str, ...] = ()

    def write(self, run_directory: Path) -> Path:
        """Write the curve into the run's folder."""
        import json
        from dataclasses import asdict

        path = run_directory / FILE_NAME
        with written_whole(path) as temporary:
            temporary.write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")
        return path


def curve_point(outputs: Sequence[str], rows_folder: Path, share: float, metric: str) -> CurvePoint:
    """Return the point that the files of all folds make.

    Parameters
    ----------
    outputs
        One file of `fit_fold` a fold.
    rows_folder
        Folder of the training rows.
    share, metric
        What was learned from, and what is asked.
    """
    y = training_rows.load(rows_folder).y
    errors: list[float | None] = []
    learned = []
    for output in outputs:
        part = read_arrays(output)
        errors.append(finite_or_none(_error(metric, np.asarray(y[part["row"]]), part)))
        learned.append(int(part["learned"]))
    return CurvePoint(share, float(np.mean(learned)), tuple(errors))


def _error(metric: str, y_true: NDArray[Any], part: Any) -> float:
    if metric in METRICS:
        return METRICS[metric].compute(y_true, part["y_pred"])
    return CLASS_METRICS[metric].compute(y_true, part["probability"])


def exponent(points: Sequence[CurvePoint]) -> float | None:
    """Return b of error ∝ n^−b, by least squares of the logarithms; None for fewer than three points with an error.

    Power laws describe learning curves of materials models over the range that was measured (Zhang & Ling 2018,
    doi:10.1038/s41524-018-0081-z); nothing says that they go on.

    Examples
    --------
    >>> points = [CurvePoint(s, 1000 * s, (2.0 * (1000 * s) ** -0.25,)) for s in (0.25, 0.5, 1.0)]
    >>> round(exponent(points), 6)
    0.25
    """
    known = [point for point in points if math.isfinite(point.mean) and point.mean > 0]
    if len(known) < 3:
        return None
    slope = np.polyfit(np.log([point.rows for point in known]), np.log([point.mean for point in known]), 1)[0]
    return -float(slope)
