"""Looking for a class: how probable it is to be, and how hits are ranked."""

from __future__ import annotations

import numpy as np
import pytest

from matsluice.models.uncertainty.row_signs import RowSigns
from matsluice.tasks.predict.predictions import ClassPredictions
from matsluice.tasks.screen.objective import Objective
from matsluice.tasks.screen.ranking import merge_hits, probability_edges
from matsluice.tasks.screen.wanted import hit_schema

GIVEN = np.array([[0.05, 0.95], [0.4, 0.6], [0.1, 0.9]])


@pytest.fixture
def predicted() -> ClassPredictions:
    signs = RowSigns.nothing_known(GIVEN.argmax(axis=1))
    domain = np.full(3, "inside", dtype=object)
    return ClassPredictions(signs, domain, ("gap", "metal"), GIVEN, GIVEN >= 0.5)


def test_the_probability_of_the_class_is_what_is_judged(predicted: ClassPredictions) -> None:
    wanted = Objective(low=0.9, wanted_class="metal", place=1)
    value = predicted.judged(wanted.place)
    assert value.tolist() == [0.95, 0.6, 0.9]
    assert wanted.met(value).tolist() == [True, False, True]
    assert wanted.probability(value, None).tolist() == value.tolist()
    assert np.argsort(-wanted.merit(value, value)).tolist() == [0, 2, 1]


@pytest.mark.parametrize(
    ("wanted", "order", "text"),
    [
        (Objective(high=0.7, wanted_class="metal", place=1), [1], "probability of kind = metal at most 0.7"),
        (Objective(0.5, 0.92, 0, "metal", 1), [2, 1], "probability of kind = metal between 0.5 and 0.92"),
        (
            Objective(direction=1, wanted_class="metal", place=1),
            [0, 2, 1],
            "largest probability of kind = metal",
        ),
        (
            Objective(direction=-1, wanted_class="gap", place=0),
            [0, 2, 1],
            "smallest probability of kind = gap",
        ),
    ],
)
def test_ranking(predicted: ClassPredictions, wanted: Objective, order: list[int], text: str) -> None:
    value = predicted.judged(wanted.place)
    met = np.flatnonzero(wanted.met(value))
    assert met[np.argsort(-wanted.merit(value, value)[met])].tolist() == order
    assert wanted.text("kind", "") == text


def test_columns_of_hits(predicted: ClassPredictions) -> None:
    columns = predicted.hit_columns()
    assert columns["prediction"].tolist() == ["metal"] * 3
    assert columns["set"] == ["metal"] * 3
    assert columns["lower"].null_count == columns["spread"].null_count == 3
    names = merge_hits([], 5, classes=True)[0].column_names
    assert names == ["rank", *(n for n in hit_schema(classes=True).names if n not in {"key", "merit"})]


def test_probabilities_are_counted_from_0_to_1() -> None:
    edges = probability_edges()
    assert (edges[0], edges[-1], len(edges)) == (0.0, 1.0, 41)
