"""Blocks and model in one: materials in, values with intervals out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from matsluice.infra.mistakes import InvalidInput
from matsluice.models.applicability_domain import ApplicabilityDomain
from matsluice.models.residual_distribution import ResidualDistribution
from matsluice.models.spread import ensemble_spread
from matsluice.tasks.features.blocks import add_plugins, find_block
from matsluice.tasks.features.each import BlockRows, compute_each, side_by_side
from matsluice.tasks.features.plugins import PluginFile
from matsluice.tasks.ingest.examine import ExaminedRows, examine
from matsluice.tasks.ingest.given_rows import rows_of
from matsluice.tasks.material.materials import Materials, Needs
from matsluice.tasks.material.materials_columns import materials_of

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Predictions:
    """Predictions for some materials, every array of shape (n,).

    Attributes
    ----------
    value, lower, upper
        Prediction and interval, in the target's unit.
    spread
        Standard deviation among the ensemble's members; NaN where the model has none.
    in_domain
        Whether the material is like those learned from.
    distance
        To the nearest of those, in standard deviations of a feature.
    """

    value: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    spread: NDArray[np.float64]
    in_domain: NDArray[np.bool_]
    distance: NDArray[np.float64]


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
    domain, residuals, confidence
        What flags and intervals are made from.
    plugins
        Files with blocks of its own, without which it cannot be used.
    """

    pipeline: Any
    blocks: dict[str, int]
    target: str
    unit: str
    domain: ApplicabilityDomain
    residuals: ResidualDistribution
    confidence: float
    plugins: tuple[PluginFile, ...] = ()

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

    def predict_features(self, X: NDArray[np.float64]) -> Predictions:
        """Predict from a feature matrix (n, columns)."""
        if not len(X):
            none = np.empty(0)
            return Predictions(none, none, none, none, np.empty(0, dtype=bool), none)
        value = np.asarray(self.pipeline.predict(X), dtype=np.float64)
        half_width = self.residuals.half_width(self.confidence)
        spread = ensemble_spread(self.pipeline, X)
        in_domain, distance = self.domain.assess(X)
        return Predictions(
            value=value,
            lower=value - half_width,
            upper=value + half_width,
            spread=np.full(len(value), np.nan) if spread is None else spread,
            in_domain=in_domain,
            distance=distance,
        )

    def predict(self, materials: Sequence[object]) -> pd.DataFrame:
        """Predict materials as a person has them; one that cannot be read says why.

        Parameters
        ----------
        materials
            n formulas, or, for a model of crystals, n pymatgen Structures or texts of CIF, POSCAR or pymatgen
            JSON; for a model of electronic structures, n paths.

        Returns
        -------
        Columns prediction, lower, upper (NaN where there is none), in_domain, reason, one line a material.
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
        X = np.empty((0, 0))
        if materials is not None:
            computed = self.features(materials)
            for place, refused in computed.refused.items():
                reasons[readable[place]] = f"{refused.reason}: {refused.detail}"
            good = np.array([place not in computed.refused for place in range(len(readable))])
            readable, X = readable[good], computed.values[good]
        predicted = self.predict_features(X)
        table = pd.DataFrame(
            {"prediction": np.nan, "lower": np.nan, "upper": np.nan, "in_domain": False, "reason": ""},
            index=range(n),
        )
        for name, values in (
            ("prediction", predicted.value),
            ("lower", predicted.lower),
            ("upper", predicted.upper),
            ("in_domain", predicted.in_domain),
        ):
            column = table[name].to_numpy(copy=True)
            column[readable] = values
            table[name] = column
        table["reason"] = reasons
        return table
