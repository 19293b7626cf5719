"""Stacks: nothing of a group crosses an inner fold, and what a naive stack would have believed."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pytest
from numpy.typing import NDArray

from matsluice.models.grouped_fit import fit_grouped
from matsluice.models.inner_folds import inner_folds
from matsluice.models.member import members_of
from matsluice.models.pipelines import make_model

MEMBERS = {"members": ("knn", "ridge")}


class Leaky:
    """Twelve groups of ten rows: a feature names the group, whose value is its own beside a line in another one."""

    def __init__(self, groups: int = 12, seed: int = 3) -> None:
        chance = np.random.default_rng(seed)
        self.groups = np.repeat(np.arange(groups), 10)
        own = chance.normal(scale=4.0, size=groups)[self.groups]
        name = chance.uniform(-1, 1, size=(groups, 8))[self.groups]
        line = chance.normal(size=len(self.groups))
        self.X = np.column_stack([100 * name, line])
        self.y = 3.0 * line + own + chance.normal(scale=0.1, size=len(line))


def weights(model: Any) -> dict[str, float]:
    found: dict[str, float] = model[-1].weights_
    return found


def test_a_member_that_recalls_its_group_is_not_trusted_for_it() -> None:
    """With rows folded at random the neighbours find the row's own group, and look almost right."""
    data = Leaky()
    naive = make_model("stacking", MEMBERS, 0).fit(data.X, data.y)
    ours = fit_grouped(make_model("stacking", MEMBERS, 0), data.X, data.y, data.groups)
    assert weights(naive)["knn"] > 0.5 > 0.3 > weights(ours)["knn"]
    new = Leaky(seed=4)
    error = {
        name: float(np.abs(model.predict(new.X) - new.y).mean())
        for name, model in {"naive": naive, "ours": ours}.items()
    }
    assert error["ours"] < error["naive"]


def test_the_same_for_classes() -> None:
    data = Leaky()
    place = (data.y > np.median(data.y)).astype(int)
    naive = make_model("stacking", {"members": ("knn", "logistic")}, 0, "classification").fit(data.X, place)
    ours = fit_grouped(
        make_model("stacking", {"members": ("knn", "logistic")}, 0, "classification"),
        data.X,
        place,
        data.groups,
    )
    trust = [model[-1].estimator_.final_.coef_[0, 0] for model in (naive, ours)]
    assert trust[0] > 2 * max(trust[1], 0.0)


class Watched:
    """Stands for a member: notes which groups it is fitted on and asked about."""

    seen: ClassVar[list[tuple[set[float], set[float]]]] = []

    def fit(self, X: NDArray[np.float64], y: NDArray[np.float64]) -> Watched:  # noqa: ARG002
        self.learned = set(X[:, 0].tolist())
        return self

    def predict(self, X: NDArray[np.float64]) -> NDArray[np.float64]:
        Watched.seen.append((self.learned, set(X[:, 0].tolist())))
        return X[:, 0]


def test_no_group_stands_on_both_sides_for_any_member(monkeypatch: pytest.MonkeyPatch) -> None:
    from matsluice.models.member import Member

    data = Leaky()
    X = data.groups[:, None].astype(float)
    Watched.seen.clear()
    monkeypatch.setattr(Member, "make", lambda _: Watched())
    fit_grouped(make_model("stacking", MEMBERS, 0), X, data.y, data.groups)
    assert len(Watched.seen) == 10  # two members, five folds
    for learned, asked in Watched.seen:
        assert not learned & asked
    # Every row was asked about once by each member.
    assert sorted(group for _, asked in Watched.seen for group in asked) == sorted([*range(12)] * 2)


def test_a_calibrated_member_keeps_groups_in_its_own_folds(monkeypatch: pytest.MonkeyPatch) -> None:
    """A support vector machine inside a stack divides its rows once more."""
    import matsluice.models.calibrated_margin as margin

    data = Leaky()
    crossing: list[int] = []

    def watched(y: Any, groups: Any, *more: Any, **others: Any) -> Any:
        folds = inner_folds(y, groups, *more, **others)
        crossing.extend(len(set(groups[fit]) & set(groups[test])) for fit, test in folds)
        return folds

    monkeypatch.setattr(margin, "inner_folds", watched)
    stack = make_model("stacking", {"members": ("svm", "logistic"), "inner_folds": 3}, 0, "classification")
    fit_grouped(stack, data.X, (data.y > 0).astype(int), data.groups)
    assert len(crossing) >= 4 * 3
    assert set(crossing) == {0}


def test_weights_are_not_negative_and_the_prediction_is_their_sum() -> None:
    data = Leaky()
    unfitted = make_model("stacking", {"members": ("ridge", "decision_tree", "dummy")}, 0)
    model = fit_grouped(unfitted, data.X, data.y, data.groups)
    stack = model[-1]
    assert min(weights(model).values()) >= 0.0
    by_hand = stack.final_.intercept_ + sum(
        weight * member.predict(data.X)
        for weight, member in zip(weights(model).values(), stack.members_, strict=True)
    )
    assert model.predict(data.X) == pytest.approx(by_hand)


def test_members_with_settings_of_their_own() -> None:
    deep = {"name": "shallow", "kind": "decision_tree", "params": {"max_depth": 1}}
    data = Leaky()
    model = fit_grouped(make_model("stacking", {"members": ("ridge", deep)}, 0), data.X, data.y, data.groups)
    assert list(weights(model)) == ["ridge", "shallow"]
    assert model[-1].members_[1][-1].get_depth() == 1


@pytest.mark.parametrize(
    ("members", "said"),
    [
        (("ridge",), "two or more different models, got ridge"),
        (("ridge", "ridge"), "two or more different models"),
        (("ridge", "stacking"), "stacking cannot be a member of a stack"),
    ],
)
def test_members_that_make_no_stack(members: tuple[str, ...], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        members_of(members, "regression", 0)


def test_fewer_groups_than_folds_make_fewer_folds_and_one_group_none() -> None:
    y = np.arange(6.0)
    assert len(inner_folds(y, np.array([0, 0, 0, 1, 1, 2]), 5, 0, classes=False)) == 3
    with pytest.raises(ValueError, match="at least 2 groups, got 1"):
        inner_folds(y, np.zeros(6, dtype=int), 5, 0, classes=False)


def test_classes_are_shared_out_over_inner_folds() -> None:
    y = np.repeat([0, 1], [40, 10])
    for groups in (None, np.arange(50) // 2):
        folds = inner_folds(y, groups, 5, 1, classes=True)
        assert [int((y[test] == 1).sum()) for _, test in folds] == [2] * 5


def test_a_rare_class_does_not_stop_a_stack() -> None:
    data = Leaky()
    place = (data.y > 0).astype(int)
    place[0] = 2
    members = {"members": ("logistic", "decision_tree")}
    unfitted = make_model("stacking", members, 0, "classification")
    model = fit_grouped(unfitted, data.X, place, data.groups)
    said = model.predict_proba(data.X)
    assert said.shape == (120, 3)
    assert said.sum(axis=1) == pytest.approx(np.ones(120))
