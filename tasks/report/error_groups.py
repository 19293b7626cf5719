"""Where a model fails: its error by range of the target, by elements, by domain, and row by row."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import floor, log10
from typing import TYPE_CHECKING

import numpy as np

from matsluice.tasks.report.number_text import number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.tasks.report.contents import Contents
    from matsluice.tasks.report.run_tables import Predictions

# About this many ranges of the target are looked at.
RANGES = 12
# A mean error over fewer rows is an anecdote.
FEWEST_ROWS = 10
DISTANCE_PARTS = 5


@dataclass(frozen=True, slots=True)
class GroupErrors:
    """Mean absolute error and number of rows per group, in the order they are shown."""

    groups: tuple[str, ...]
    errors: tuple[float, ...]
    counts: tuple[int, ...]

    def __bool__(self) -> bool:
        return bool(self.groups)


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many values the intervals of one split hold, and how wide they are in the target's unit.

    Of classes, how many true ones their sets hold; `median_width` then is the mean number of classes in a set.
    """

    split: str
    rows: int
    share: float
    median_width: float


@dataclass(frozen=True, slots=True)
class RowError:
    """One row that was predicted badly."""

    id: str
    formula: str
    y_true: float
    y_pred: float
    in_domain: bool | None

    @property
    def error(self) -> float:
        """Predicted minus measured."""
        return self.y_pred - self.y_true


@dataclass(frozen=True, slots=True)
class WrongClass:
    """One row whose class was called wrongly, and how improbable the true one was said to be."""

    id: str
    formula: str
    true: str
    said: str
    of_truth: float
    in_domain: bool | None


@dataclass(frozen=True, slots=True)
class DomainErrors:
    """Mean absolute error inside and outside the applicability domain."""

    inside: float
    outside: float
    rows_outside: int
    share_outside: float


@dataclass(frozen=True, slots=True)
class RepeatSpread:
    """How far values that were given for one and the same material lie apart.

    `typical` is the median over materials of the mean absolute distance from the material's median.
    """

    materials: int
    typical: float
    largest: float


def error_by_target(predictions: Predictions) -> GroupErrors:
    """Return the error per range of the measured value; ranges are whole steps, sparse ends are merged."""
    truth, error = predictions.y_true, predictions.absolute_error
    known = np.isfinite(truth) & np.isfinite(error)
    truth, error = truth[known], error[known]
    if len(truth) == 0 or truth.max() <= truth.min():
        return GroupErrors((), (), ())
    edges = _merged(_steps(float(truth.min()), float(truth.max())), truth)
    place = np.clip(np.searchsorted(edges, truth, side="right") - 1, 0, len(edges) - 2)
    decimals = _edge_decimals(edges)
    names = [f"{number(low, decimals)} to {number(high, decimals)}" for low, high in pairwise(edges)]
    return _grouped(names, [np.flatnonzero(place == index) for index in range(len(names))], error)


def error_by_element_count(predictions: Predictions, held: Contents) -> GroupErrors:
    """Return the error per number of distinct elements."""
    sizes = [int(size) for size in np.unique(held.element_counts) if size > 0]
    rows = [np.flatnonzero(held.element_counts == size) for size in sizes]
    return _grouped([str(size) for size in sizes], rows, predictions.absolute_error)


def error_by_element(predictions: Predictions, held: Contents, fewest_rows: int) -> GroupErrors:
    """Return the error over the rows that hold each element, worst first, of elements with enough rows."""
    grouped = _grouped(list(held.rows_of), list(held.rows_of.values()), predictions.absolute_error)
    order = [
        i for i in np.argsort(-np.array(grouped.errors), kind="stable") if grouped.counts[i] >= fewest_rows
    ]
    return GroupErrors(
        tuple(grouped.groups[i] for i in order),
        tuple(grouped.errors[i] for i in order),
        tuple(grouped.counts[i] for i in order),
    )


def error_by_distance(predictions: Predictions) -> GroupErrors:
    """Return the error by distance to the nearest row learned from: five parts of equally many rows, the near first.

    Rows at no distance are a part of their own: a material with the same features was learned from.
    """
    distance = predictions.distance
    known = np.flatnonzero(np.isfinite(distance)) if len(distance) else np.empty(0, dtype=np.int64)
    there, apart = known[distance[known] == 0.0], known[distance[known] > 0.0]
    names, rows = (["0"], [there]) if len(there) else ([], [])
    if len(apart):
        edges = np.unique(np.quantile(distance[apart], np.linspace(0.0, 1.0, DISTANCE_PARTS + 1)))
        if len(edges) == 1:
            edges = np.array([edges[0], edges[0]])
        place = np.clip(np.searchsorted(edges[1:-1], distance[apart], side="left"), 0, len(edges) - 2)
        names += [f"{number(low, 1)} to {number(high, 1)}" for low, high in pairwise(edges)]
        rows += [apart[place == index] for index in range(len(edges) - 1)]
    return _grouped(names, rows, predictions.absolute_error)


def coverage(split: str, predictions: Predictions) -> Coverage | None:
    """Return how many measured values lie in their interval; None where no row has one."""
    if predictions.classes:
        held = predictions.inside[np.arange(len(predictions.ids)), predictions.y_true.astype(np.int64)]
        size = float(predictions.inside.sum(axis=1).mean())
        return Coverage(split, len(held), float(held.mean()), size)
    known = np.isfinite(predictions.lower) & np.isfinite(predictions.upper) & np.isfinite(predictions.y_true)
    if not known.any():
        return None
    lower, upper, truth = predictions.lower[known], predictions.upper[known], predictions.y_true[known]
    inside = (lower <= truth) & (truth <= upper)
    return Coverage(split, int(known.sum()), float(inside.mean()), float(np.median(upper - lower)))


def domain_errors(predictions: Predictions) -> DomainErrors | None:
    """Return the error on both sides of the domain's border; None where one side is empty."""
    error, inside = predictions.absolute_error, predictions.in_domain
    if inside is None or inside.all() or not inside.any():
        return None
    return DomainErrors(
        inside=float(np.nanmean(error[inside])) if np.isfinite(error[inside]).any() else float("nan"),
        outside=float(np.nanmean(error[~inside])) if np.isfinite(error[~inside]).any() else float("nan"),
        rows_outside=int((~inside).sum()),
        share_outside=float((~inside).mean()),
    )


def largest_errors(predictions: Predictions, most: int = 10) -> tuple[RowError, ...]:
    """Return the rows that were predicted worst, worst first."""
    error = predictions.absolute_error
    order = [int(i) for i in np.argsort(-error, kind="stable") if np.isfinite(error[i])][:most]
    return tuple(
        RowError(
            predictions.ids[i],
            predictions.formulas[i] if predictions.formulas else "",
            float(predictions.y_true[i]),
            float(predictions.y_pred[i]),
            None if predictions.in_domain is None else bool(predictions.in_domain[i]),
        )
        for i in order
    )


def worst_classes(predictions: Predictions, most: int = 10) -> tuple[WrongClass, ...]:
    """Return the rows that were called wrongly with the least probability for the truth, worst first."""
    wrong = np.flatnonzero(predictions.absolute_error)
    order = wrong[np.argsort(predictions.of_truth[wrong], kind="stable")][:most]
    return tuple(
        WrongClass(
            predictions.ids[i],
            predictions.formulas[i] if predictions.formulas else "",
            predictions.classes[int(predictions.y_true[i])],
            predictions.classes[int(predictions.y_pred[i])],
            float(predictions.of_truth[i]),
            None if predictions.in_domain is None else bool(predictions.in_domain[i]),
        )
        for i in order.tolist()
    )


def repeat_spread(predictions: Predictions, held: Contents) -> RepeatSpread | None:
    """Return how well repeated measurements of one material agree; None where nothing was repeated."""
    order = np.argsort(held.material_of, kind="stable")
    order = order[(held.material_of[order] >= 0) & np.isfinite(predictions.y_true[order])]
    starts = np.flatnonzero(np.diff(held.material_of[order], prepend=-2))
    repeated = [values for values in np.split(predictions.y_true[order], starts[1:]) if len(values) > 1]
    if not repeated:
        return None
    spreads = [float(np.abs(values - np.median(values)).mean()) for values in repeated]
    return RepeatSpread(len(repeated), float(np.median(spreads)), max(float(np.ptp(v)) for v in repeated))


def _grouped(names: list[str], rows: list[NDArray[np.int64]], error: NDArray[np.float64]) -> GroupErrors:
    kept = [(name, error[index][np.isfinite(error[index])]) for name, index in zip(names, rows, strict=True)]
    kept = [(name, values) for name, values in kept if len(values)]
    return GroupErrors(
        tuple(name for name, _ in kept),
        tuple(float(values.mean()) for _, values in kept),
        tuple(len(values) for _, values in kept),
    )


def _steps(low: float, high: float) -> NDArray[np.float64]:
    """Return edges at whole multiples of 1, 2 or 5 times a power of ten that span the range."""
    rough = (high - low) / RANGES
    power = 10.0 ** floor(log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)
    first, last = floor(low / step), floor(high / step) + 1
    return np.arange(first, last + 1, dtype=np.float64) * np.float64(step)


def _merged(edges: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the edges without those that fence off too few values, from both ends inward."""
    kept = list(edges)
    for position in (1, -2):
        while len(kept) > 2:
            outer = values < kept[1] if position == 1 else values >= kept[-2]
            if outer.sum() >= FEWEST_ROWS:
                break
            del kept[position]
    return np.array(kept)


def _edge_decimals(edges: NDArray[np.float64]) -> int:
    step = float(np.diff(edges).min())
    return max(0, -floor(log10(step) + 1e-9))
