"""Objectives side by side: what each weighs, and what of one target all of them together ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.tasks.screen.objective import Objective

EXPECTED_IMPROVEMENT = "expected_improvement"


@dataclass(frozen=True, slots=True)
class Aim:
    """An objective on a target, and what it takes to weigh it beside others.

    Attributes
    ----------
    target, objective
        The column, and what is looked for in it.
    weight
        How much it counts beside the others.
    unit
        The target's.
    mean, deviation
        Of the training values: mean and standard deviation, in the target's unit.
    best
        The training value that lies furthest in the objective's direction.
    kappa
        How many standard deviations an upper bound stands off the mean.
    """

    target: str
    objective: Objective
    weight: float = 1.0
    unit: str = ""
    mean: float = 0.0
    deviation: float = 1.0
    best: float = 0.0
    kappa: float = 2.0

    @classmethod
    def among(
        cls,
        target: str,
        objective: Objective,
        values: NDArray[np.float64],
        *,
        weight: float = 1.0,
        unit: str = "",
        kappa: float = 2.0,
    ) -> Aim:
        """Return the aim, with what the training values (m,) of its target say; of classes they say nothing."""
        if objective.place >= 0 or not len(values):
            return cls(target, objective, weight, unit, kappa=kappa)
        deviation = float(np.std(values))
        best = float(np.min(values) if objective.direction < 0 else np.max(values))
        return cls(target, objective, weight, unit, float(np.mean(values)), deviation or 1.0, best, kappa)

    def miss(self, value: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how far (n,) each value lies below (negative) or above the window, in the target's unit; 0 inside.

        Examples
        --------
        >>> from matsluice.tasks.screen.objective import Objective
        >>> Aim("gap", Objective(1.0, 2.0)).miss(np.array([0.75, 1.5, 2.5])).tolist()
        [-0.25, 0.0, 0.5]
        """
        above = np.maximum(value - self.objective.high, 0.0)
        return np.asarray(above - np.maximum(self.objective.low - value, 0.0))

    @property
    def wants_others(self) -> bool:
        """Whether little of a class is looked for."""
        only_high = np.isinf(self.objective.low) and np.isfinite(self.objective.high)
        return self.objective.place >= 0 and (self.objective.direction < 0 or bool(only_high))

    def log_part(self, reached: NDArray[np.float64], acquisition: str) -> NDArray[np.float64]:
        """Return the logarithm (n,) of what the objective contributes to a weighted geometric mean; −inf for nothing.

        A probability contributes itself. A direction contributes the share of training values it leaves behind, were
        they normal: Φ((value − their mean) / their standard deviation), a desirability from 0 to 1 without a unit
        (Derringer & Suich 1980, doi:10.1080/00224065.1980.11980968); an expected improvement, in standard deviations
        of the training values, as it is, so that with the probability of a window beside it the mean is the constrained
        improvement.

        Parameters
        ----------
        reached
            From `tasks.screen.acquisition.reached`, (n,).
        acquisition
            By which rule a direction was judged: a name in `tasks.screen.acquisition.ACQUISITIONS`.
        """
        from scipy.special import log_ndtr  # type: ignore[import-untyped]

        if not self.objective.direction or self.objective.place >= 0:
            return _log(reached)
        if acquisition == EXPECTED_IMPROVEMENT:
            return _log(reached / self.deviation)
        middle = self.objective.direction * self.mean
        return np.asarray(log_ndtr((reached - middle) / self.deviation), dtype=np.float64)


def window_of(aims: Sequence[Aim]) -> tuple[float, float] | None:
    """Return the window that all aims of one target leave, in its unit; None where they have directions only.

    Examples
    --------
    >>> from matsluice.tasks.screen.objective import Objective
    >>> window_of([Aim("gap", Objective(low=1.0)), Aim("gap", Objective(high=2.0)), Aim("gap", Objective(direction=1))])
    (1.0, 2.0)
    """
    windows = [aim.objective for aim in aims if not aim.objective.direction]
    if not windows:
        return None
    return max(one.low for one in windows), min(one.high for one in windows)


def _log(values: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(values))
