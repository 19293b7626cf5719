"""Every point is in one box, and no box reaches beyond its points."""

from __future__ import annotations

import numpy as np
import pytest

from matsluice.models.boxed_points import DIRECTIONS, LANES, LEADING, NOWHERE, BoxedPoints


@pytest.mark.parametrize("n", [1, 15, 16, 17, 100, 300])
def test_boxes_hold_what_they_say(n: int) -> None:
    points = np.random.default_rng(n).normal(size=(n, DIRECTIONS)).astype(np.float32)
    points[::5] = points[0]
    boxed = BoxedPoints.of(points)
    there = boxed.places != NOWHERE
    assert np.sort(boxed.places[there]).tolist() == list(range(n))
    # All boxes but one are full, so that no lane is looked at for nothing.
    assert (there.sum(axis=1) % LANES != 0).sum() <= 1
    for box in np.flatnonzero(there.any(axis=1)):
        content = points[boxed.places[box][there[box]]]
        assert (boxed.inside[box].T[there[box]] == content).all()
        low, high = boxed.corners[box // LANES, :, :, box % LANES]
        assert (low == content[:, :LEADING].min(axis=0)).all()
        assert (high == content[:, :LEADING].max(axis=0)).all()
    empty = np.flatnonzero(~there.any(axis=1))
    assert np.isinf(boxed.corners[empty // LANES, 0, :, empty % LANES]).all()
    assert np.isinf(boxed.inside[~there[:, None, :].repeat(DIRECTIONS, axis=1)]).all()
