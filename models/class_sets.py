"""Sets of classes that hold the true one as often as they say, from rows a model had not seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from matsluice.models.uncertainty.conformal_intervals import FEWEST_IN_GROUP
from matsluice.models.uncertainty.row_groups import GROUPS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.models.uncertainty.row_signs import RowSigns

NO_EDGES: Final = np.empty(0)


@dataclass(frozen=True, slots=True, eq=False)
class Surprises:
    """How surprising some classes are, the least surprising first: by 1 − p, and where that is equal by `odd`.

    Attributes
    ----------
    improbable
        1 − p of the class, (n,).
    odd
        See `oddness`, (n,).
    """

    improbable: NDArray[np.float64]
    odd: NDArray[np.float64]

    @classmethod
    def of(cls, improbable: NDArray[np.float64], odd: NDArray[np.float64] | None = None) -> Surprises:
        """Return them in order, from (n,) each in any; without `odd` equal ones are equally surprising."""
        odd = np.zeros(len(improbable)) if odd is None else odd
        order = np.lexsort((odd, improbable))
        return cls(np.asarray(improbable)[order], odd[order])

    def fewer(self, improbable: NDArray[np.float64], odd: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return how many of these are less surprising than each of some others, (m,), as (m,) each.

        Examples
        --------
        >>> known = Surprises.of(np.array([0.1, 0.5, 0.5]), np.array([0.0, 1.0, 2.0]))
        >>> known.fewer(np.array([0.5, 0.5, 0.7]), np.array([1.0, 1.5, 0.0])).tolist()
        [1, 2, 3]
        """
        ours, theirs = len(self.improbable), len(improbable)
        # Of equals the asked one stands first, so that only what is truly less is counted.
        is_ours = np.repeat([True, False], [ours, theirs])
        order = np.lexsort(
            (is_ours, np.concatenate([self.odd, odd]), np.concatenate([self.improbable, improbable]))
        )
        count = np.empty(ours + theirs, dtype=np.int64)
        count[order] = np.cumsum(is_ours[order])
        return count[ours:]


@dataclass(frozen=True, slots=True, eq=False)
class ClassSets:
    """How surprising the true class was, on unseen rows, taken as the distribution for the next row.

    For rows exchangeable with those, the set of level c holds the true class in at least c of the cases and in at most
    c + 1/(n + 1) (split conformal prediction: Sadinle, Lei & Wasserman 2019, doi:10.1080/01621459.2017.1395341; of all
    sets that do, these are the smallest). That is over all rows; a rare class may be held less often, unless each class
    is asked for by itself (class-conditional: the same, section 3).

    A set may be empty: no class is as probable as true classes are in c of the cases. A model whose first choice is
    right more often than c has such sets, and could not hold c without them. The upper bound asks that no two classes
    are equally surprising, where probabilities come in steps (a forest's are votes over trees); those that are equal
    are told apart by the distance to training (`oddness`), and not by chance.

    Attributes
    ----------
    pooled
        Of the true classes of all rows.
    groups
        Group → of its rows, where they are 30 or more; with `per` "class" the group is the true class.
    per
        A name in `GROUPS`.
    """

    pooled: Surprises
    groups: Mapping[int, Surprises] = field(default_factory=dict)
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
        rows = np.arange(len(y_true))
        improbable, odd = (part[rows, y_true] for part in (1.0 - probability, oddness(probability, signs)))
        if per == "class":
            group = y_true
        else:
            group = (
                np.zeros(len(y_true), np.int64) if signs is None else GROUPS[per].group_of(signs, NO_EDGES)
            )
        groups = {
            int(number): Surprises.of(improbable[group == number], odd[group == number])
            for number in np.unique(group)
            if FEWEST_IN_GROUP <= np.sum(group == number) < len(group)
        }
        return cls(Surprises.of(improbable, odd), groups, per)

    def holds(
        self, probability: NDArray[np.float64], confidence: float, signs: RowSigns | None = None
    ) -> NDArray[np.bool_]:
        """Return which classes are in the set of each row, (rows, classes); none may be.

        Examples
        --------
        >>> sets = ClassSets(Surprises.of(np.linspace(0.05, 0.5, 10)))
        >>> sets.holds(np.array([[0.9, 0.1], [0.5, 0.5], [0.4, 0.3]]), 0.9).tolist()
        [[True, False], [True, True], [False, False]]
        """
        return self.levels(probability, signs) < confidence

    def level(
        self, y_true: NDArray[np.int64], probability: NDArray[np.float64], signs: RowSigns | None = None
    ) -> NDArray[np.float64]:
        """Return for each row (n,) the confidence up to which its set misses its class."""
        return np.asarray(self.levels(probability, signs)[np.arange(len(y_true)), y_true])

    def levels(self, probability: NDArray[np.float64], signs: RowSigns | None = None) -> NDArray[np.float64]:
        """Return the confidence up to which each class is left out of each row's set, (rows, classes)."""
        improbable, odd = 1.0 - probability, oddness(probability, signs)
        found = np.empty(probability.shape)
        for known, where in self._by_group(probability, signs):
            less = known.fewer(improbable[where], odd[where])
            # Every level is below 1, so that too few rows for a confidence leave every class in.
            found[where] = less / (len(known.improbable) + 1)
        return found

    def _by_group(
        self, probability: NDArray[np.float64], signs: RowSigns | None
    ) -> list[tuple[Surprises, NDArray[np.bool_]]]:
        """Return surprises, and the cells of (rows, classes) that are compared with them."""
        group: NDArray[np.int64] = np.zeros(probability.shape, dtype=np.int64)
        if self.per == "class":
            group += np.arange(probability.shape[1])
        elif signs is not None:
            group += GROUPS[self.per].group_of(signs, NO_EDGES)[:, None]
        return [(self.groups.get(int(number), self.pooled), group == number) for number in np.unique(group)]


def oddness(probability: NDArray[np.float64], signs: RowSigns | None) -> NDArray[np.float64]:
    """Return what tells apart classes that are equally probable, (n, classes): the larger, the more surprising.

    A prediction far from training is worth less, so its probabilities are taken as nearer to those of a guess, by a
    hair: a class above 1/classes is the more surprising the further the row lies from training, one below it the less.

    Parameters
    ----------
    probability
        Of each class, (n, classes).
    signs
        With the distances; without them, and where one is not known, all are 0.

    Examples
    --------
    >>> from dataclasses import replace
    >>> from matsluice.models.uncertainty.row_signs import RowSigns
    >>> signs = replace(RowSigns.nothing_known(np.zeros(2)), distance=np.array([0.5, 2.0]))
    >>> oddness(np.array([[0.9, 0.1], [0.9, 0.1]]), signs).tolist()
    [[0.5, -0.5], [2.0, -2.0]]
    """
    if signs is None:
        return np.zeros(probability.shape)
    distance = np.where(np.isnan(signs.distance), 0.0, signs.distance)
    return np.asarray(np.sign(probability - 1.0 / probability.shape[1]) * distance[:, None])
