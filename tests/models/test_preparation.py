"""What happens to features inside a pipeline, learned from training rows only."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from matsluice.models.preparation import FILLS, prepared

TRAINING = np.array([[0.0, 10.0], [2.0, np.nan], [4.0, 30.0], [10.0, 80.0]])


@pytest.mark.parametrize(("fill", "stands_in"), [("median", 30.0), ("mean", 40.0), ("zero", 0.0)])
def test_what_stands_in_is_learned_from_training_rows_only(fill: str, stands_in: float) -> None:
    pipeline = prepared(Ridge(), fill=fill, scale=False).fit(TRAINING, np.arange(4))
    filled = pipeline[:-1].transform(np.array([[np.nan, np.nan], [1e9, 1e9]]))
    assert filled[0, 1] == stands_in
    assert filled[0, 0] == {"median": 3.0, "mean": 4.0, "zero": 0.0}[fill]
    assert (filled[1] == 1e9).all()


def test_none_leaves_undefined_features_as_they_are() -> None:
    prepare = prepared(Ridge(), fill="none", scale=False)[:-1]
    assert np.isnan(prepare.fit_transform(TRAINING)).sum() == 1


def test_columns_have_mean_0_and_variance_1_over_the_training_rows() -> None:
    prepare = prepared(Ridge(), fill="median", scale=True)[:-1].fit(TRAINING)
    standard = prepare.transform(TRAINING)
    assert standard.mean(axis=0) == pytest.approx(0.0, abs=1e-12)
    assert standard.std(axis=0) == pytest.approx(1.0)
    # By hand: column 0 is 0, 2, 4, 10, of mean 4 and variance 14.
    assert standard[:, 0] == pytest.approx((TRAINING[:, 0] - 4) / np.sqrt(14))


def test_new_rows_are_clipped_to_the_range_of_the_training_rows() -> None:
    prepare = prepared(Ridge(), fill="median", scale=True)[:-1].fit(TRAINING)
    far, edge = np.array([[1e6, -1e6]]), np.array([[10.0, 10.0]])
    assert (prepare.transform(far) == prepare.transform(edge)).all()


@pytest.mark.parametrize("scale", [True, False])
@pytest.mark.parametrize("fill", FILLS[:3])
def test_a_column_undefined_in_every_training_row_is_kept(fill: str, scale: bool) -> None:
    nowhere = np.column_stack([TRAINING[:, 0], np.full(4, np.nan)])
    prepare = prepared(Ridge(), fill=fill, scale=scale)[:-1].fit(nowhere)
    answer = prepare.transform(np.array([[1.0, 7.0], [1.0, np.nan]]))
    assert answer.shape == (2, 2)
    assert np.isfinite(answer).all()


def test_an_unknown_fill() -> None:
    with pytest.raises(ValueError, match='unknown fill "mode"; there are median, mean, zero, none'):
        prepared(Ridge(), fill="mode", scale=False)
