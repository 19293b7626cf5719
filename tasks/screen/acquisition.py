"""Which material to measure next: rules that turn what is foreseen of candidates into what they are ranked by.

A rule sees of each candidate the prediction and how its error may be distributed. A screening ranks directions by it,
a replay windows too. Of a window what is to be gained is its depth: how far a value lies inside, measured from the
nearer edge; of a direction, how far it lies beyond the best value that is measured.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from matsluice.models.uncertainty import predictive_value
from matsluice.models.uncertainty.row_signs import RowSigns
from matsluice.tasks.predict.predictions import ClassPredictions, Predictions
from matsluice.tasks.screen.aims import EXPECTED_IMPROVEMENT, Aim
from matsluice.tasks.screen.objective import Objective

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    from matsluice.models.uncertainty.conformal_intervals import ConformalIntervals

_HERE = "matsluice.tasks.screen.acquisition"
EXPLOIT, UPPER_BOUND = "exploit", "upper_bound"


@dataclass(frozen=True, slots=True, eq=False)
class Foreseen:
    """What is known of n candidates without their values.

    Attributes
    ----------
    prediction
        In the target's unit, or of classes the probability of the wanted one, (n,).
    probability
        That the objective's window is met, (n,); NaN for a direction, of classes the prediction.
    signs
        What else is known of each, (n,).
    intervals
        How errors on unseen rows are distributed; None where nothing needs it, as for classes.
    """

    prediction: NDArray[np.float64]
    probability: NDArray[np.float64]
    signs: RowSigns
    intervals: ConformalIntervals | None = None

    def __len__(self) -> int:
        """Return n."""
        return len(self.prediction)

    @classmethod
    def nothing(cls, n: int) -> Foreseen:
        """Return what is known of n candidates that no model has seen: nothing."""
        nan = np.full(n, np.nan)
        return cls(nan, nan, RowSigns.nothing_known(nan))

    @property
    def errors(self) -> ConformalIntervals:
        """How errors are distributed, for a rule that needs it."""
        assert self.intervals is not None
        return self.intervals


Rule = Callable[[Foreseen, Aim, "Generator | None"], "NDArray[np.float64]"]


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
        What must be foreseen: "nothing", "prediction", or "errors", which in a replay takes some fits more.
    screens
        Whether a campaign's screening may rank by it; others are for active learning.
    tasks
        Of which targets it can be asked.
    """

    name: str
    maker: str
    summary: str
    source: str
    needs: str
    screens: bool = False
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
                name=EXPLOIT,
                maker=f"{_HERE}:exploit",
                summary="what a screen ranks by: the probability of a hit, or the prediction of a direction",
                source="Garnett et al. 2012 (active search, one step ahead), doi:10.48550/arXiv.1206.6406",
                needs="prediction",
                screens=True,
            ),
            AcquisitionSpec(
                name=EXPECTED_IMPROVEMENT,
                maker=f"{_HERE}:expected_improvement",
                summary="the gain to be expected: inside a window from its nearer edge, of a direction beyond the best",
                source="Jones, Schonlau & Welch 1998, doi:10.1023/A:1008306431147; errors as measured, not normal ones",
                needs="errors",
                screens=True,
                tasks=("regression",),
            ),
            AcquisitionSpec(
                name=UPPER_BOUND,
                maker=f"{_HERE}:upper_bound",
                summary="the gain that is well possible: that of the mean, and kappa standard deviations",
                source="Srinivas et al. 2012, doi:10.1109/TIT.2011.2182033; errors as measured, not normal ones",
                needs="errors",
                screens=True,
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


def exploit(foreseen: Foreseen, aim: Aim, chance: Generator | None = None) -> NDArray[np.float64]:  # noqa: ARG001 - a rule's form
    """Return what a screen ranks by, (n,)."""
    return aim.objective.merit(foreseen.prediction, foreseen.probability)


def expected_improvement(
    foreseen: Foreseen,
    aim: Aim,
    chance: Generator | None = None,  # noqa: ARG001 - a rule's form
) -> NDArray[np.float64]:
    """Return the mean gain over the errors that may be made, (n,), in the target's unit.

    Of a direction it is how far the value lies beyond the best, of a window how deep it lies inside.
    """
    objective = aim.objective
    if objective.direction:
        return predictive_value.expected_improvement(
            foreseen.errors, foreseen.signs, aim.best, objective.direction
        )
    return predictive_value.expected_depth(foreseen.errors, foreseen.signs, objective.low, objective.high)


def upper_bound(foreseen: Foreseen, aim: Aim, chance: Generator | None = None) -> NDArray[np.float64]:  # noqa: ARG001 - a rule's form
    """Return what is gained if the value is `aim.kappa` standard deviations better than its mean, (n,).

    Of a direction it is that value, negative where less is better; of a window how deep the mean lies inside, and as
    many standard deviations more: no value nearer to the mean lies deeper, since depth grows no faster than the value.
    """
    errors, signs, objective = foreseen.errors, foreseen.signs, aim.objective
    if objective.direction:
        bound = predictive_value.upper_bound(errors, signs, aim.kappa, objective.direction)
        return objective.direction * bound
    mean = predictive_value.upper_bound(errors, signs, 0.0)
    return depth(mean, objective) + predictive_value.upper_bound(errors, signs, aim.kappa) - mean


def explore(foreseen: Foreseen, aim: Aim, chance: Generator | None = None) -> NDArray[np.float64]:  # noqa: ARG001 - a rule's form
    """Return the error expected of each, (n,), in the target's unit."""
    return foreseen.errors.expected_error(foreseen.signs)


def random(foreseen: Foreseen, aim: Aim, chance: Generator | None = None) -> NDArray[np.float64]:  # noqa: ARG001 - a rule's form
    """Return a draw for each, (n,), from 0 to 1."""
    assert chance is not None
    return chance.uniform(size=len(foreseen))


def depth(value: NDArray[np.float64], objective: Objective) -> NDArray[np.float64]:
    """Return how far values lie inside a window, from the nearer edge; negative where they do not, (n,).

    Examples
    --------
    >>> depth(np.array([1.0, 1.3, 1.5]), Objective(1.1, 1.7)).round(4).tolist()
    [-0.1, 0.2, 0.2]
    """
    return np.minimum(value - objective.low, objective.high - value)


def reached(
    aim: Aim,
    acquisition: str,
    value: NDArray[np.float64],
    predicted: Predictions | ClassPredictions,
    intervals: ConformalIntervals | None,
) -> NDArray[np.float64]:
    """Return what is sought of each prediction, (n,), the more the better: what fronts are made of.

    Of a window the probability of meeting it; of a direction the value, or what the acquisition makes of it, in the
    target's unit and negative where less is better; of a class its probability, or that of the others.

    Parameters
    ----------
    aim, acquisition
        The objective, and by which rule of `ACQUISITIONS` a direction is judged.
    value
        What is predicted, or how probable the class is, (n,).
    predicted, intervals
        All that the target's model says, and what is known of its errors; of classes nothing.
    """
    if isinstance(predicted, ClassPredictions):
        return 1.0 - value if aim.wants_others else value
    assert intervals is not None
    if not aim.objective.direction:
        return intervals.probability_between(predicted.signs, aim.objective.low, aim.objective.high)
    seen = Foreseen(predicted.value, np.full(len(value), np.nan), predicted.signs, intervals)
    return ACQUISITIONS[acquisition].make()(seen, aim, None)
