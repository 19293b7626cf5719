"""What is said of a batch of candidates: of each where it stands, and all of those that may be among the first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from matsluice.tasks.predict.predictions import ClassPredictions, Predictions
from matsluice.tasks.screen.candidate_features import keys_of, load_screened_by
from matsluice.tasks.screen.judgement import Judgement, Standing, TargetSaid, judge
from matsluice.tasks.screen.order import best
from matsluice.tasks.screen.wanted import Wanted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.tasks.material import CompositionBatch
    from matsluice.tasks.predict.material_model import Glance, MaterialModel

# The columns that name candidates.
NAMES = ("id", "key", "formula")
_KEY, _PLACE = "key", "place"


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Candidates that have features.

    Attributes
    ----------
    table
        At least their `NAMES`, n rows; the key may be lacking where the composition is known.
    X
        Features, (n, columns).
    made_of
        Their compositions; None where they are not known.
    """

    table: pa.Table
    X: NDArray[np.float64]
    made_of: CompositionBatch | None

    def names(self, places: NDArray[np.int64]) -> pa.Table:
        """Return the `NAMES` of some of them."""
        names = self.table.select(list(NAMES)).take(pa.array(places))
        keys = pa.array(keys_of(self.table, _KEY, places, self.made_of), pa.string())
        return names.set_column(NAMES.index(_KEY), _KEY, keys)

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
    """Say all of every candidate; where a glance at one value decides, of some only, since it takes longer.

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
        return _Glanced(wanted, model, batch, glance, standing, top, only_inside).looked(places)
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
    """Candidates after a glance, of which all is to be said of those that may be among the first `top`."""

    wanted: Wanted
    model: MaterialModel
    batch: Batch
    glance: Glance
    standing: Standing
    top: int
    only_inside: bool

    def looked(self, places: NDArray[np.int64]) -> Looked:
        """Return what is said of those among some candidates: where enough lie inside, of none outside."""
        inside = places[self.glance.in_domain[places]]
        if self.top <= len(inside) < len(places):
            looked = self._said(self._not_behind(inside))
            if len(self._best(looked.places, looked.judgement.merit, looked.predicted.distance)) == self.top:
                return looked
        return self._said(self._not_behind(places))

    def _said(self, places: NDArray[np.int64]) -> Looked:
        predicted = self.model.predict_features(*self.batch.take(places), self.glance.said[places])
        judgement = judge(self.wanted, {self.wanted.targets[0]: TargetSaid(predicted, self.model)})
        return Looked(self.standing, places, predicted, judgement, self.only_inside)

    def _not_behind(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return what a glance does not tell to be behind the first, equals of the last included."""
        objective = self.wanted.aims[0].objective
        if not (objective.direction or objective.place >= 0):
            return places
        value, inside = self.glance.judged[places], self.glance.in_domain[places]
        merit = objective.merit(value, value)
        first = self._best(places, merit, np.zeros(len(places)))
        if len(first) < self.top:
            return places
        last = first[-1]
        ahead = (inside > inside[last]) | ((inside == inside[last]) & (merit >= merit[last]))
        return np.asarray(places[ahead])

    def _best(
        self, places: NDArray[np.int64], merit: NDArray[np.float64], distance: NDArray[np.float64]
    ) -> NDArray[np.int64]:
        """Return which of some candidates are the first, in their order."""
        hits = self.batch.names(places)
        ranking = {"in_domain": self.glance.in_domain[places], "merit": merit, "distance": distance}
        for name, column in {**ranking, _PLACE: np.arange(len(places))}.items():
            hits = hits.append_column(name, pa.array(column))
        return np.asarray(best(hits, self.top, self.wanted.at_most_per_system).column(_PLACE))
