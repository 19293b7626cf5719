"""Blocks and model in one: materials in, values with intervals out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from matsluice.infra.mistakes import InvalidInput
from matsluice.models.applicability_domain import ApplicabilityDomain
from matsluice.models.boosted_trees.predicted import predicted
from matsluice.models.class_probabilities import class_probabilities
from matsluice.models.class_sets import ClassSets
from matsluice.models.contributions import contributions, leading
from matsluice.models.path_contributions import path_contributions
from matsluice.models.spread import ensemble_spread
from matsluice.models.uncertainty.conformal_intervals import ConformalIntervals
from matsluice.models.uncertainty.learned_from import INSIDE, LearnedFrom
from matsluice.models.uncertainty.row_signs import RowSigns
from matsluice.tasks.features.each import BlockRows, compute_each, side_by_side
from matsluice.tasks.features.known_blocks import add_plugins, find_block
from matsluice.tasks.features.plugins import PluginFile
from matsluice.tasks.ingest.examine import ExaminedRows, examine
from matsluice.tasks.ingest.given_rows import rows_of
from matsluice.tasks.material.elements import SYMBOLS
from matsluice.tasks.material.materials import Materials, Needs
from matsluice.tasks.material.materials_columns import materials_of
from matsluice.tasks.predict.predictions import ClassPredictions, Predictions

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from matsluice.tasks.material import CompositionBatch


@dataclass(frozen=True, slots=True, eq=False)
class Glance:
    """What decides whether a candidate is looked at.

    Attributes
    ----------
    said
        Predicted values, (n,), or the probability of each class, (n, classes).
    judged
        What an objective is about, (n,): the values, or the probability of one class.
    in_domain
        Whether the material is like those learned from, (n,).
    """

    said: NDArray[np.float64]
    judged: NDArray[np.float64]
    in_domain: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class MaterialModel:
    """A fitted model with all it needs to be used on materials.

    Attributes
    ----------
    pipeline
        The fitted estimator, filling and scaling included.
    blocks
        Block, with its parameters → version, in the order of the columns.
    target, unit
        What is predicted.
    learned_from, intervals, confidence
        What flags and intervals are made from; without intervals where classes are predicted.
    plugins
        Files with blocks of its own, without which it cannot be used.
    classes, sets
        The classes in their order, and what sets of them are made from; none where a number is predicted.
    """

    pipeline: Any
    blocks: dict[str, int]
    target: str
    unit: str
    learned_from: LearnedFrom
    intervals: ConformalIntervals | None
    confidence: float
    plugins: tuple[PluginFile, ...] = ()
    classes: tuple[str, ...] = ()
    sets: ClassSets | None = None

    @property
    def domain(self) -> ApplicabilityDomain:
        """The region of the training rows in feature space."""
        return self.learned_from.domain

    def check_versions(self) -> None:
        """Make the model's own blocks known; raise InvalidInput where one is of another version than learned from."""
        add_plugins(self.plugins)
        for name, version in self.blocks.items():
            here = find_block(name).version
            if here != version:
                raise InvalidInput(
                    f"the model was trained on {name} version {version}, installed is version {here}: "
                    "install the version of matsluice it names, or train it anew"
                )

    @property
    def needs(self) -> frozenset[Needs]:
        """What of a material the blocks compute from."""
        return frozenset(find_block(word).needs for word in self.blocks)

    def features(self, materials: Materials) -> BlockRows:
        """Return the feature matrix (n, columns) of materials, and which of them a block refused."""
        specs = [find_block(word) for word in self.blocks]
        return side_by_side([compute_each(spec.make(), materials.seen_by(spec.needs)) for spec in specs])

    @property
    def columns(self) -> tuple[str, ...]:
        """Full names of the features."""
        return tuple(column.name for word in self.blocks for column in find_block(word).make().columns())

    def glance(
        self, X: NDArray[np.float64], materials: CompositionBatch | None = None, place: int = -1
    ) -> Glance:
        """Predict from a feature matrix what decides whether a candidate is looked at: no interval and no reason.

        Parameters
        ----------
        X, materials
            As in `predict_features`.
        place
            Of classes: the one whose probability is judged.
        """
        if not len(X):
            return Glance(np.empty(0), np.empty(0), np.empty(0, dtype=bool))
        if self.sets is not None:
            said = class_probabilities(self.pipeline, X, len(self.classes))
            return Glance(said, said[:, place], self.learned_from.in_domain(X, materials))
        value = predicted(self.pipeline, X)
        return Glance(value, value, self.learned_from.in_domain(X, materials))

    def predict_features(
        self,
        X: NDArray[np.float64],
        materials: CompositionBatch | None = None,
        said: NDArray[np.float64] | None = None,
    ) -> Predictions | ClassPredictions:
        """Predict from a feature matrix.

        Parameters
        ----------
        X
            Features, (n, columns).
        materials
            The compositions of the n materials; without them no element is looked at.
        said
            What `glance` said of them; without it the estimator is asked.
        """
        if not len(X):
            return self._nothing()
        if self.sets is not None:
            probability = class_probabilities(self.pipeline, X, len(self.classes)) if said is None else said
            signs = self.signs(X, materials, probability)
            inside = self.sets.holds(probability, self.confidence, signs)
            return ClassPredictions(
                signs, self._domain(X, signs, materials), self.classes, probability, inside
            )
        assert self.intervals is not None
        value = predicted(self.pipeline, X) if said is None else said
        signs = self.signs(X, materials, value)
        return Predictions(
            signs, self._domain(X, signs, materials), *self.intervals.interval(signs, self.confidence)
        )

    def signs(
        self, X: NDArray[np.float64], materials: CompositionBatch | None, said: NDArray[np.float64]
    ) -> RowSigns:
        """Return what is known of n materials beside the prediction; parameters as in `predict_features`."""
        if self.sets is not None:
            return self.learned_from.signs(X, said.argmax(axis=1), None, materials)
        return self.learned_from.signs(X, said, ensemble_spread(self.pipeline, X), materials)

    def probability_between(self, signs: RowSigns, low: float, high: float) -> NDArray[np.float64]:
        """Return for each prediction (n,) the probability that low ≤ value ≤ high, in the target's unit."""
        assert self.intervals is not None
        return self.intervals.probability_between(signs, low, high)

    def why(self, X: NDArray[np.float64], place: int = -1) -> list[str] | None:
        """Return for each row (n, columns) which features move its prediction most; None where the model does not say.

        Parameters
        ----------
        X
            Features.
        place
            Of classes: which one is asked about.
        """
        if not len(X):
            return None
        given = contributions(self.pipeline, X, place)
        if given is None:
            # Of hits only: the report's contributions are Shapley values, in log-odds where classes are predicted.
            given = path_contributions(self.pipeline, X, place)
        return None if given is None else leading(given, self.columns)

    def _domain(
        self, X: NDArray[np.float64], signs: RowSigns, materials: CompositionBatch | None
    ) -> NDArray[np.object_]:
        said = np.full(len(X), INSIDE, dtype=object)
        outside = np.flatnonzero(~signs.in_domain)
        if len(outside):
            those = None if materials is None else materials.take(outside)
            said[outside] = self.learned_from.reasons(
                X[outside], signs.take(outside), those, self.columns, SYMBOLS
            )
        return said

    def _nothing(self) -> Predictions | ClassPredictions:
        """Return what is said of no materials."""
        none = np.empty(0)
        signs, domain = RowSigns.nothing_known(none), np.empty(0, dtype=object)
        if self.sets is None:
            return Predictions(signs, domain, none, none)
        of_each = np.empty((0, len(self.classes)))
        return ClassPredictions(signs, domain, self.classes, of_each, of_each > 0)

    def predict(self, materials: Sequence[object]) -> pd.DataFrame:
        """Predict materials as a person has them; one that cannot be read says why.

        Parameters
        ----------
        materials
            n formulas, pymatgen Structures, or texts of CIF, POSCAR or pymatgen JSON, of which a model of compositions
            takes the composition; a model of crystals takes no formulas. For a model of electronic structures, n paths.

        Returns
        -------
        Columns prediction, lower, upper (NaN where there is none), in_domain, domain ("inside", or why it is not),
        reason (why there is no prediction), one line a material. Of classes: prediction (None where there is none),
        probability_<class> for each, set ("(no class)" where none is probable enough), in_domain, domain, reason.
        """
        return self.predict_rows(examine(rows_of(materials, self.needs)))

    def predict_rows(self, rows: ExaminedRows) -> pd.DataFrame:
        """Predict the rows of a source, as `predict` does."""
        import pandas as pd

        n = len(rows.keys)
        readable = np.array([row for row, key in enumerate(rows.keys) if key], dtype=np.int64)
        reasons = np.full(n, "", dtype=object)
        for row, why in rows.refusals.items():
            reasons[row] = f"{why.reason}: {why.detail}"
        materials = materials_of(rows.materials.take(readable))
        X, compositions = np.empty((0, 0)), None
        if materials is not None:
            computed = self.features(materials)
            for place, refused in computed.refused.items():
                reasons[readable[place]] = f"{refused.reason}: {refused.detail}"
            good = np.array([place not in computed.refused for place in range(len(readable))])
            readable, X = readable[good], computed.values[good]
            if materials.compositions is not None:
                compositions = materials.compositions.take(np.flatnonzero(good))
        predicted = self.predict_features(X, compositions)
        columns: dict[str, Any] = {}
        for name, values in predicted.answer().items():
            # Where there is no prediction a number is NaN, a text None, and nothing is in the domain.
            empty = {"b": False, "f": np.nan}.get(values.dtype.kind)
            columns[name] = np.full(n, empty, dtype=values.dtype)
            columns[name][readable] = values
        return pd.DataFrame({**columns, "reason": reasons}, index=range(n))
