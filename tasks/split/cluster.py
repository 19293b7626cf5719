"""Folds that leave one cluster of like materials out (leave one cluster out, LOCO-CV)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from matsluice.infra.mistakes import InvalidInput
from matsluice.infra.workspace.arrays import mapped_array
from matsluice.tasks.split.divided_rows import each_material
from matsluice.tasks.split.feature_rows import FeatureRows
from matsluice.tasks.split.folds import HOLDOUT, Folds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.tasks.split.divided_rows import Asked, DividedRows

# Centres are found from so many different materials at most; then each material goes to the nearest.
MOST_FITTED: Final = 20_000
STARTS: Final = 10
BATCH: Final = 4096


def leave_clusters_out(rows: DividedRows, asked: Asked) -> Folds:
    """Return as many folds as clusters: each tests one, and learns from all others.

    Clusters are found by k-means in standardised features, undefined values taken as the mean, on all materials
    outside the hold-out. No label enters, so no fold learns from what it tests. Neither the order of the rows nor how
    often a material was measured matters: centres are found from different rows of features in an order of their own.

    Raises
    ------
    InvalidInput
        There are fewer different rows of features than folds.
    """
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    folds = asked.folds
    materials = np.unique(rows.material[rows.there])
    features = FeatureRows(mapped_array(rows.known.file("matrix")), materials)
    sample = features.sample(MOST_FITTED)
    if len(sample) < folds:
        raise InvalidInput(
            f"the split cluster finds {len(sample)} different rows of features outside the hold-out, fewer than "
            f"validation.folds = {folds}: lower validation.folds, or add a block that tells materials apart"
        )
    mean, scale = _of_columns(sample)
    settings: dict[str, Any] = {"n_init": STARTS, "random_state": asked.seed}
    # Several threads would sum in another order.
    with threadpool_limits(limits=1):
        found = KMeans(folds, **settings).fit(_standard(sample, mean, scale))
    centres = found.cluster_centers_
    nearest = np.concatenate(
        [_nearest(_standard(some, mean, scale), centres) for some in features.batches(BATCH)]
    )
    fold = np.full(len(rows.kept), HOLDOUT, dtype=np.int64)
    fold[rows.there] = each_material(rows.material[rows.there], _by_size(nearest))
    count = int(fold.max()) + 1
    if count < folds:
        raise InvalidInput(
            f"the split cluster finds {count} clusters, fewer than validation.folds = {folds}: lower validation.folds"
        )
    return Folds.of_partition(fold, tuple(f"cluster {place + 1}" for place in range(folds)))


def _of_columns(sample: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return mean and standard deviation of each column; 0 and 1 where it has no value or does not vary."""
    defined = np.isfinite(sample)
    count = np.maximum(defined.sum(axis=0), 1)
    mean = np.where(defined, sample, 0.0).sum(axis=0) / count
    scale = np.sqrt((np.where(defined, sample - mean, 0.0) ** 2).sum(axis=0) / count)
    flat = scale <= 1e-12 * np.maximum(np.abs(mean), 1.0)
    return mean, np.where(flat, np.inf, scale)


def _standard(
    values: NDArray[np.float64], mean: NDArray[np.float64], scale: NDArray[np.float64]
) -> NDArray[np.float64]:
    return np.where(np.isfinite(values), (values - mean) / scale, 0.0)


def _nearest(values: NDArray[np.float64], centres: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the nearest centre of each row, (n,); distances are summed row by row, in whatever batch it stands."""
    squares = np.stack([np.einsum("ij,ij->i", values - one, values - one) for one in centres])
    return np.asarray(np.argmin(squares, axis=0))


def _by_size(cluster: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the clusters numbered from the largest; of equally large ones, as they were.

    Examples
    --------
    >>> _by_size(np.array([0, 2, 2, 1, 1, 1])).tolist()
    [2, 1, 1, 0, 0, 0]
    """
    found, which, counts = np.unique(cluster, return_inverse=True, return_counts=True)
    rank = np.empty(len(found), dtype=np.int64)
    rank[np.argsort(-counts, kind="stable")] = np.arange(len(found))
    return np.asarray(rank[which])
