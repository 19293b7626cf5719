"""Which figures a run has, each from the part of the data it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matsluice.tasks.evaluate import figures
from matsluice.tasks.report.drawings import Picture, picture
from matsluice.tasks.report.error_groups import (
    FEWEST_ROWS,
    GroupErrors,
    error_by_distance,
    error_by_element,
    error_by_element_count,
    error_by_target,
)
from matsluice.tasks.report.names import metric_title, model_title, quantity
from matsluice.tasks.report.number_text import number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matsluice.tasks.report.contents import Contents
    from matsluice.tasks.report.report_data import ReportData
    from matsluice.tasks.report.run_summary import ModelScores
    from matsluice.tasks.report.run_tables import Predictions

# Elements in the chart of the worst; the periodic table shows all of them.
WORST_ELEMENTS = 10


def split_picture(data: ReportData, target: str, shown: Sequence[str]) -> Picture | None:
    """Return the error of every model under the splits that are shown; None where there are fewer than two."""
    deciding = data.deciding(target)
    rows = [row for row in data.summary.models if row.target == target and deciding in row.metrics]
    splits = [split for split in dict.fromkeys(row.split for row in rows) if split in shown]
    if len(splits) < 2:
        return None
    kinds = sorted(dict.fromkeys(row.model for row in rows), key=lambda kind: _worst(rows, kind, deciding))
    scores = {split: [_score(rows, kind, split, deciding) for kind in kinds] for split in splits}
    label = metric_title(deciding, data.unit(target))
    names = [model_title(kind, deciding) for kind in kinds]
    return picture(
        lambda theme: figures.split_comparison(names, scores, label, theme=theme),
        f"{label} of {len(kinds)} models under the splits {', '.join(splits)}; the table has the numbers.",
    )


def champion_pictures(
    data: ReportData, predictions: Predictions, held: Contents | None
) -> dict[str, Picture]:
    """Return the figures of where the champion fails, by name."""
    champion = data.champion
    if champion is None or not np.isfinite(predictions.absolute_error).any():
        return {}
    name, unit = quantity(champion.target), data.unit(champion.target)
    drawn = (
        _of_classes(predictions, name) if predictions.classes else _of_values(data, predictions, name, unit)
    )
    overall = float(np.nanmean(predictions.absolute_error))
    label = "share called wrongly" if predictions.classes else metric_title("mae", unit)
    groups = []
    if not predictions.classes:
        measured = f"measured {name}" + (f" ({unit})" if unit else "")
        groups.append(("by_target", error_by_target(predictions), measured))
    if held is not None:
        groups.append(("by_element_count", error_by_element_count(predictions, held), "elements"))
        worst = error_by_element(predictions, held, fewest_rows_of_element(len(predictions.ids)))
        groups.append(("by_element", _first(worst, WORST_ELEMENTS), "element in the material"))
    groups.append(("by_distance", error_by_distance(predictions), "distance to the training rows"))
    for key, errors, of in groups:
        if errors:
            drawn[key] = _group_picture(errors, overall, (label, of))
    if held is not None:
        by_element = error_by_element(predictions, held, FEWEST_ROWS)
        if by_element:
            values = dict(zip(by_element.groups, by_element.errors, strict=True))
            drawn["periodic_table"] = picture(
                lambda theme: figures.periodic_table(values, label, theme=theme),
                f"Periodic table coloured by {label} over the rows that hold each element; worst: "
                f"{', '.join(by_element.groups[:5])}.",
            )
    return drawn


def _of_values(data: ReportData, predictions: Predictions, name: str, unit: str) -> dict[str, Picture]:
    truth, predicted = predictions.y_true, predictions.y_pred
    assert data.champion is not None
    window = _window(data, data.champion.target)
    return {
        "parity": picture(
            lambda theme: figures.parity(truth, predicted, name, unit, theme=theme, window=window),
            f"Predicted against measured {name} for {len(truth)} rows, with the line of equality.",
        ),
        "residuals": picture(
            lambda theme: figures.residuals(truth, predicted, name, unit, theme=theme),
            f"Predicted minus measured {name} against the prediction, with its median and middle 80 %.",
        ),
    }


def _of_classes(predictions: Predictions, name: str) -> dict[str, Picture]:
    truth, said = (values.astype(np.int64) for values in (predictions.y_true, predictions.y_pred))
    given, classes = predictions.probability, predictions.classes
    return {
        "confusion": picture(
            lambda theme: figures.confusion(truth, said, classes, name, theme=theme),
            f"Predicted against measured {name} of {len(truth)} rows, counted by pairs of classes.",
        ),
        "calibration": picture(
            lambda theme: figures.calibration(truth, given, classes, theme=theme),
            "Share of rows that are of a class against the probability they were given of it, in ten bins.",
        ),
        "roc": picture(
            lambda theme: figures.roc_curves(truth, given, classes, theme=theme),
            "Receiver operating characteristic: rows of a class found against others taken for it.",
        ),
        "precision_recall": picture(
            lambda theme: figures.precision_recall_curves(truth, given, classes, theme=theme),
            "Precision against recall of a class at every threshold of its probability.",
        ),
    }


def histogram_picture(data: ReportData) -> Picture | None:
    """Return the histogram of the candidates' predictions; None where nothing was screened."""
    screen, objective = data.facts.screen, data.facts.objective
    if screen is None or not screen.counts or len(screen.edges) != len(screen.counts) + 1:
        return None
    target = objective.target if objective is not None else ""
    window = (objective.at_least, objective.at_most) if objective is not None else (None, None)
    edges, counts = np.array(screen.edges), np.array(screen.counts)
    inside = None if screen.counts_in_domain is None else np.array(screen.counts_in_domain)
    name, unit = quantity(target) or "value", data.unit(target)
    if objective is not None and objective.wanted_class:
        name, unit = f"probability of {name} = {objective.wanted_class}", ""
    return picture(
        lambda theme: figures.prediction_histogram(
            edges, counts, window, name, unit, in_domain=inside, theme=theme
        ),
        f"Histogram of the predicted {name} of {int(counts.sum())} candidates with the range shaded.",
    )


def fewest_rows_of_element(rows: int) -> int:
    """Return how many rows must hold an element before it is called badly predicted: 1 %, 10 to 50.

    >>> fewest_rows_of_element(100), fewest_rows_of_element(3100), fewest_rows_of_element(10**6)
    (10, 31, 50)
    """
    return min(max(FEWEST_ROWS, rows // 100), 50)


def _group_picture(errors: GroupErrors, overall: float, labels: tuple[str, str]) -> Picture:
    pairs = zip(errors.groups, errors.errors, strict=True)
    return picture(
        lambda theme: figures.error_by_group(
            errors.groups, errors.errors, errors.counts, overall, labels, theme=theme
        ),
        f"{labels[0]} by {labels[1]}: " + ", ".join(f"{name}: {number(error)}" for name, error in pairs),
    )


def _first(errors: GroupErrors, most: int) -> GroupErrors:
    return GroupErrors(errors.groups[:most], errors.errors[:most], errors.counts[:most])


def _score(rows: Sequence[ModelScores], kind: str, split: str, metric: str) -> tuple[float, float]:
    found = (row.metrics[metric] for row in rows if (row.model, row.split) == (kind, split))
    return next(((score.mean, score.std) for score in found), (float("nan"), float("nan")))


def _worst(rows: Sequence[ModelScores], kind: str, metric: str) -> float:
    means = [row.metrics[metric].mean for row in rows if row.model == kind]
    return max((mean for mean in means if np.isfinite(mean)), default=float("inf"))


def _window(data: ReportData, target: str) -> tuple[float | None, float | None] | None:
    objective = data.facts.objective
    if objective is None or objective.target != target:
        return None
    window = (objective.at_least, objective.at_most)
    return None if window == (None, None) else window
