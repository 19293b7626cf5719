"""Fewer rows are a part of more rows, in whole groups, and of every class."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matsluice.tasks.train.nested_rows import nested_rows

GROUPS = st.lists(st.integers(0, 8), min_size=1, max_size=60)
SHARES = st.floats(0.01, 1.0)


@given(GROUPS, SHARES, SHARES, st.integers(0, 99))
def test_groups_stay_whole_and_smaller_is_within_larger(
    groups: list[int], one: float, other: float, seed: int
) -> None:
    numbers = np.array(groups)
    fewer, more = (
        set(nested_rows(numbers, len(groups), share, seed).tolist()) for share in sorted((one, other))
    )
    assert fewer <= more
    assert fewer
    taken = {groups[row] for row in fewer}
    assert fewer == {row for row, group in enumerate(groups) if group in taken}


@given(st.lists(st.integers(0, 3), min_size=2, max_size=60), SHARES, st.integers(0, 99))
def test_every_class_is_there(classes: list[int], share: float, seed: int) -> None:
    rows = nested_rows(None, len(classes), share, seed, np.array(classes))
    assert {classes[row] for row in rows} == set(classes)


def test_the_share_is_kept_class_by_class() -> None:
    classes = np.repeat([0, 1], [80, 20])
    rows = nested_rows(None, 100, 0.25, 0, classes)
    assert np.bincount(classes[rows]).tolist() == [20, 5]


def test_all_and_seeds() -> None:
    assert nested_rows(None, 7, 1.0, 0).tolist() == list(range(7))
    assert nested_rows(None, 100, 0.5, 0).tolist() == nested_rows(None, 100, 0.5, 0).tolist()
    assert nested_rows(None, 100, 0.5, 0).tolist() != nested_rows(None, 100, 0.5, 1).tolist()
