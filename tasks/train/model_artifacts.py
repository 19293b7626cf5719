"""What is kept of one model under one split beside its numbers: predictions, figures, importances."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from matsluice.infra.workspace.arrays import read_arrays
from matsluice.infra.workspace.atomic_files import written_whole
from matsluice.models.uncertainty.interval_settings import USUAL, IntervalSettings
from matsluice.tasks.train import training_rows
from matsluice.tasks.train.cross_validation import (
    CrossValidation,
    gather_folds,
    gather_signs,
    prediction_table,
)

if TYPE_CHECKING:
    import pyarrow as pa
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

# Matplotlib is not made for several threads, and a worker may run several calls at once.
_drawing = threading.Lock()


@dataclass(frozen=True, slots=True)
class ArtifactCall:
    """Which folds, and where their artifacts go: paths and names only.

    Attributes
    ----------
    outputs
        Files of the folds, in order.
    rows
        Folder of the training rows.
    model, target, unit, split, confidence
        What the predictions are.
    columns
        Full names of the features.
    folder
        Where to write.
    intervals
        How intervals or sets are made.
    """

    outputs: tuple[str, ...]
    rows: str
    model: str
    target: str
    unit: str
    split: str
    confidence: float
    columns: tuple[str, ...]
    folder: str
    intervals: IntervalSettings = USUAL

    @property
    def label(self) -> str:
        """What the run's log calls the call."""
        return f"{self.split}/{self.model}/artifacts"


def write_artifacts(call: ArtifactCall) -> tuple[str, ...]:
    """Write predictions, importances where the model has them, and figures.

    Of numbers those are parity and residuals; of classes the confusion matrix, the curves and the calibration.

    Returns
    -------
    The paths; cv_predictions.parquet is the first.
    """
    import pandas as pd

    from matsluice.tasks.evaluate.figures import importance

    rows = training_rows.load(Path(call.rows))
    result = gather_folds(call.outputs, rows, call.confidence, call.intervals)
    folder = Path(call.folder)
    table = folder / "cv_predictions.parquet"
    with written_whole(table) as temporary:
        prediction_table(result, rows, call.target, call.model, call.split).to_parquet(temporary, index=False)
    written = [table]
    if len(result.importance):
        shares = pd.DataFrame({"column": call.columns, "importance": result.importance})
        path = folder / "importance.csv"
        with written_whole(path) as temporary:
            shares.sort_values("importance", ascending=False, kind="stable").to_csv(temporary, index=False)
        written.append(path)
    with _drawing:
        classes = [str(name) for name in rows.classes]
        figures = _figures_of_classes(call, result, classes) if classes else _figures_of_values(call, result)
        if len(result.importance):
            figures["importance.png"] = importance(call.columns, result.importance.tolist())
        written += [_save(figure, folder / name) for name, figure in figures.items()]
    return tuple(str(path) for path in written)


def _figures_of_values(call: ArtifactCall, result: CrossValidation) -> dict[str, Figure]:
    from matsluice.tasks.evaluate.figures import parity, residuals

    return {
        "parity.png": parity(result.y_true, result.y_pred, call.target, call.unit),
        "residuals.png": residuals(result.y_true, result.y_pred, call.target, call.unit),
    }


def _figures_of_classes(
    call: ArtifactCall, result: CrossValidation, classes: Sequence[str]
) -> dict[str, Figure]:
    from matsluice.tasks.evaluate import figures

    return {
        "confusion.png": figures.confusion(result.y_true, result.y_pred, classes, call.target),
        "roc.png": figures.roc_curves(result.y_true, result.probability, classes),
        "precision_recall.png": figures.precision_recall_curves(result.y_true, result.probability, classes),
        "calibration.png": figures.calibration(result.y_true, result.probability, classes),
    }


def artifact_paths(folder: Path) -> tuple[Path, ...]:
    """Return what `write_artifacts` has written into a folder, in an order that is always the same."""
    named = (folder / "cv_predictions.parquet", folder / "importance.csv", *sorted(folder.glob("*.png")))
    return tuple(path for path in named if path.exists())


def _save(figure: Figure, path: Path) -> Path:
    from matsluice.tasks.evaluate.figures import save_png

    with written_whole(path) as temporary:
        save_png(figure, temporary)
    return path


def predicted_levels(folder: Path) -> NDArray[np.float64]:
    """Return the column `level` (rows,) of the predictions that `write_artifacts` has written into a folder."""
    import pyarrow.parquet as pq

    column = pq.read_table(folder / "cv_predictions.parquet", columns=["level"])["level"]
    return np.asarray(column.to_numpy(), dtype=np.float64)


def concatenate_tables(tables: Sequence[Path], output: Path) -> None:
    """Write the prediction tables one below the other, as cv_predictions.parquet of the run.

    A column that only some have is empty in the others. Where a campaign learns both numbers and classes, y_true and
    y_pred are texts, numbers written with every digit that tells them apart.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    read = [pq.read_table(path) for path in tables]
    for name in ("y_true", "y_pred"):
        if len({table.schema.field(name).type for table in read}) > 1:
            read = [_as_text(table, name) for table in read]
    with written_whole(output) as temporary:
        pq.write_table(pa.concat_tables(read, promote_options="default"), temporary)


def _as_text(table: pa.Table, name: str) -> pa.Table:
    import pyarrow as pa

    texts = [one if isinstance(one, str) or one is None else repr(one) for one in table[name].to_pylist()]
    return table.set_column(table.column_names.index(name), name, pa.array(texts, pa.string()))


def champion_predictions(outputs: Sequence[str], rows_folder: Path, output: Path) -> None:
    """Write what was measured and what cross-validation said, from which intervals or sets are made.

    That is `y_true`, `fold` and the arrays of `RowSigns`, and of classes `probability`, in the folds' order.
    """
    rows = training_rows.load(rows_folder)
    parts = [read_arrays(path) for path in outputs]
    row = np.concatenate([part["row"] for part in parts])
    given = gather_signs(parts, np.arange(len(row))).arrays()
    given["fold"] = np.concatenate([np.full(len(part["row"]), number) for number, part in enumerate(parts)])
    if len(rows.classes):
        given["probability"] = np.concatenate([part["probability"] for part in parts])
    with written_whole(output) as temporary, temporary.open("wb") as file:
        np.savez(file, y_true=np.asarray(rows.y[row]), **given)  # type: ignore[arg-type]  # no array is called allow_pickle
