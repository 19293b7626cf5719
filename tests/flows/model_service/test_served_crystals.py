"""A service of a model of crystals."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from matsluice.models.catalogue import make_model
from matsluice.models.residual_distribution import ResidualDistribution
from matsluice.models.uncertainty.conformal_intervals import ConformalIntervals
from matsluice.models.uncertainty.learned_from import LearnedFrom
from matsluice.tasks.features.each import compute_each
from matsluice.tasks.features.known_blocks import find_block
from matsluice.tasks.material import crystals_from_cells
from matsluice.tasks.predict.material_model import MaterialModel

CIF = Path(__file__).with_name("rock_salt.cif").read_text()
# No symmetry to look for: the child starts quickly.
BLOCK = "structure.geometry"


@pytest.fixture(scope="module")
def crystals() -> MaterialModel:
    """A ridge on geometry, of rock salts of growing cells."""
    half = [[0.0, 0.0, 0.0], [0.5, 0.5, 0.5]]
    cells = [(np.eye(3) * a, [55, 17], half) for a in np.linspace(3.8, 5.0, 20)]
    batch = crystals_from_cells(cells).batch
    X = compute_each(find_block(BLOCK).make(), batch).values
    y = np.linspace(1.0, 5.0, 20)
    return MaterialModel(
        pipeline=make_model("ridge", {}, seed=1).fit(X, y),
        blocks={BLOCK: find_block(BLOCK).version},
        target="gap",
        unit="eV",
        learned_from=LearnedFrom.rows(X, y, batch.compositions()),
        intervals=ConformalIntervals(ResidualDistribution.of(np.resize([0.1, -0.1], 20), np.zeros(20))),
        confidence=0.9,
    )


@pytest.fixture(scope="module")
def service(crystals: MaterialModel, serve: Callable[..., Any]) -> Iterator[Any]:
    with serve(crystals) as one:
        yield one


def test_the_same_as_from_python(service: Any, crystals: MaterialModel) -> None:
    smaller = CIF.replace("5.64", "5.5")
    rows = service.predict(CIF, "NaCl", smaller)
    expected = crystals.predict([CIF, smaller])
    for row, (_, one) in zip((rows[0], rows[2]), expected.iterrows(), strict=True):
        assert row == {**one.to_dict(), "reason": None}
    assert rows[1]["reason"] == "not a structure: the model takes crystals, not formulas"


def test_it_says_what_it_takes(service: Any) -> None:
    assert service("/model").json["takes"].startswith("structures: ")
    example = service("/openapi.json").json["paths"]["/predict"]["post"]["requestBody"]
    (material,) = example["content"]["application/json"]["schema"]["examples"][0]["materials"]
    assert service.predict(material)[0]["reason"] is None
