"""Blocks and model in one: formulas in, values with intervals out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from matsluice.infra.mistakes import InvalidInput
from matsluice.models.applicability_domain import ApplicabilityDomain
from matsluice.models.residual_distribution import ResidualDistribution
from matsluice.models.spread import ensemble_spread
from matsluice.tasks.features.blocks import find_block
from matsluice.tasks.material import CompositionBatch, parse_formulas

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
class FormulaModel:
    """A fitted model with all it needs to be used on formulas.

    Attributes
    ----------
    pipeline
        The fitted estimator, filling and scaling included.
    blocks
        Block name → version, in the order of the columns.
    target, unit
        What is predicted.
    domain, residuals, confidence
        What flags and intervals are made from.
    """

    pipeline: Any
    blocks: dict[str, int]
    target: str
    unit: str
    domain: ApplicabilityDomain
    residuals: ResidualDistribution
    confidence: float

    def check_versions(self) -> None:
        """Raise InvalidInput where a block here is of another version than the one learned from."""
        for name, version in self.blocks.items():
            here = find_block(name).version
            if here != version:
                raise InvalidInput(
                    f"the model was trained on {name} version {version}, installed is version {here}: "
                    "install the version of matsluice it names, or train it anew"
                )

    def features(self, batch: CompositionBatch) -> NDArray[np.float64]:
        """Return the feature matrix (n, columns) of a batch, NaN where undefined."""
        return np.concatenate([find_block(name).make().compute(batch).values for name in self.blocks], axis=1)

    def predict_batch(self, batch: CompositionBatch) -> Predictions:
        """Predict a batch of compositions."""
        if not len(batch):
            none = np.empty(0)
            return Predictions(none, none, none, none, np.empty(0, dtype=bool), none)
        X = self.features(batch)
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

    def predict(self, formulas: Sequence[str]) -> pd.DataFrame:
        """Predict formulas as they stand in a table; a row that cannot be read says why.

        Returns
        -------
        Columns prediction, lower, upper (NaN where there is none), in_domain, reason, one line a formula.
        """
        import pandas as pd

        parsed = parse_formulas(formulas)
        predicted = self.predict_batch(parsed.batch)
        table = pd.DataFrame(
            {"prediction": np.nan, "lower": np.nan, "upper": np.nan, "in_domain": False, "reason": ""},
            index=range(len(formulas)),
        )
        for name, values in (
            ("prediction", predicted.value),
            ("lower", predicted.lower),
            ("upper", predicted.upper),
            ("in_domain", predicted.in_domain),
        ):
            column = table[name].to_numpy(copy=True)
            column[parsed.rows] = values
            table[name] = column
        reasons = np.full(len(formulas), "", dtype=object)
        for refusal in parsed.refused:
            reasons[refusal.row] = f"{refusal.reason}: {refusal.detail}"
        table["reason"] = reasons
        return table
