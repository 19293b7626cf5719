"""Groups of rows that intervals or sets may be made for one by one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.models.uncertainty.row_signs import RowSigns

# Of numbers, predictions are divided at these quantiles.
THIRDS = (1 / 3, 2 / 3)
# Materials of more elements are one group.
MOST_ELEMENTS = 6

GroupOf = Callable[["RowSigns", "NDArray[np.float64]"], "NDArray[np.int64]"]


@dataclass(frozen=True, slots=True)
class GroupSpec:
    """One way to group rows.

    Attributes
    ----------
    name
        The word in the campaign file.
    summary
        What a group is, in words.
    group_of
        From signs and the edges of predictions to a number for each row, (n,).
    tasks
        What it serves: "regression", "classification".
    """

    name: str
    summary: str
    group_of: GroupOf
    tasks: tuple[str, ...] = ("regression", "classification")


def _all_one(signs: RowSigns, edges: NDArray[np.float64]) -> NDArray[np.int64]:  # noqa: ARG001 - as the others
    return np.zeros(len(signs), dtype=np.int64)


def _by_elements(signs: RowSigns, edges: NDArray[np.float64]) -> NDArray[np.int64]:  # noqa: ARG001 - as the others
    return np.minimum(signs.elements, MOST_ELEMENTS)


def _by_domain(signs: RowSigns, edges: NDArray[np.float64]) -> NDArray[np.int64]:  # noqa: ARG001 - as the others
    return signs.in_domain.astype(np.int64)


def _by_prediction(signs: RowSigns, edges: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.searchsorted(edges, signs.prediction, side="right").astype(np.int64)


GROUPS: Mapping[str, GroupSpec] = MappingProxyType(
    {
        spec.name: spec
        for spec in (
            GroupSpec("none", "all rows together", _all_one),
            GroupSpec("element-count", "materials of as many elements", _by_elements),
            GroupSpec("domain", "inside and outside the applicability domain", _by_domain),
            GroupSpec("prediction", "thirds of the predicted range", _by_prediction, ("regression",)),
            # The group of a class is that of the class a set is asked about: `ClassSets` goes by it.
            GroupSpec("class", "each class by itself", _all_one, ("classification",)),
        )
    }
)


def prediction_edges(prediction: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return where predictions (n,) are divided into thirds; fewer edges where many are equal.

    Examples
    --------
    >>> prediction_edges(np.arange(10.0)).tolist(), prediction_edges(np.zeros(10)).tolist()
    ([3.0, 6.0], [])
    """
    if not len(prediction):
        return np.empty(0)
    edges = np.unique(np.quantile(prediction, THIRDS))
    return np.asarray(edges[edges > prediction.min()])
