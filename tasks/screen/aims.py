"""Objectives side by side: what each weighs, and what of one target all of them together ask."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matsluice.models.uncertainty.predictive_value import expected_improvement, upper_bound
from matsluice.tasks.predict.predictions import ClassPredictions, Predictions

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.models.uncertainty.conformal_intervals import ConformalIntervals
    from matsluice.tasks.screen.objective import Objective

EXPLOIT, EXPECTED_IMPROVEMENT, UPPER_BOUND = "exploit", "expected_improvement", "upper_bound"


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
    """

    target: str
    objective: Objective
    weight: float = 1.0
    unit: str = ""
    mean: float = 0.0
    deviation: float = 1.0
    best: float = 0.0

    @classmethod
    def among(
        cls,
        target: str,
        objective: Objective,
        values: NDArray[np.float64],
        *,
        weight: float = 1.0,
        unit: str = "",
    ) -> Aim:
        """Return the aim, with what the training values (m,) of its target say; of classes they say nothing."""
        if objective.place >= 0 or not len(values):
            return cls(target, objective, weight, unit)
        deviation = float(np.std(values))
        best = float(np.min(values) if objective.direction < 0 else np.max(values))
        return cls(target, objective, weight, unit, float(np.mean(values)), deviation or 1.0, best)

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

    def reached(
        self, value: NDArray[np.float64], predicted: Predictions | ClassPredictions, sought: Sought
    ) -> NDArray[np.float64]:
        """Return what is sought of each prediction, (n,), the more the better: what fronts are made of.

        Of a window the probability of meeting it; of a direction the value, or what the acquisition makes of it, in the
        target's unit and negative where less is better; of a class its probability, or that of the others.

        Parameters
        ----------
        value
            What is predicted, or how probable the class is, (n,).
        predicted, sought
            All that the target's model says, and how exploration is traded against it.
        """
        if isinstance(predicted, ClassPredictions):
            return 1.0 - value if self.wants_others else value
        assert sought.intervals is not None
        if not self.objective.direction:
            return sought.intervals.probability_between(
                predicted.signs, self.objective.low, self.objective.high
            )
        return ACQUISITIONS[sought.acquisition](self, predicted, sought)

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
            From `reached`, (n,).
        acquisition
            What a direction was judged by.
        """
        from scipy.special import log_ndtr  # type: ignore[import-untyped]

        if not self.objective.direction or self.objective.place >= 0:
            return _log(reached)
        if acquisition == EXPECTED_IMPROVEMENT:
            return _log(reached / self.deviation)
        middle = self.objective.direction * self.mean
        return np.asarray(log_ndtr((reached - middle) / self.deviation), dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Sought:
    """How values are judged by a direction.

    Attributes
    ----------
    intervals
        What is known of the errors of the target's model; of classes nothing.
    acquisition, kappa
        A key of `ACQUISITIONS`, and how many standard deviations an upper bound stands off.
    """

    intervals: ConformalIntervals | None
    acquisition: str = EXPLOIT
    kappa: float = 2.0


def _exploit(aim: Aim, predicted: Predictions, sought: Sought) -> NDArray[np.float64]:  # noqa: ARG001 - it asks for the prediction alone
    return aim.objective.direction * predicted.value


def _improvement(aim: Aim, predicted: Predictions, sought: Sought) -> NDArray[np.float64]:
    assert sought.intervals is not None
    return expected_improvement(sought.intervals, predicted.signs, aim.best, aim.objective.direction)


def _bound(aim: Aim, predicted: Predictions, sought: Sought) -> NDArray[np.float64]:
    assert sought.intervals is not None
    direction = aim.objective.direction
    return direction * upper_bound(sought.intervals, predicted.signs, sought.kappa, direction)


# What a direction looks at: the prediction, or what the distribution of the value promises.
ACQUISITIONS: dict[str, Callable[[Aim, Predictions, Sought], NDArray[np.float64]]] = {
    EXPLOIT: _exploit,
    EXPECTED_IMPROVEMENT: _improvement,
    UPPER_BOUND: _bound,
}


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
