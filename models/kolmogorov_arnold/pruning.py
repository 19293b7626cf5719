"""Taking away what a network can do without: features, then nodes, then edges, each with a refit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from matsluice.models.kolmogorov_arnold.curves import Curves, on_new_grid
from matsluice.models.kolmogorov_arnold.fitting import Course, Fit, Table, polished, refined, trained
from matsluice.models.networks.record import Record

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Rows the importance of edges is measured on.
_SEEN: Final = 500
# More edges than this are not tried one by one.
_ONE_BY_ONE: Final = 40
_LEAST_SQUARES: Final = 25


@dataclass(frozen=True, slots=True)
class Pruned:
    """What is left: the fit, and which of the features (columns,) it still takes."""

    fit: Fit
    columns: NDArray[np.intp]


def importances(curves: Curves, X: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Return the share of the output's spread that goes through each edge, per layer, shape (inputs, outputs).

    A node's share is handed down to the edges that enter it in proportion to the standard deviation of their
    curves over the rows, from the outputs to the features.
    """
    nodes = curves.nodes(X[:_SEEN])
    above = np.ones(curves.network.sizes[-1]) / curves.network.sizes[-1]
    shares: list[NDArray[np.float64]] = []
    for depth in reversed(range(len(curves.knots))):
        spread = curves.edges(depth, nodes[depth]).std(axis=0) * curves.masks[depth]
        total = spread.sum(axis=0)
        shares.insert(0, spread / np.where(total > 0, total, 1.0) * above)
        above = shares[0].sum(axis=1)
    return shares


def pruned(
    fit: Fit,
    course: Course,
    table: Table,
    seed: int,
    tolerance: float,
    sparsity: float,
    apart: Table | None = None,
) -> Pruned:
    """Return the smallest network found whose error is at most `tolerance` above that of `fit`.

    The error is that on the rows held back, where there are any: every refit stops by them too. Else it is that on
    the rows fitted.

    Parameters
    ----------
    fit
        A fitted network.
    tolerance
        Of a regression by squared error: in standard deviations of the target, as root mean square. Else in the loss.
    sparsity
        Strength of the penalty that moves what is learned onto few edges before any is taken away.
    """
    if apart is not None:
        course = replace(course, refine=False)
    work = _Pruning(course, table, apart, seed, tolerance, _error(fit, course) + tolerance)
    coarse = on_new_grid(fit.curves, table.X, table.weights, course.grids[0], course.adaptive)
    begun = Fit(coarse, np.inf, Record(), "epochs")
    sparse = trained(begun, replace(course, sparsity=sparsity), table, seed, apart, moves=False)
    columns = np.arange(table.X.shape[1])
    now = work.fewest(sparse.curves, 0)
    for layer in range(1, len(now.masks)):
        now, columns = work.cut_down(now, columns)
        now = work.fewest(work.raised(now), layer)
    now, columns = work.cut_down(now, columns)
    now, columns = work.cut_down(work.without_idle_edges(work.raised(now)), columns)
    last = work.refit(now, course.plan.epochs)
    final = refined(last, course, work.table) if course.refine else last
    return Pruned(replace(final, record=fit.record.extended_by(final.record)), columns)


def compact(curves: Curves) -> tuple[Curves, NDArray[np.intp]]:
    """Return the network without features and hidden nodes that lead nowhere, and the features that are left."""
    masks = _connected(curves.masks)
    keep = [mask.any(axis=1) for mask in masks]
    keep.append(np.ones(curves.network.sizes[-1], dtype=bool))
    layers = curves.network.layers(curves.weights)
    smaller = Curves(
        replace(curves.network, sizes=tuple(int(one.sum()) for one in keep)),
        np.concatenate(
            [layer[a][:, :, b].ravel() for layer, a, b in zip(layers, keep, keep[1:], strict=False)]
        ),
        tuple(knots[a] for knots, a in zip(curves.knots, keep, strict=False)),
        tuple(mask[np.ix_(a, b)] for mask, a, b in zip(masks, keep, keep[1:], strict=False)),
    )
    return smaller, np.flatnonzero(keep[0])


def _connected(masks: tuple[NDArray[np.float64], ...]) -> list[NDArray[np.float64]]:
    """Return the masks (inputs, outputs) without the edges of hidden nodes that nothing enters or leaves."""
    kept = [mask.copy() for mask in masks]
    for _ in kept:
        for depth in range(len(kept) - 1):
            alive = np.asarray(kept[depth].any(axis=0) & kept[depth + 1].any(axis=1))
            kept[depth] *= alive[None, :]
            kept[depth + 1] *= alive[:, None]
    return kept


def _error(fit: Fit, course: Course) -> float:
    return float(np.sqrt(fit.loss)) if course.loss == "mse" else fit.loss


@dataclass(slots=True)
class _Pruning:
    """The trials of one pruning: each takes something away, refits, and looks at whether the error is allowed."""

    course: Course
    table: Table
    apart: Table | None
    seed: int
    tolerance: float
    allowed: float

    def cut_down(self, curves: Curves, columns: NDArray[np.intp]) -> tuple[Curves, NDArray[np.intp]]:
        """Return the curves, and the features, that lead anywhere; from here on the table has no others."""
        smaller, left = compact(curves)
        self.table = replace(self.table, X=self.table.X[:, left])
        if self.apart is not None:
            self.apart = replace(self.apart, X=self.apart.X[:, left])
        return smaller, columns[left]

    def refit(self, curves: Curves, steps: int) -> Fit:
        """Return the curves refitted, by least squares where there are few enough."""
        course = replace(self.course, plan=replace(self.course.plan, epochs=max(steps, 1)), sparsity=0.0)
        fit = trained(Fit(curves, np.inf, Record(), "epochs"), course, self.table, self.seed, self.apart)
        if course.loss == "mse" and course.refine and curves.network.count <= 500:
            fit = polished(fit, course, self.table, _LEAST_SQUARES)
        return fit

    def raised(self, curves: Curves) -> Curves:
        """Return the curves refitted, and hold what follows to the error they have now.

        A network that has lost a hundred idle features is often far better than it was.
        """
        fit = self.refit(curves, self.course.plan.epochs)
        self.allowed = min(self.allowed, _error(fit, self.course) + self.tolerance)
        return fit.curves

    def survives(self, curves: Curves) -> Curves | None:
        """Return the curves refitted, where their error is allowed; a fresh start has a second chance."""
        if not _connected(curves.masks)[0].any():
            return None
        steps = max(self.course.plan.epochs // 2, 1)
        fit = self.refit(curves, steps)
        if _error(fit, self.course) > self.allowed and curves.network.count <= 500:
            start = curves.network.start(np.random.default_rng(self.seed + 1))
            fit = self.refit(replace(curves, weights=start), steps)
        return fit.curves if _error(fit, self.course) <= self.allowed else None

    def fewest(self, curves: Curves, layer: int) -> Curves:
        """Return the curves with as few nodes of a layer (0: the features) as bisection finds to be enough."""
        shares = importances(curves, self.table.X)[layer].sum(axis=1)
        order = np.argsort(-shares, kind="stable")
        least, most, best = 0, len(order), curves
        while most - least > 1:
            count = (least + most) // 2
            tried = self.survives(_only(curves, layer, order[:count]))
            if tried is None:
                least = count
            else:
                most, best = count, tried
        return best

    def without_idle_edges(self, curves: Curves) -> Curves:
        """Return the curves without the edges whose loss a refit makes good, least important first."""
        shares = importances(curves, self.table.X)
        places = [
            (float(shares[depth][i, o]), depth, int(i), int(o))
            for depth, mask in enumerate(curves.masks)
            for i, o in np.argwhere(mask > 0)
        ]
        for _, depth, i, o in sorted(places)[:_ONE_BY_ONE]:
            tried = self.survives(_without(curves, depth, i, o))
            if tried is not None:
                curves = tried
        return curves


def _only(curves: Curves, layer: int, kept: Any) -> Curves:
    alive = np.zeros(len(curves.masks[layer]))
    alive[kept] = 1.0
    masks = list(curves.masks)
    masks[layer] = masks[layer] * alive[:, None]
    if layer:
        masks[layer - 1] = masks[layer - 1] * alive[None, :]
    return replace(curves, masks=tuple(masks))


def _without(curves: Curves, depth: int, i: int, o: int) -> Curves:
    masks = [mask.copy() for mask in curves.masks]
    masks[depth][i, o] = 0.0
    return replace(curves, masks=tuple(masks))
