"""Figures: functions of arrays that return a matplotlib figure, drawn without pyplot or any global state."""

from matsluice.tasks.evaluate.figures.bars import error_by_group, importance, stage_seconds
from matsluice.tasks.evaluate.figures.class_curves import calibration, precision_recall_curves, roc_curves
from matsluice.tasks.evaluate.figures.comparison import split_comparison
from matsluice.tasks.evaluate.figures.confusion import confusion
from matsluice.tasks.evaluate.figures.coverage import coverage_curves, width_against_error
from matsluice.tasks.evaluate.figures.distribution import prediction_histogram
from matsluice.tasks.evaluate.figures.hindsight import found_against
from matsluice.tasks.evaluate.figures.learning_curve import learning_curve
from matsluice.tasks.evaluate.figures.parity import parity, residuals
from matsluice.tasks.evaluate.figures.periodic_table import periodic_table
from matsluice.tasks.evaluate.figures.separability import separability_figure
from matsluice.tasks.evaluate.figures.style import DARK, LIGHT, Theme, png_bytes, save_png

__all__ = [
    "DARK",
    "LIGHT",
    "Theme",
    "calibration",
    "confusion",
    "coverage_curves",
    "error_by_group",
    "found_against",
    "importance",
    "learning_curve",
    "parity",
    "periodic_table",
    "png_bytes",
    "precision_recall_curves",
    "prediction_histogram",
    "residuals",
    "roc_curves",
    "save_png",
    "separability_figure",
    "split_comparison",
    "stage_seconds",
    "width_against_error",
]
