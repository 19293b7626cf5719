"""New rows compared with those learned from: neighbours, elements, and why a row is outside."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from matsluice.models.applicability_domain import ApplicabilityDomain
from matsluice.models.uncertainty.learned_from import LearnedFrom
from matsluice.models.uncertainty.row_signs import NEIGHBOURS

CLOUD = np.random.default_rng(2).normal(size=(300, 6)) * [1, 10, 100, 1e-6, 1, 1] + [0, 5, -7, 0, 1e3, 0]
NEW = CLOUD[:50] + np.random.default_rng(3).normal(size=(50, 6)) * CLOUD.std(axis=0)


@dataclass(frozen=True)
class Elements:
    offsets: np.ndarray
    atomic_numbers: np.ndarray

    @classmethod
    def of(cls, *materials: tuple[int, ...]) -> Elements:
        lengths = [len(material) for material in materials]
        return cls(
            np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
            np.concatenate(materials).astype(np.int16),
        )


def apart(training: np.ndarray, X: np.ndarray) -> np.ndarray:
    mean, scale = training.mean(axis=0), training.std(axis=0)
    difference = ((X - mean) / scale)[:, None, :] - ((training - mean) / scale)[None, :, :]
    return np.asarray(np.sqrt((difference**2).sum(axis=2)))


def test_the_nearest_are_those_of_plain_arithmetic() -> None:
    domain = ApplicabilityDomain.fit(CLOUD)
    places, distances = domain.nearest(NEW, 7)
    expected = np.sort(apart(CLOUD, NEW), axis=1)[:, :7]
    assert distances == pytest.approx(expected, rel=1e-4)
    assert distances[:, 0] == pytest.approx(domain.distance(NEW))
    assert places.shape == (50, 7)


@pytest.mark.parametrize("rows", [1, 7, 50])
def test_batches_do_not_show(rows: int) -> None:
    domain = ApplicabilityDomain.fit(CLOUD)
    places, distances = domain.nearest(NEW, 5)
    for start in range(0, len(NEW), rows):
        again = domain.nearest(NEW[start : start + rows], 5)
        assert (again[0] == places[start : start + rows]).all()
        assert (again[1] == distances[start : start + rows]).all()


def test_of_equal_distances_the_earlier_row_counts() -> None:
    domain = ApplicabilityDomain.fit(np.array([[0.0], [2.0], [4.0], [6.0]]))
    assert domain.nearest(np.array([[3.0]]), 3)[0].tolist() == [[1, 2, 0]]
    assert domain.nearest(np.array([[3.0]]), 99)[0].shape == (1, 4)


def test_values_of_equal_features_are_their_mean() -> None:
    X = np.array([[1.0, 2.0], [3.0, 1.0], [1.0, 2.0], [5.0, 5.0]])
    domain, labels = ApplicabilityDomain.fit_labelled(X, np.array([1.0, 7.0, 3.0, 9.0]))
    places, distances = domain.nearest(X, 1)
    assert labels[places[:, 0]].tolist() == [2.0, 7.0, 2.0, 9.0]
    assert distances.ravel().tolist() == [0.0] * 4


def test_disagreement_is_large_where_neighbours_say_something_else() -> None:
    y = np.where(CLOUD[:, 0] > 0, 5.0, 0.0)
    learned = LearnedFrom.rows(CLOUD, y, None)
    signs = learned.signs(NEW, np.full(50, 5.0), None, None)
    places, _ = learned.domain.nearest(NEW, NEIGHBOURS)
    assert signs.disagreement == pytest.approx(np.sqrt(((learned.labels[places] - 5.0) ** 2).mean(axis=1)))
    assert signs.disagreement[NEW[:, 0] < -1].min() > signs.disagreement[NEW[:, 0] > 1].max()
    assert np.isnan(signs.spread).all()
    assert (signs.elements == 0).all()


def test_elements_that_were_hardly_seen() -> None:
    trained = Elements.of((8, 26), (8, 13), (8, 26, 30), (8,), (26,))
    X = np.arange(10.0).reshape(5, 2)
    learned = LearnedFrom.rows(X, np.arange(5.0), trained)
    asked = Elements.of((8,), (8, 13), (26, 30), (43,), (8, 26))
    signs = learned.signs(X, np.arange(5.0), None, asked)
    assert signs.in_domain.tolist() == [True, False, False, False, True]
    assert signs.elements.tolist() == [1, 2, 2, 1, 2]
    symbols = {13: "Al", 30: "Zn", 43: "Tc"}
    said = learned.reasons(X, signs, asked, ["a", "b"], [symbols.get(z, "") for z in range(119)])
    assert said == [
        "inside",
        "element Al seen in 1 material only",
        "element Zn seen in 1 material only",
        "element Tc never seen",
        "inside",
    ]


def test_every_row_outside_has_a_reason_and_no_row_inside() -> None:
    X = CLOUD.copy()
    X[:, 5] = 1.0
    asked = np.concatenate([X[:5], NEW])
    asked[7, 2] = np.nan
    learned = LearnedFrom.rows(X, X[:, 0], None)
    signs = learned.signs(asked, asked[:, 0], None, None)
    said = learned.reasons(asked, signs, None, list("abcdef"), [])
    assert [text == "inside" for text in said] == signs.in_domain.tolist()
    assert said[:5] == ["inside"] * 5
    assert "c is undefined, as never in training" in said[7]
    assert all("f has a value never seen" in text for text in said[5:])
