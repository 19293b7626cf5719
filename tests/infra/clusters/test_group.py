"""How many units there should be, and which may go."""

from __future__ import annotations

import pytest

from matsluice.infra.clusters.group import Group


@pytest.mark.parametrize(
    ("calls", "wanted"), [(0, 1), (1, 1), (2, 1), (3, 2), (8, 4), (9, 5), (10, 5), (1000, 5)]
)
def test_a_thread_for_each_call_within_the_bounds(calls: int, wanted: int) -> None:
    assert Group(at_least=1, at_most=5, calls_at_once=2, idle_s=1.0).wanted(calls) == wanted


def test_none_is_kept_where_none_need_be() -> None:
    assert Group(at_least=0, at_most=5, calls_at_once=2, idle_s=1.0).wanted(0) == 0


def test_a_fixed_number_does_not_grow() -> None:
    assert not Group(3, 3, 1, 1.0).grows
    assert Group(2, 3, 1, 1.0).grows


@pytest.mark.parametrize(
    ("surplus", "gone"), [(-2, []), (0, []), (1, ["b"]), (2, ["b", "a"]), (9, ["b", "a"])]
)
def test_the_longest_idle_go_and_those_at_work_stay(surplus: int, gone: list[str]) -> None:
    group = Group(at_least=0, at_most=5, calls_at_once=1, idle_s=10.0)
    idle_since = {"a": 85.0, "b": 80.0, "c": 95.0, "other group": 1.0}
    assert group.may_go(idle_since, ["a", "b", "c", "at work"], surplus, now=100.0) == gone
