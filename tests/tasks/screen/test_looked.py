"""Whatever is looked for, the first hits are those found by saying all of every candidate."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from matsluice.models.residual_distribution import ResidualDistribution
from matsluice.models.uncertainty.conformal_intervals import ConformalIntervals
from matsluice.models.uncertainty.row_signs import RowSigns
from matsluice.tasks.predict.material_model import Glance
from matsluice.tasks.predict.predictions import ClassPredictions, Predictions
from matsluice.tasks.screen.aims import Aim
from matsluice.tasks.screen.judgement import TargetSaid, judge
from matsluice.tasks.screen.looked import Batch, Looked, look
from matsluice.tasks.screen.objective import Objective
from matsluice.tasks.screen.order import best
from matsluice.tasks.screen.wanted import Wanted

ERRORS = ConformalIntervals(ResidualDistribution(np.array([-1.0, 0.0, 1.0, 2.0])))
FORMULAS = ["NaCl", "Na2S", "ClNa3", "MgO", "ZnS", "Zn3S"]
CLASS = {"wanted_class": "metal", "place": 1}


@dataclass(frozen=True)
class Told:
    """A model whose features are the prediction, the distance, and whether the row is in the domain."""

    classes: tuple[str, ...]
    asked: list[int]

    def glance(self, X: NDArray[np.float64], _materials: None, place: int) -> Glance:
        said = np.stack([1 - X[:, 0] / 8, X[:, 0] / 8], axis=1) if self.classes else X[:, 0]
        return Glance(said, said[:, place] if self.classes else said, X[:, 2] > 0)

    def signs(self, X: NDArray[np.float64], _materials: None, said: NDArray[np.float64]) -> RowSigns:
        value = said.argmax(axis=1) if self.classes else said
        return replace(RowSigns.nothing_known(value), distance=X[:, 1], in_domain=X[:, 2] > 0)

    def predict_features(
        self, X: NDArray[np.float64], materials: None, said: NDArray[np.float64] | None = None
    ) -> Predictions | ClassPredictions:
        self.asked.append(len(X))
        said = self.glance(X, materials, 1).said if said is None else said
        domain = np.full(len(X), "inside", dtype=object)
        signs = self.signs(X, materials, said)
        if self.classes:
            return ClassPredictions(signs, domain, self.classes, said, said > 0.5)
        return Predictions(signs, domain, said - 1, said + 1)

    def probability_between(self, signs: RowSigns, low: float, high: float) -> NDArray[np.float64]:
        return ERRORS.probability_between(signs, low, high)


def batch_of(rows: list[tuple[int, int, bool, int]]) -> Batch:
    X = np.array([row[:3] for row in rows], dtype=np.float64).reshape(-1, 3)
    ids = [f"c{place}" for place in range(len(rows))]
    formulas = [FORMULAS[row[3]] for row in rows]
    # A key may stand twice, as where one material is written in two ways.
    keys = [f"k{row[3]}{row[0]}" for row in rows]
    return Batch(
        pa.table({"id": ids, "key": keys, "formula": formulas}, schema=_texts("id", "key", "formula")),
        X,
        None,
    )


def _texts(*names: str) -> pa.Schema:
    return pa.schema([(name, pa.string()) for name in names])


def first_of(batch: Batch, looked: Looked, wanted: Wanted, top: int) -> list[str]:
    judged = looked.judgement
    hits = batch.names(looked.places)
    for name, column in (
        ("in_domain", judged.in_domain),
        ("merit", judged.merit),
        ("distance", looked.predicted.distance),
    ):
        hits = hits.append_column(name, pa.array(column))
    found = best(hits.take(pa.array(looked.looked_for)), top, wanted.at_most_per_system)
    ids: list[str] = found.column("id").to_pylist()
    return ids


@given(
    rows=st.lists(
        st.tuples(st.integers(0, 8), st.integers(0, 3), st.booleans(), st.integers(0, len(FORMULAS) - 1)),
        max_size=30,
    ),
    objective=st.sampled_from(
        [
            Objective(2.0, 6.0),
            Objective(low=3.0),
            Objective(high=5.0),
            Objective(direction=1),
            Objective(direction=-1),
            Objective(low=0.4, **CLASS),  # type: ignore[arg-type]
            Objective(high=0.6, **CLASS),  # type: ignore[arg-type]
            Objective(direction=1, **CLASS),  # type: ignore[arg-type]
        ]
    ),
    top=st.integers(1, 6),
    quota=st.sampled_from([None, 1, 2]),
    only_inside=st.booleans(),
)
def test_the_first_are_those_of_all(
    rows: list[tuple[int, int, bool, int]],
    objective: Objective,
    top: int,
    quota: int | None,
    only_inside: bool,
) -> None:
    classes = ("gap", "metal") if objective.place >= 0 else ()
    model: Any = Told(classes, [])
    wanted = Wanted((Aim("", objective),), {}, at_most_per_system=quota)
    batch = batch_of(rows)
    looked = look(wanted, model, batch, top, only_inside=only_inside)
    predicted = model.predict_features(batch.X, None)
    judgement = judge(wanted, {"": TargetSaid(predicted, model)})
    whole = Looked(judgement.standing, np.arange(len(rows)), predicted, judgement, only_inside)
    assert first_of(batch, looked, wanted, top) == first_of(batch, whole, wanted, top)
    assert (looked.standing.met == judgement.met).all()
    assert (looked.standing.in_domain == judgement.in_domain).all()


@pytest.mark.parametrize(("objective", "inside"), [(Objective(2.0, 6.0), 2), (Objective(direction=1), 1)])
def test_all_is_said_of_a_few_only(objective: Objective, inside: int) -> None:
    """Of a window those inside the domain, where there are enough of them; of a direction those ahead, too."""
    asked: list[int] = []
    model: Any = Told((), asked)
    rows = [(place % 9, place % 7, place % inside == 0, place % len(FORMULAS)) for place in range(300)]
    look(Wanted((Aim("", objective),), {}), model, batch_of(rows), 5, only_inside=False)
    assert 5 <= sum(asked) < 120
