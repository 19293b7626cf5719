"""A network of readings: its constants as one vector, fitted together, and brought into a form that is unique."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from matsluice.models.kolmogorov_arnold.formulas.library import LIBRARY, FunctionSpec

if TYPE_CHECKING:
    from numpy.typing import NDArray

_EVALUATIONS: Final = 100
_NAMES: Final = ("a", "b", "c")


@dataclass(slots=True)
class Edge:
    """c f(a x + b) from node `source` to node `goal` of the next layer; `held` names the constants that stay."""

    name: str
    source: int
    goal: int
    a: float
    b: float
    c: float
    r2: float
    held: set[str] = field(default_factory=set)

    @property
    def spec(self) -> FunctionSpec:
        """The function."""
        return LIBRARY[self.name]


@dataclass(slots=True)
class Composed:
    """Layers of edges, and what is added at each node they lead to.

    Attributes
    ----------
    layers
        Edges, from the features to the outputs.
    shifts
        Per layer, shape (nodes,).
    shifts_held
        Per layer, which of them stay (nodes,).
    """

    layers: list[list[Edge]]
    shifts: list[NDArray[np.float64]]
    shifts_held: list[NDArray[np.bool_]]

    def of(self, X: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the outputs (rows, outputs) of features (rows, columns)."""
        nodes = X
        with np.errstate(all="ignore"):
            for edges, shifts in zip(self.layers, self.shifts, strict=True):
                following = np.tile(shifts, (len(X), 1))
                for edge in edges:
                    following[:, edge.goal] += edge.c * edge.spec.of(edge.a * nodes[:, edge.source] + edge.b)
                nodes = following
        return nodes

    def constants(self) -> NDArray[np.float64]:
        """Return the constants that may move."""
        moving = [getattr(edge, name) for edges in self.layers for edge in edges for name in _moving(edge)]
        return np.concatenate([moving, *(s[~h] for s, h in zip(self.shifts, self.shifts_held, strict=True))])

    def set_constants(self, constants: NDArray[np.float64]) -> None:
        """Set the constants that may move, in the order of `constants`."""
        values = iter(constants)
        for edges in self.layers:
            for edge in edges:
                for name in _moving(edge):
                    setattr(edge, name, float(next(values)))
        for shifts, held in zip(self.shifts, self.shifts_held, strict=True):
            shifts[~held] = [next(values) for _ in range(int((~held).sum()))]

    def copied(self) -> Composed:
        """Return a copy whose constants can be changed without changing these."""
        return Composed(
            [[replace(edge, held=set(edge.held)) for edge in edges] for edges in self.layers],
            [one.copy() for one in self.shifts],
            [one.copy() for one in self.shifts_held],
        )

    def misfit(self, X: NDArray[np.float64], wanted: NDArray[np.float64]) -> float:
        """Return the root mean square of what is missed, in standard deviations; infinite where undefined."""
        missed = (self.of(X) - wanted) / _width(wanted)
        return float(np.sqrt((missed**2).mean())) if np.isfinite(missed).all() else np.inf


def _moving(edge: Edge) -> list[str]:
    return [name for name in _NAMES if name not in edge.held]


def _width(wanted: NDArray[np.float64]) -> NDArray[np.float64]:
    width = wanted.std(axis=0)
    return np.where(width > 0, width, 1.0)


def fitted_together(
    composed: Composed,
    X: NDArray[np.float64],
    wanted: NDArray[np.float64],
    weights: NDArray[np.float64],
    evaluations: int = _EVALUATIONS,
) -> Composed:
    """Return the composition with all constants that may move fitted by least squares, if that is no worse.

    Parameters
    ----------
    X, wanted, weights
        Features (rows, columns), outputs (rows, outputs) and weights (rows,).
    evaluations
        Most evaluations, the derivatives of one counted as one.
    """
    from scipy.optimize import least_squares  # type: ignore[import-untyped]

    before = composed.misfit(X, wanted)
    tried = composed.copied()
    start = tried.constants()
    if not len(start) or not np.isfinite(before):
        return composed
    root = np.sqrt(weights / weights.mean())[:, None] / _width(wanted)
    size = np.maximum(np.abs(start), 1e-2)

    def missed(moved: NDArray[np.float64]) -> NDArray[np.float64]:
        tried.set_constants(moved * size)
        miss = (root * (tried.of(X) - wanted)).ravel()
        return np.where(np.isfinite(miss), np.clip(miss, -1e6, 1e6), 1e6)

    ended = least_squares(
        missed, start / size, jac="3-point", xtol=1e-15, ftol=1e-12, gtol=1e-15, max_nfev=evaluations
    )
    tried.set_constants(ended.x * size)
    return tried if tried.misfit(X, wanted) <= before else composed
