"""Which material to measure next: rules that turn what is foreseen of candidates into what they are ranked by.

A rule sees of each candidate the prediction, the error expected of it, and how errors are distributed in units of the
expected one. Of a window what is to be gained is its depth: how far a value lies inside, measured from the nearer edge;
of a direction, how far it lies beyond the best value that is measured.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from matsluice.tasks.screen.objective import Objective

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

_HERE = "matsluice.tasks.screen.acquisition"


@dataclass(frozen=True, slots=True, eq=False)
class Foreseen:
    """What is known of n candidates without their values.

    Attributes
    ----------
    prediction
        In the target's unit, or of classes the probability of the wanted one, (n,).
    probability
        That the objective's window is met, (n,); NaN for a direction, of classes the prediction.
    expected_error
        In the target's unit, (n,); empty where nothing needs it, as for classes.
    residuals
        Errors on unseen rows in units of the expected ones, increasing, (m,); empty likewise.
    """

    prediction: NDArray[np.float64]
    probability: NDArray[np.float64]
    expected_error: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    residuals: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))

    def __len__(self) -> int:
        """Return n."""
        return len(self.prediction)


@dataclass(frozen=True, slots=True)
class Aim:
    """What a rule is after.

    Attributes
    ----------
    objective
        The campaign's.
    best
        The best value measured so far, which an improvement of a direction is counted from.
    confidence
        Level of the interval whose end `upper_bound` takes.
    """

    objective: Objective
    best: float
    confidence: float = 0.9


Rule = Callable[[Foreseen, Aim, "Generator"], "NDArray[np.float64]"]


@dataclass(frozen=True, slots=True)
class AcquisitionSpec:
    """One rule.

    Attributes
    ----------
    name
        The word on the command line.
    maker
        "module:function" of ``rule(foreseen, aim, chance) -> merit (n,)``; the largest is measured first.
    summary
        One line for people.
    source
        Where it comes from.
    needs
        What must be foreseen: "nothing", "prediction", or "errors", which takes some fits more.
    tasks
        Of which targets it can be asked.
    """

    name: str
    maker: str
    summary: str
    source: str
    needs: str
    tasks: tuple[str, ...] = ("regression", "classification")

    def make(self) -> Rule:
        """Return the rule."""
        module, function = self.maker.split(":")
        rule: Rule = getattr(import_module(module), function)
        return rule


ACQUISITIONS: Mapping[str, AcquisitionSpec] = MappingProxyType(
    {
        spec.name: spec
        for spec in (
            AcquisitionSpec(
                name="exploit",
                maker=f"{_HERE}:exploit",
                summary="what a screen ranks by: the probability of a hit, or the prediction of a direction",
                source="Garnett et al. 2012 (active search, one step ahead), doi:10.48550/arXiv.1206.6406",
                needs="prediction",
            ),
            AcquisitionSpec(
                name="expected_improvement",
                maker=f"{_HERE}:expected_improvement",
                summary="the gain to be expected: inside a window from its nearer edge, of a direction beyond the best",
                source="Jones, Schonlau & Welch 1998, doi:10.1023/A:1008306431147; errors as measured, not normal ones",
                needs="errors",
                tasks=("regression",),
            ),
            AcquisitionSpec(
                name="upper_bound",
                maker=f"{_HERE}:upper_bound",
                summary="the gain that is possible: the prediction's, and half the width of its interval",
                source="Srinivas et al. 2012, doi:10.1109/TIT.2011.2182033; with the conformal interval",
                needs="errors",
                tasks=("regression",),
            ),
            AcquisitionSpec(
                name="explore",
                maker=f"{_HERE}:explore",
                summary="where the error is expected to be largest, whatever the prediction",
                source="Lewis & Gale 1994 (uncertainty sampling), doi:10.48550/arXiv.cmp-lg/9407020",
                needs="errors",
                tasks=("regression",),
            ),
            AcquisitionSpec(
                name="random",
                maker=f"{_HERE}:random",
                summary="any, as likely as any other",
                source="what the others are compared with",
                needs="nothing",
            ),
        )
    }
)


def exploit(foreseen: Foreseen, aim: Aim, chance: Generator) -> NDArray[np.float64]:  # noqa: ARG001 - a rule's form
    """Return what a screen ranks by, (n,)."""
    return aim.objective.merit(foreseen.prediction, foreseen.probability)


def expected_improvement(foreseen: Foreseen, aim: Aim, chance: Generator) -> NDArray[np.float64]:  # noqa: ARG001 - a rule's form
    """Return the mean gain over the errors that may be made, (n,), in the target's unit.

    The gain is piecewise linear in the value, so its mean is exact: sums over sorted errors, no draws.

    Examples
    --------
    >>> seen = Foreseen(np.array([1.0, 2.0]), np.zeros(2), np.array([1.0, 0.5]), np.array([-1.0, 0.0, 1.0]))
    >>> largest = Aim(Objective(direction=1), best=1.5)
    >>> expected_improvement(seen, largest, np.random.default_rng(0)).round(4).tolist()
    [0.1667, 0.5]
    """
    low, high = aim.objective.low, aim.objective.high
    if aim.objective.direction > 0:
        return mean_above(foreseen, aim.best)
    if aim.objective.direction < 0:
        return mean_below(foreseen, aim.best)
    if np.isinf(high):
        return mean_above(foreseen, low)
    if np.isinf(low):
        return mean_below(foreseen, high)
    # A tent over the window: up from the lower edge, down from the middle to the upper one, nothing outside.
    middle = (low + high) / 2
    return _mean_between(foreseen, low, middle, low, 1) + _mean_between(foreseen, middle, high, high, -1)


def upper_bound(foreseen: Foreseen, aim: Aim, chance: Generator) -> NDArray[np.float64]:  # noqa: ARG001 - a rule's form
    """Return the gain of the prediction and half the width of its interval, (n,), in the target's unit.

    No value of the interval gains more, since a gain grows no faster than the value.

    Examples
    --------
    >>> seen = Foreseen(np.array([1.0, 2.0]), np.zeros(2), np.array([1.0, 0.5]), np.linspace(-1, 1, 21))
    >>> upper_bound(seen, Aim(Objective(1.2, 1.6), 0.0, confidence=0.5), np.random.default_rng(0)).round(4).tolist()
    [0.3, -0.15]
    """
    return gain(foreseen.prediction, aim) + half_widths(foreseen, aim.confidence)


def explore(foreseen: Foreseen, aim: Aim, chance: Generator) -> NDArray[np.float64]:  # noqa: ARG001 - a rule's form
    """Return the error expected of each, (n,), in the target's unit."""
    return foreseen.expected_error


def random(foreseen: Foreseen, aim: Aim, chance: Generator) -> NDArray[np.float64]:  # noqa: ARG001 - a rule's form
    """Return a draw for each, (n,), from 0 to 1."""
    return chance.uniform(size=len(foreseen))


def gain(value: NDArray[np.float64], aim: Aim) -> NDArray[np.float64]:
    """Return how far values lie inside the window, or beyond the best; negative where they do not, (n,).

    Examples
    --------
    >>> gain(np.array([1.0, 1.3, 1.5]), Aim(Objective(1.1, 1.7), best=0.0)).round(4).tolist()
    [-0.1, 0.2, 0.2]
    """
    if aim.objective.direction:
        return aim.objective.direction * (value - aim.best)
    return np.minimum(value - aim.objective.low, aim.objective.high - value)


def half_widths(foreseen: Foreseen, confidence: float) -> NDArray[np.float64]:
    """Return half the width of each conformal interval, (n,); where errors are too few, by the largest of them."""
    size = np.sort(np.abs(foreseen.residuals))
    rank = int(np.ceil((len(size) + 1) * confidence))
    return np.asarray(size[min(rank, len(size)) - 1] * foreseen.expected_error)


def mean_above(foreseen: Foreseen, edge: float) -> NDArray[np.float64]:
    """Return the mean of max(0, value − edge) over the errors that may be made, (n,), in the target's unit.

    Examples
    --------
    >>> seen = Foreseen(np.array([0.0]), np.zeros(1), np.array([2.0]), np.array([-1.0, 0.0, 1.0, 2.0]))
    >>> mean_above(seen, 1.0).tolist()
    [1.0]
    """
    return _mean_between(foreseen, edge, np.inf, edge, 1)


def mean_below(foreseen: Foreseen, edge: float) -> NDArray[np.float64]:
    """Return the mean of max(0, edge − value), (n,), likewise.

    Examples
    --------
    >>> seen = Foreseen(np.array([0.0]), np.zeros(1), np.array([2.0]), np.array([-1.0, 0.0, 1.0, 2.0]))
    >>> mean_below(seen, -1.0).tolist()
    [0.25]
    """
    return _mean_between(foreseen, -np.inf, edge, edge, -1)


def _mean_between(foreseen: Foreseen, low: float, high: float, edge: float, sign: int) -> NDArray[np.float64]:
    """Return the mean of sign · (value − edge) where low < value ≤ high, and of 0 elsewhere, (n,).

    Values that lie nowhere between add nothing, not even an error of rounding.
    """
    residuals, scale = foreseen.residuals, foreseen.expected_error
    sums = np.concatenate([[0.0], np.cumsum(residuals)])
    first, last = (
        np.searchsorted(residuals, (end - foreseen.prediction) / scale, side="right") for end in (low, high)
    )
    total = (last - first) * (foreseen.prediction - edge) + scale * (sums[last] - sums[first])
    return np.asarray(np.maximum(sign * total / max(len(residuals), 1), 0.0))
