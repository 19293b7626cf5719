"""A fitted model of two blocks, without a campaign around it."""

from __future__ import annotations

import numpy as np
import pytest

from matsluice.models.catalogue import make_model
from matsluice.models.residual_distribution import ResidualDistribution
from matsluice.models.uncertainty.conformal_intervals import ConformalIntervals
from matsluice.models.uncertainty.learned_from import LearnedFrom
from matsluice.tasks.features import featurize
from matsluice.tasks.material import parse_formulas
from matsluice.tasks.predict.material_model import MaterialModel

# Band gaps in eV, rounded; what they are does not matter here.
GAPS = {
    "NaCl": 8.5, "KCl": 8.6, "NaBr": 7.1, "KBr": 7.4, "LiF": 13.6, "ZnO": 3.4, "ZnS": 3.7, "ZnSe": 2.7,
    "GaAs": 1.4, "GaP": 2.3, "GaN": 3.4, "InP": 1.3, "InAs": 0.4, "AlAs": 2.2, "Si": 1.1, "Ge": 0.7,
    "MgO": 7.8, "CuI": 3.1, "AgCl": 3.2, "Fe2O3": 2.2,
}  # fmt: skip
BLOCKS = ("composition.elemental", "composition.fractions")


@pytest.fixture(scope="session")
def model() -> MaterialModel:
    """A forest of 10 trees on elemental statistics and element fractions."""
    X = featurize(list(GAPS), list(BLOCKS)).to_numpy()
    y = [*GAPS.values()]
    errors = np.array([0.1, -0.3, 0.5, -0.2] * 5)
    return MaterialModel(
        pipeline=make_model("random_forest", {"n_estimators": 10}, seed=1).fit(X, y),
        blocks=dict.fromkeys(BLOCKS, 1),
        target="gap",
        unit="eV",
        learned_from=LearnedFrom.rows(X, np.array(y), parse_formulas(list(GAPS)).batch),
        intervals=ConformalIntervals(ResidualDistribution.of(errors, np.zeros(20))),
        confidence=0.9,
    )
