"""What is said of a batch of candidates: of each where it stands, and all of those that may be among the first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from matsluice.tasks.predict.predictions import ClassPredictions, Predictions
from matsluice.tasks.screen.candidate_features import load_screened_by
from matsluice.tasks.screen.judgement import Judgement, Standing, TargetSaid, judge
from matsluice.tasks.screen.order import best
from matsluice.tasks.screen.wanted import Wanted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.tasks.material import CompositionBatch
    from matsluice.tasks.predict.material_model import Glance, MaterialModel

# The columns that name candidates.
NAMES = ("id", "key", "formula")
_PLACE = "place"


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Candidates that have features.

    Attributes
    ----------
    names
        Their `NAMES`, n rows.
    X
        Features, (n, columns).
    made_of
        Their compositions; None where they are not known.
    """

    names: pa.Table
    X: NDArray[np.float64]
    made_of: CompositionBatch | None

    def take(self, places: NDArray[np.int64]) -> tuple[NDArray[np.float64], CompositionBatch | None]:
        """Return features and compositions of some of them."""
        made_of = None if self.made_of is None or not len(places) else self.made_of.take(places)
        return self.X[places], made_of


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """Where all n candidates stand, and all that is said of those at `places`.

    Attributes
    ----------
    standing
        Of all n.
    places
        At least those that may be among the first of the batch.
    predicted, judgement
        What the first target's model says of these, and what they are worth.
    only_inside
        Whether no hit may lie outside the domain.
    """

    standing: Standing
    places: NDArray[np.int64]
    predicted: Predictions | ClassPredictions
    judgement: Judgement
    only_inside: bool

    @property
    def looked_for(self) -> NDArray[np.int64]:
        """Which of those at `places` may be hits."""
        judged = self.judgement
        return np.flatnonzero(judged.met & judged.in_domain if self.only_inside else judged.met)


def look(wanted: Wanted, model: MaterialModel, batch: Batch, top: int, *, only_inside: bool) -> Looked:
    """Say all of every candidate; where a glance at one value decides, of the first `top` only, since it takes longer.

    Parameters
    ----------
    wanted
        What is looked for.
    model
        Of its first target.
    batch
        The n candidates.
    top
        How many hits are kept.
    only_inside
        Whether no hit may lie outside the domain.
    """
    first, *further = wanted.targets
    if wanted.plain:
        glance = model.glance(batch.X, batch.made_of, wanted.aims[0].objective.place)
        standing = Standing.of(wanted.aims, [glance.judged], glance.in_domain)
        places = np.flatnonzero(standing.met & standing.in_domain if only_inside else standing.met)
        places = _Glanced(wanted, model, batch, glance, top).leading(places)
        predicted = model.predict_features(*batch.take(places), glance.said[places])
        judgement = judge(wanted, {first: TargetSaid(predicted, model)})
        return Looked(standing, places, predicted, judgement, only_inside)
    predicted = model.predict_features(batch.X, batch.made_of)
    said = {first: TargetSaid(predicted, model)}
    for target in further:
        # All of them learned from the same blocks.
        other = load_screened_by(wanted.models[target])
        said[target] = TargetSaid(other.predict_features(batch.X, batch.made_of), other)
    judgement = judge(wanted, said)
    return Looked(judgement.standing, np.arange(len(batch.X)), predicted, judgement, only_inside)


@dataclass(frozen=True, slots=True, eq=False)
class _Glanced:
    """Candidates after a glance, to find those that may be among the first `top`."""

    wanted: Wanted
    model: MaterialModel
    batch: Batch
    glance: Glance
    top: int

    def leading(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return those of some candidates that may be among the first: where enough lie inside, none outside."""
        if len(places) <= self.top:
            return places
        objective = self.wanted.aims[0].objective
        narrow = self._not_behind if objective.direction or objective.place >= 0 else self._first
        inside = places[self.glance.in_domain[places]]
        if len(inside) >= self.top:
            leading, full = narrow(inside)
            if full or len(inside) == len(places):
                return leading
        return narrow(places)[0]

    def _first(self, places: NDArray[np.int64]) -> tuple[NDArray[np.int64], bool]:
        """Return the first by the probability to meet the window, and whether there are `top`."""
        objective = self.wanted.aims[0].objective
        signs = self.model.signs(*self.batch.take(places), self.glance.said[places])
        probability = self.model.probability_between(signs, objective.low, objective.high)
        merit = objective.merit(self.glance.judged[places], probability)
        first = self._best(places, merit, signs.distance)
        return places[first], len(first) == self.top

    def _not_behind(self, places: NDArray[np.int64]) -> tuple[NDArray[np.int64], bool]:
        """Return what a glance does not tell to be behind the first, equals of the last included."""
        value, inside = self.glance.judged[places], self.glance.in_domain[places]
        merit = self.wanted.aims[0].objective.merit(value, value)
        first = self._best(places, merit, np.zeros(len(places)))
        if len(first) < self.top:
            return places, False
        last = first[-1]
        return places[(inside > inside[last]) | ((inside == inside[last]) & (merit >= merit[last]))], True

    def _best(
        self, places: NDArray[np.int64], merit: NDArray[np.float64], distance: NDArray[np.float64]
    ) -> NDArray[np.int64]:
        """Return which of some candidates are the first, in their order."""
        hits = self.batch.names.take(pa.array(places))
        ranking = {"in_domain": self.glance.in_domain[places], "merit": merit, "distance": distance}
        for name, column in {**ranking, _PLACE: np.arange(len(places))}.items():
            hits = hits.append_column(name, pa.array(column))
        return np.asarray(best(hits, self.top, self.wanted.at_most_per_system).column(_PLACE))
