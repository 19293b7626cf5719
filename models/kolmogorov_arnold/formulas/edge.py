"""One edge read as a function: c f(a x + b) + d nearest to its curve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from matsluice.models.kolmogorov_arnold.formulas.library import LIBRARY, FunctionSpec

if TYPE_CHECKING:
    from numpy.typing import NDArray

_POINTS: Final = 200
# |a| × half the range of x, and where the argument's centre lies.
_WIDTHS: Final = np.geomspace(0.1, 12.0, 22)
_CENTRES: Final = np.linspace(-6.0, 6.0, 25)
# Decades of 1 − R² that one unit of cost is worth, and how well a curve is known where nothing else is said.
_SIMPLER: Final = 0.3
_KNOWN: Final = 1e-7


@dataclass(frozen=True, slots=True)
class Reading:
    """A function with its constants, c f(a x + b) + d, and how much of the curve's variance it explains."""

    name: str
    a: float
    b: float
    c: float
    d: float
    r2: float

    @property
    def spec(self) -> FunctionSpec:
        """The function."""
        return LIBRARY[self.name]

    def of(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the value at x."""
        return np.asarray(self.c * self.spec.of(self.a * x + self.b) + self.d)


def read_edge(x: NDArray[np.float64], curve: NDArray[np.float64], names: Sequence[str]) -> list[Reading]:
    """Return the best reading of a curve (rows,) over x (rows,) by each function, the preferred first.

    Examples
    --------
    >>> x = np.linspace(-1, 1, 300)
    >>> best = read_edge(x, 2 * np.sin(3 * x + 0.4), ["x", "x^2", "sin", "tanh"])[0]
    >>> best.name, round(best.a, 6), round(best.b, 6)
    ('sin', 3.0, 0.4)
    """
    order = np.argsort(x, kind="stable")[np.linspace(0, len(x) - 1, min(len(x), _POINTS)).astype(int)]
    points, values = x[order], curve[order]
    if values.std() <= 1e-9 * max(float(np.abs(values).max()), 1e-300):
        return [Reading("x", 1.0, 0.0, 0.0, float(values.mean()), 1.0)]
    found = [reading for name in names if (reading := _nearest(points, values, LIBRARY[name])) is not None]
    return sorted(found, key=lambda one: _badness(one, _KNOWN))


def preferred(readings: Sequence[Reading], known: float) -> Reading:
    """Return the reading that is best for its cost, of a curve that is known up to 1 − R² = `known`.

    One unit of cost is worth a factor 2 of 1 − R²; below `known` a closer fit is worth nothing.

    Examples
    --------
    >>> several = [Reading("x", 1, 0, 1, 0, 1 - 1e-5), Reading("sin", 1, 0, 1, 0, 1 - 1e-9)]
    >>> preferred(several, 1e-4).name, preferred(several, 1e-7).name
    ('x', 'sin')
    """
    return min(readings, key=lambda one: _badness(one, known))


def _badness(reading: Reading, known: float) -> float:
    return float(np.log10(max(1 - reading.r2, known))) + _SIMPLER * reading.spec.cost


def _nearest(x: NDArray[np.float64], y: NDArray[np.float64], spec: FunctionSpec) -> Reading | None:
    middle, half = float(x.max() + x.min()) / 2, max(float(x.max() - x.min()) / 2, 1e-12)
    u = (x - middle) / half
    starts = _starts(u, y, spec)
    best: tuple[float, float, float] | None = None
    for a, b in starts:
        refined = _refined(u, y, spec, a, b)
        if refined is not None and (best is None or refined[0] < best[0] * (1 - 1e-9)):
            best = refined
    if best is None:
        return None
    misfit, a, b = best
    c, d = _line(spec.of(a * u + b), y)
    return Reading(
        spec.name, a / half, b - a * middle / half, c, d, 1 - misfit / float(((y - y.mean()) ** 2).sum())
    )


def _starts(u: NDArray[np.float64], y: NDArray[np.float64], spec: FunctionSpec) -> list[tuple[float, float]]:
    """Return the best few (a, b) of a lattice, for x scaled to [−1, 1]."""
    if spec.free == "":
        return [(1.0, 0.0)]
    signs = (1.0,) if spec.is_even or spec.is_odd else (1.0, -1.0)
    if spec.free == "b":
        # With a = ±1 the function's special point lies at −b: inside the range, near it, or far away.
        far = np.concatenate([np.linspace(-3, 3, 25), [-20, -8, -5, 5, 8, 20]])
        trials = [(sign, place) for sign in signs for place in far]
    elif spec.free == "a":
        trials = [(sign * width, 0.0) for sign in signs for width in _WIDTHS]
    else:
        trials = [(sign * width, centre) for sign in signs for width in _WIDTHS for centre in _CENTRES]
    a, b = np.array(trials).T
    with np.errstate(all="ignore"):
        f = spec.of(a[:, None] * u + b[:, None])
    usable = np.isfinite(f).all(axis=1)
    a, b, f = a[usable], b[usable], f[usable]
    f = f - f.mean(axis=1, keepdims=True)
    wanted = y - y.mean()
    size = (f**2).sum(axis=1)
    with np.errstate(all="ignore"):
        explained = np.where(size > 1e-20, (f @ wanted) ** 2 / size, -np.inf)
    best = np.argsort(-explained, kind="stable")[:3]
    return [(float(a[i]), float(b[i])) for i in best]


def _refined(
    u: NDArray[np.float64], y: NDArray[np.float64], spec: FunctionSpec, a: float, b: float
) -> tuple[float, float, float] | None:
    """Return (misfit, a, b) after least squares from a start, with c and d always at their best."""
    from scipy.optimize import least_squares  # type: ignore[import-untyped]

    free = [name in spec.free for name in "ab"]

    def constants(moved: NDArray[np.float64]) -> NDArray[np.float64]:
        both = np.array([a, b])
        both[free] = moved
        return both

    def misfit(moved: NDArray[np.float64]) -> NDArray[np.float64]:
        slope, shift = constants(moved)
        with np.errstate(all="ignore"):
            f = spec.of(slope * u + shift)
        if not np.isfinite(f).all():
            return np.full(len(y), 1e6 * (1 + np.abs(y).max()))
        c, d = _line(f, y)
        return np.asarray(c * f + d - y)

    if not any(free):
        return float((misfit(np.empty(0)) ** 2).sum()), a, b
    ended = least_squares(misfit, np.array([a, b])[free], xtol=1e-12, ftol=1e-12, gtol=1e-12, max_nfev=60)
    if not np.isfinite(ended.cost):
        return None
    slope, shift = constants(ended.x)
    return 2 * float(ended.cost), float(slope), float(shift)


def _line(f: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[float, float]:
    """Return the c and d of the least squares c f + d ≈ y."""
    centred = f - f.mean()
    size = float(centred @ centred)
    c = float(centred @ (y - y.mean())) / size if size > 1e-300 else 0.0
    return c, float(y.mean() - c * f.mean())
