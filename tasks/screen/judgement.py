"""What all objectives together say of some candidates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from matsluice.models.uncertainty.learned_from import INSIDE
from matsluice.tasks.predict.predictions import ClassPredictions, Predictions
from matsluice.tasks.screen.acquisition import UPPER_BOUND, reached
from matsluice.tasks.screen.aims import Aim, window_of
from matsluice.tasks.screen.order import PARETO
from matsluice.tasks.screen.wanted import SCORE, Wanted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.tasks.predict.material_model import MaterialModel


@dataclass(frozen=True, slots=True)
class TargetSaid:
    """What one target's model says of n candidates, and the model."""

    predicted: Predictions | ClassPredictions
    model: MaterialModel


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """Where n candidates stand to all windows.

    Attributes
    ----------
    met
        Whether all windows are met by what is predicted, (n,).
    in_domain
        Whether every model knows such materials, (n,).
    values, misses
        What each objective is about, and how far each candidate lies below or above its window, (n, objectives).
    """

    met: NDArray[np.bool_]
    in_domain: NDArray[np.bool_]
    values: NDArray[np.float64]
    misses: NDArray[np.float64]

    @classmethod
    def of(
        cls, aims: tuple[Aim, ...], values: list[NDArray[np.float64]], in_domain: NDArray[np.bool_]
    ) -> Standing:
        """Return how candidates of these values, (n,) for each objective, stand."""
        met = [aim.objective.met(value) for aim, value in zip(aims, values, strict=True)]
        misses = [aim.miss(value) for aim, value in zip(aims, values, strict=True)]
        return cls(
            np.asarray(np.logical_and.reduce(met)),
            in_domain,
            np.stack(values, axis=1),
            np.stack(misses, axis=1),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """What n candidates are worth.

    Attributes
    ----------
    standing
        Where they stand to all windows.
    domain
        "inside" where every model knows such materials, else why not, (n,).
    probability
        That the true values meet all windows, (n,); NaN where there is none.
    merit
        What candidates are ranked by, where by merit, (n,).
    columns
        The columns of `Wanted.own_columns`.
    """

    standing: Standing
    domain: NDArray[np.object_]
    probability: NDArray[np.float64]
    merit: NDArray[np.float64]
    columns: Mapping[str, Any]

    @property
    def met(self) -> NDArray[np.bool_]:
        """Whether all windows are met by what is predicted, (n,)."""
        return self.standing.met

    @property
    def in_domain(self) -> NDArray[np.bool_]:
        """Whether every model knows such materials, (n,)."""
        return self.standing.in_domain


def judge(wanted: Wanted, said: Mapping[str, TargetSaid]) -> Judgement:
    """Return what candidates are worth.

    The probability of meeting the windows of several targets is the product of those of each: errors of different
    models are taken as independent.

    Parameters
    ----------
    wanted
        What is looked for.
    said
        Of each of its targets, what its model says of the n candidates.
    """
    of_each = [said[aim.target] for aim in wanted.aims]
    values = [
        one.predicted.judged(aim.objective.place) for aim, one in zip(wanted.aims, of_each, strict=True)
    ]
    in_domain = np.asarray(np.logical_and.reduce([one.predicted.in_domain for one in said.values()]))
    first = of_each[0].predicted
    probability, merit, columns = (
        _of_one(wanted.aims[0], values[0], of_each[0]) if wanted.plain else _of_all(wanted, values, said)
    )
    return Judgement(
        standing=Standing.of(wanted.aims, values, in_domain),
        domain=first.domain if len(said) == 1 else _domain(said),
        probability=probability,
        merit=merit,
        columns=columns,
    )


def _of_one(
    aim: Aim, value: NDArray[np.float64], said: TargetSaid
) -> tuple[NDArray[np.float64], NDArray[np.float64], dict[str, Any]]:
    """Return probability, merit and further columns where one objective is all there is."""
    predicted = said.predicted
    between = (
        partial(said.model.probability_between, predicted.signs)
        if isinstance(predicted, Predictions)
        else None
    )
    probability = aim.objective.probability(value, between)
    return probability, aim.objective.merit(value, probability), {}


def _of_all(
    wanted: Wanted, values: list[NDArray[np.float64]], said: Mapping[str, TargetSaid]
) -> tuple[NDArray[np.float64], NDArray[np.float64], dict[str, Any]]:
    """Return the same for several objectives, or one that is explored."""
    chances = {target: _chance(wanted.aims_of(target), said[target]) for target in wanted.targets}
    known = [chance for chance in chances.values() if chance is not None]
    nothing = np.full(len(values[0]), np.nan)
    columns = _of_targets(said, chances) if len(said) > 1 else {}
    sought = []
    for aim, value in zip(wanted.aims, values, strict=True):
        one = said[aim.target]
        intervals = None if isinstance(one.predicted, ClassPredictions) else one.model.intervals
        sought.append(reached(aim, wanted.acquisition, value, one.predicted, intervals))
    if wanted.rank == PARETO:
        merit = nothing
        # A sum with 0 leaves no −0, which would be told from 0 in sorting and not in comparing.
        columns |= {name: one + 0.0 for name, one in zip(wanted.order.sought, sought, strict=True)}
    else:
        merit, columns[SCORE] = _weighed(wanted, sought)
    probability = known[0] if known else nothing
    for chance in known[1:]:
        probability = probability * chance
    return probability, merit, columns


def _weighed(
    wanted: Wanted, sought: list[NDArray[np.float64]]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the merit (n,) of candidates, and the score that is shown of it.

    Of one objective the score is in its target's unit; of several it is the weighted geometric mean, and the merit its
    logarithm, which tells candidates apart where the mean is too small or too near 1 to do so.
    """
    if len(wanted.aims) == 1:
        bound = wanted.acquisition == UPPER_BOUND
        return sought[0], sought[0] * (wanted.aims[0].objective.direction if bound else 1)
    total = sum(aim.weight for aim in wanted.aims)
    merit = np.zeros(len(sought[0]))
    for aim, one in zip(wanted.aims, sought, strict=True):
        merit = merit + (aim.weight / total) * aim.log_part(one, wanted.acquisition)
    return merit, np.exp(merit)


def _chance(aims: tuple[Aim, ...], said: TargetSaid) -> NDArray[np.float64] | None:
    """Return the probability (n,) that a target is as all its objectives ask; None where they are directions."""
    if isinstance(said.predicted, ClassPredictions):
        value = said.predicted.judged(aims[0].objective.place)
        return 1.0 - value if aims[0].wants_others else value
    window = window_of(aims)
    return None if window is None else said.model.probability_between(said.predicted.signs, *window)


def _of_targets(
    said: Mapping[str, TargetSaid], chances: Mapping[str, NDArray[np.float64] | None]
) -> dict[str, Any]:
    """Return the columns of each target where there are several; the first one's own are among those of all hits."""
    columns: dict[str, Any] = {}
    for number, (target, one) in enumerate(said.items()):
        if number:
            shown = one.predicted.hit_columns()
            columns |= {f"{target}_{name}": shown[name] for name in ("prediction", "lower", "upper")}
            columns[f"{target}_in_domain"] = one.predicted.in_domain
        chance = chances[target]
        columns[f"{target}_probability"] = (
            pa.nulls(len(one.predicted.signs), pa.float64()) if chance is None else chance
        )
    return columns


def _domain(said: Mapping[str, TargetSaid]) -> NDArray[np.object_]:
    """Return "inside" where every model says so, else which does not, and why, (n,)."""
    every = [one.predicted.domain for one in said.values()]
    told = []
    for reasons in zip(*every, strict=True):
        outside = [
            f"{target}: {reason}" for target, reason in zip(said, reasons, strict=True) if reason != INSIDE
        ]
        told.append("; ".join(outside) or INSIDE)
    return np.array(told, dtype=object)
