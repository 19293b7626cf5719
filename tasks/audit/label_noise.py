"""Rows that no model of these features can tell apart, and how far their labels differ: a floor for the error."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from matsluice.tasks.audit.finding import Finding, named

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.tasks.audit.audited import Audited


def label_noise(audited: Audited) -> Iterator[Finding]:
    """Find rows with the same features and other labels; the hold-out is not looked at."""
    rows = audited.there
    group, y = audited.same_features()[rows], np.asarray(audited.rows.y[rows])
    classes = len(audited.rows.classes) > 0
    loss, differ = (
        class_floor(group, y.astype(np.int64)) if classes else absolute_floor(group, y.astype(np.float64))
    )
    if not differ.any():
        return
    # Those that cost most stand first.
    worst = np.lexsort((audited.rows.ids[rows], -loss))
    ids = audited.rows.ids[rows[worst[differ[worst]]]]
    floor = float(loss.sum() / len(rows))
    unit = "" if audited.unit == "1" else f" {audited.unit}"
    least = (
        f"calls {floor:.2%} of all rows wrong" if classes else f"errs by {floor:.2g}{unit} on average (MAE)"
    )
    yield Finding(
        "label-noise",
        "notes",
        f"{len(ids)} of {len(rows)} rows have the features of a row with another {audited.target} ({named(ids)}): "
        f"the best function of these features {least}, and a score below that is recall",
        ids,
        len(rows),
        audited.target,
        numbers={"error_floor" if classes else "mae_floor": floor},
    )


def absolute_floor(
    group: NDArray[np.int64], y: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return how far each value (n,) is from its group's median, and whether its group's values differ.

    Examples
    --------
    >>> loss, differ = absolute_floor(np.array([0, 0, 0, 1]), np.array([1.0, 2.0, 5.0, 9.0]))
    >>> loss.tolist(), differ.tolist()
    ([1.0, 0.0, 3.0, 0.0], [True, True, True, False])
    """
    order = np.lexsort((y, group))
    _, first, counts = np.unique(group[order], return_index=True, return_counts=True)
    ordered = y[order]
    medians = (ordered[first + (counts - 1) // 2] + ordered[first + counts // 2]) / 2
    which = np.unique(group, return_inverse=True)[1]
    spread = ordered[first + counts - 1] - ordered[first]
    return np.abs(y - medians[which]), np.asarray((spread > 0)[which])


def class_floor(
    group: NDArray[np.int64], y: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return 1 for each row (n,) that is not of its group's most frequent class, and whether its classes differ.

    Examples
    --------
    >>> loss, differ = class_floor(np.array([0, 0, 0, 1]), np.array([1, 1, 0, 2]))
    >>> loss.tolist(), differ.tolist()
    ([0.0, 0.0, 1.0, 0.0], [True, True, True, False])
    """
    which = np.unique(group, return_inverse=True)[1]
    pairs, pair, counts = np.unique(which * (int(y.max()) + 1) + y, return_inverse=True, return_counts=True)
    of = pairs // (int(y.max()) + 1)
    # Of equally frequent classes the first is taken.
    order = np.lexsort((pairs, -counts, of))
    _, first = np.unique(of[order], return_index=True)
    best = pairs[order[first]]
    loss = (pairs[pair] != best[which]).astype(np.float64)
    return loss, np.asarray(np.bincount(of)[which] > 1)
