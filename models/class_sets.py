"""Sets of classes that hold the true one with a given probability, from rows a model had not seen."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from matsluice.models.uncertainty.conformal_intervals import FEWEST_IN_GROUP
from matsluice.models.uncertainty.row_groups import GROUPS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.models.uncertainty.row_signs import RowSigns

NO_EDGES = np.empty(0)


@dataclass(frozen=True, slots=True)
class ClassSets:
    """How improbable the true class was, on unseen rows, taken as the distribution for the next row.

    For rows exchangeable with those, the set of level c holds the true class in at least c of the cases (split
    conformal prediction: Sadinle, Lei & Wasserman 2019, doi:10.1080/01621459.2017.1395341; of all sets that do,
    these are the smallest). That is over all rows; a rare class may be held less often, unless each class is
    asked for by itself (class-conditional: the same, section 3).

    Attributes
    ----------
    surprise
        Sorted 1 − p(true class), (n,).
    groups
        Group → sorted 1 − p(true class) of its rows, where they are 30 or more; with `per` "class" the group is
        the true class.
    per
        A name in `GROUPS`.
    """

    surprise: NDArray[np.float64]
    groups: Mapping[int, NDArray[np.float64]] = field(default_factory=dict)
    per: str = "none"

    @classmethod
    def of(
        cls,
        y_true: NDArray[np.int64],
        probability: NDArray[np.float64],
        signs: RowSigns | None = None,
        per: str = "none",
    ) -> ClassSets:
        """Take the probabilities, (n, classes), that were given to rows outside the training set.

        Parameters
        ----------
        y_true, probability
            The place of each row's class, (n,), and what was said of each, (n, classes).
        signs, per
            What else is known of the rows, and how they are grouped.
        """
        surprise = 1.0 - probability[np.arange(len(y_true)), y_true]
        if per == "class":
            group = y_true
        else:
            group = (
                np.zeros(len(y_true), np.int64) if signs is None else GROUPS[per].group_of(signs, NO_EDGES)
            )
        groups = {
            int(number): np.sort(surprise[group == number])
            for number in np.unique(group)
            if FEWEST_IN_GROUP <= np.sum(group == number) < len(group)
        }
        return cls(np.sort(surprise), groups, per)

    def threshold(self, confidence: float) -> float:
        """Return the surprise up to which a class belongs to the set of all rows, inf where they are too few.

        It is the ⌈(n + 1)·confidence⌉-th smallest.
        """
        return _threshold(self.surprise, confidence)

    def holds(
        self, probability: NDArray[np.float64], confidence: float, signs: RowSigns | None = None
    ) -> NDArray[np.bool_]:
        """Return which classes are in the set of each row, (rows, classes).

        The most probable class always is, so that no set is empty.

        Examples
        --------
        >>> sets = ClassSets(np.linspace(0.05, 0.5, 10))
        >>> sets.holds(np.array([[0.9, 0.1], [0.5, 0.5]]), 0.9).tolist()
        [[True, False], [True, True]]
        """
        limit = np.empty(probability.shape)
        for surprise, where in self._by_group(probability, signs):
            limit[where] = _threshold(surprise, confidence)
        inside = 1.0 - probability <= limit
        inside[np.arange(len(probability)), np.argmax(probability, axis=1)] = True
        return inside

    def level(
        self,
        y_true: NDArray[np.int64],
        probability: NDArray[np.float64],
        signs: RowSigns | None = None,
        *,
        never_empty: bool = True,
    ) -> NDArray[np.float64]:
        """Return for each row (n,) the confidence up to which its set misses its class.

        It is 0 where that class is the most probable, unless sets might be empty.
        """
        found = np.empty(probability.shape)
        for surprise, where in self._by_group(probability, signs):
            found[where] = np.searchsorted(surprise, 1.0 - probability[where], "left") / (len(surprise) + 1)
        rows = np.arange(len(y_true))
        own = found[rows, y_true]
        first = (np.argmax(probability, axis=1) == y_true) & never_empty
        return np.asarray(np.where(first, 0.0, own))

    def _by_group(
        self, probability: NDArray[np.float64], signs: RowSigns | None
    ) -> list[tuple[NDArray[np.float64], NDArray[np.bool_]]]:
        """Return surprises, and the cells of (rows, classes) that are compared with them."""
        group: NDArray[np.int64] = np.zeros(probability.shape, dtype=np.int64)
        if self.per == "class":
            group += np.arange(probability.shape[1])
        elif signs is not None:
            group += GROUPS[self.per].group_of(signs, NO_EDGES)[:, None]
        return [(self.groups.get(int(number), self.surprise), group == number) for number in np.unique(group)]


def _threshold(surprise: NDArray[np.float64], confidence: float) -> float:
    rank = math.ceil((len(surprise) + 1) * confidence)
    return math.inf if rank > len(surprise) else float(surprise[rank - 1])
