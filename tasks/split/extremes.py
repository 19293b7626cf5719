"""Folds that test the lowest and the highest values of the target, and learn from what lies between."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.split.divided_rows import each_material
from matsluice.tasks.split.folds import HOLDOUT, LEARNED, LEFT_OUT, TESTED, Folds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.tasks.split.divided_rows import Asked, DividedRows


def leave_extremes_out(rows: DividedRows, asked: Asked) -> Folds:
    """Return a fold for the lowest values and one for the highest; both learn from what lies between.

    A material stands at the median of its rows. Equal values stay together: where half of the values are 0, as of band
    gaps, the lowest share is no extreme, and that end has no fold.

    Raises
    ------
    InvalidInput
        Equal values fill both ends, or nothing lies between them.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from matsluice.tasks.split.divided_rows import Asked, DividedRows
    >>> rows = SimpleNamespace(material=np.arange(6), y=np.array([5.0, 1, 2, 3, 4, 0]))
    >>> asked = Asked("target-extreme", 5, 0, SimpleNamespace(share=0.2))
    >>> made = leave_extremes_out(DividedRows(rows, np.zeros(6, bool)), asked)
    >>> made.names, [made.tested(fold).tolist() for fold in (0, 1)]
    (('0 to 0', '5 to 5'), [[5], [0]])
    """
    there = rows.there
    values = _median_of_material(rows.material[there], rows.rows.y[there].astype(np.float64))
    material, where = np.unique(rows.material[there], return_index=True)
    ordered = np.sort(values[where])
    count = max(1, int(asked.options.share * len(material)))
    low, high = ordered[min(count, len(ordered) - 1)], ordered[max(len(ordered) - 1 - count, 0)]
    ends = [values < low, values > high]
    between = ~(ends[0] | ends[1])
    ends = [end for end in ends if end.any()]
    if not ends or not between.any() or low > high:
        raise InvalidInput(
            f"the split target-extreme finds no extremes: a share of {asked.options.share:g} of {len(material)} "
            f"materials at either end of {ordered[0]:g} to {ordered[-1]:g} holds equal values only, or leaves nothing "
            "between: change validation.target-extreme.share, or leave the split out"
        )
    roles = np.full((len(ends), len(rows.kept)), LEFT_OUT, dtype=np.int8)
    roles[:, there[between]] = LEARNED
    for place, end in enumerate(ends):
        roles[place, there[end]] = TESTED
    roles[:, rows.kept] = HOLDOUT
    return Folds(roles, tuple(f"{values[end].min():g} to {values[end].max():g}" for end in ends))


def _median_of_material(material: NDArray[np.int64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    order = np.lexsort((y, material))
    _, first, counts = np.unique(material[order], return_index=True, return_counts=True)
    ordered = y[order]
    medians = (ordered[first + (counts - 1) // 2] + ordered[first + counts // 2]) / 2
    return np.asarray(each_material(material, medians))
