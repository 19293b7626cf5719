"""Features that are the target in other words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import numpy as np

from matsluice.tasks.audit.finding import Finding

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.tasks.audit.audited import Audited

# How much of the matrix is in memory at a time.
STEP_BYTES: Final = 1 << 26
# Rows with a value, below which a copy may be chance, and different values that a copy of a number has.
FEWEST_ROWS: Final = 10
FEWEST_VALUES: Final = 3
# 1 − |r| of an affine copy, whose round-off is far below.
AFFINE: Final = 1e-9
# Rows on which it is seen that a column is in no order, and different values of a copy that keeps the order.
ORDER_ROWS: Final = 4096
ORDER_VALUES: Final = 10
# Rows for each different value of a column that gives the class away.
ROWS_A_VALUE: Final = 10
# Of a column with a threshold between classes: rows in all, and of each class.
THRESHOLD_ROWS: Final = 50
THRESHOLD_OF_CLASS: Final = 10


def target_copy(audited: Audited) -> Iterator[Finding]:
    """Find columns from which the target follows without learning anything; the hold-out is not looked at."""
    rows = audited.there
    material, y = audited.rows.material[rows], np.asarray(audited.rows.y[rows])
    step = max(1, STEP_BYTES // max(1, 8 * len(rows)))
    found: dict[str, list[int]] = {}
    for start in range(0, audited.matrix.shape[1], step):
        X = np.asarray(audited.matrix[:, start : start + step])[material]
        of_class = len(audited.rows.classes) > 0
        words = (
            copies_of_class(X, y.astype(np.int64)) if of_class else copies_of_number(X, y.astype(np.float64))
        )
        for column, word in words.items():
            found.setdefault(word, []).append(start + column)
    for word, places in found.items():
        columns = tuple(audited.columns[place] for place in places)
        defined = ~np.isnan(np.asarray(audited.matrix[:, places[0]])[material])
        listed = ", ".join(columns[:3]) + (f" and {len(columns) - 3} more" if len(columns) > 3 else "")
        ids = audited.rows.ids[rows[defined]]
        yield Finding(
            "target-copy",
            "stops",
            f"{listed} {word.format(target=audited.target)} in all {len(ids)} rows that have a value: a model would "
            "read the answer off and learn nothing",
            ids,
            len(rows),
            audited.target,
            block=audited.columns[places[0]].rpartition(".")[0],
            columns=columns,
        )


def copies_of_number(X: NDArray[np.float64], y: NDArray[np.float64]) -> dict[int, str]:
    """Return column → in which way it is the target, for columns of X (n, columns) that are it.

    Examples
    --------
    >>> y = np.arange(40.0) ** 2
    >>> X = np.stack([y, 3 - 2 * y, np.sqrt(y), np.sin(y)], axis=1)
    >>> [word.format(target="gap") for word in copies_of_number(X, y).values()]
    ['equals gap', 'is a multiple of gap plus a constant', 'rises or falls with gap throughout']
    """
    found: dict[int, str] = {}
    defined = np.isfinite(X)
    count = np.maximum(defined.sum(axis=0), 1)
    filled = np.where(defined, X, 0.0)
    x = np.where(defined, X - filled.sum(axis=0) / count, 0.0)
    of_y = np.where(defined, y[:, None], 0.0)
    of_y = np.where(defined, of_y - of_y.sum(axis=0) / count, 0.0)
    size = np.sqrt((x**2).sum(axis=0) * (of_y**2).sum(axis=0))
    with np.errstate(invalid="ignore", divide="ignore"):
        r = np.where(size > 0, np.abs((x * of_y).sum(axis=0)) / size, 0.0)
    for column in range(X.shape[1]):
        there = defined[:, column]
        if count[column] < FEWEST_ROWS or size[column] == 0:
            continue
        if r[column] > 1 - AFFINE and len(np.unique(X[there, column])) >= FEWEST_VALUES:
            same = bool((X[there, column] == y[there]).all())
            found[column] = "equals {target}" if same else "is a multiple of {target} plus a constant"
        elif _in_order(X[there, column], y[there]):
            found[column] = "rises or falls with {target} throughout"
    return found


def _in_order(x: NDArray[np.float64], y: NDArray[np.float64]) -> bool:
    """Return whether x and y are equal in the same rows and rise together, or one falls where the other rises."""
    some = np.linspace(0, len(x) - 1, min(len(x), ORDER_ROWS)).astype(np.int64)
    return _rises(x[some], y[some]) and _rises(x, y)


def _rises(x: NDArray[np.float64], y: NDArray[np.float64]) -> bool:
    order = np.lexsort((x, y))
    steps_y, steps_x = np.diff(y[order]), np.diff(x[order])
    new = steps_y > 0
    if int(new.sum()) + 1 < ORDER_VALUES or steps_x[~new].any():
        return False
    return bool((steps_x[new] > 0).all() or (steps_x[new] < 0).all())


def copies_of_class(X: NDArray[np.float64], y: NDArray[np.int64]) -> dict[int, str]:
    """Return column → in which way it gives the class away, for columns of X (n, columns) that do.

    Examples
    --------
    >>> y = np.arange(60) % 2
    >>> X = np.stack([7.0 - y, np.arange(60) + 100.0 * y, np.arange(60.0)], axis=1)
    >>> [word.format(target="metal") for word in copies_of_class(X, y).values()]
    ['has a value of its own for every class of metal', 'parts the classes of metal by thresholds']
    """
    found: dict[int, str] = {}
    for column in range(X.shape[1]):
        there = np.isfinite(X[:, column])
        x, of = X[there, column], y[there]
        classes, sizes = np.unique(of, return_counts=True)
        if len(x) < FEWEST_ROWS or len(classes) < 2:
            continue
        order = np.lexsort((of, x))
        value_changes, class_changes = np.diff(x[order]) != 0, np.diff(of[order]) != 0
        if (class_changes & ~value_changes).any():
            continue  # one value has two classes
        if len(x) >= ROWS_A_VALUE * (int(value_changes.sum()) + 1):
            found[column] = "has a value of its own for every class of {target}"
        elif (
            int(class_changes.sum()) == len(classes) - 1
            and len(x) >= THRESHOLD_ROWS
            and sizes.min() >= THRESHOLD_OF_CLASS
        ):
            found[column] = "parts the classes of {target} by thresholds"
    return found
