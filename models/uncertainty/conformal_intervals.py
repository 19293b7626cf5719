"""Intervals that hold the value as often as they say, wide where errors are large and narrow where they are small."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from matsluice.models.residual_distribution import ResidualDistribution
from matsluice.models.uncertainty.difficulty import Difficulty, like_share
from matsluice.models.uncertainty.interval_settings import IntervalSettings
from matsluice.models.uncertainty.row_groups import GROUPS, prediction_edges
from matsluice.models.uncertainty.row_signs import RowSigns

if TYPE_CHECKING:
    from numpy.typing import NDArray

# A group of fewer rows has the errors of all: 95 % of 19 rows would be all of them.
FEWEST_IN_GROUP = 30
# Expected errors are learned without the row's own part, of which there are at most so many.
MOST_PARTS = 10


@dataclass(frozen=True, slots=True, eq=False)
class ConformalIntervals:
    """Errors on unseen rows, in units of the error expected for each, taken as the distribution of the next one.

    For rows exchangeable with those, the interval of level c holds at least c of the values, whatever the expected
    errors are worth; they decide how wide it is where (normalised conformal prediction: Papadopoulos et al. 2008;
    Lei et al. 2018, section 5.2, doi:10.1080/01621459.2017.1307116). With groups that is so in each group of 30 rows
    or more (Mondrian conformal prediction: Vovk, Gammerman & Shafer 2005, doi:10.1007/b106715); smaller ones have the
    errors of all rows.

    Attributes
    ----------
    pooled
        Of all rows.
    groups
        Group → of its rows, where there are enough.
    difficulty
        What expected errors come from; None where they are all one.
    per, edges
        Which rows are a group.
    bounds
        An interval ends where no value can be, but never short of its own prediction. If none of the n values learned
        from is below 0 the next one is with a probability of 1/(n + 1) at most, and so much of the coverage it costs.
    """

    pooled: ResidualDistribution
    groups: Mapping[int, ResidualDistribution] = field(default_factory=dict)
    difficulty: Difficulty | None = None
    per: str = "none"
    edges: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    bounds: tuple[float, float] = (-np.inf, np.inf)

    @classmethod
    def learned(
        cls,
        y_true: NDArray[np.float64],
        signs: RowSigns,
        part: NDArray[np.int64],
        settings: IntervalSettings,
    ) -> ConformalIntervals:
        """Learn from predictions for unseen rows.

        Parameters
        ----------
        y_true
            Their values, (n,).
        signs
            Their predictions, and what else is known, (n,).
        part
            The fold each was predicted in, (n,): what is expected for a row is learned from the other folds, so
            that its own error, and those of its group, play no role.
        settings
            How.
        """
        errors = np.asarray(y_true, np.float64) - signs.prediction
        scale = _expected(signs, np.abs(errors), part) if settings.normalised else np.ones(len(errors))
        edges = prediction_edges(signs.prediction)
        group = GROUPS[settings.per].group_of(signs, edges)
        residuals = errors / scale
        low = settings.at_least
        if low is None:
            low = 0.0 if len(y_true) and np.min(y_true) >= 0.0 else -np.inf
        return cls(
            pooled=ResidualDistribution(np.sort(residuals)),
            groups={
                int(number): ResidualDistribution(np.sort(residuals[group == number]))
                for number in np.unique(group)
                if FEWEST_IN_GROUP <= np.sum(group == number) < len(group)
            },
            difficulty=Difficulty.of(signs, np.abs(errors)) if settings.normalised and len(errors) else None,
            per=settings.per,
            edges=edges,
            bounds=(low, settings.at_most),
        )

    def expected_error(self, signs: RowSigns) -> NDArray[np.float64]:
        """Return the error expected of each row, (n,), in the target's unit; 1 where all are of one width."""
        return np.ones(len(signs)) if self.difficulty is None else self.difficulty.expected(signs)

    def interval(self, signs: RowSigns, confidence: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the lower and upper ends, (n,) each; infinite where the rows learned from are too few.

        Examples
        --------
        >>> signs = RowSigns.nothing_known(np.zeros(9))
        >>> made = ConformalIntervals.learned(
        ...     np.arange(9.0), signs, np.arange(9) % 3, IntervalSettings(normalised=False)
        ... )
        >>> [end.tolist() for end in made.interval(RowSigns.nothing_known(np.array([2.0])), 0.8)]
        [[0.0], [9.0]]
        """
        scale = self.expected_error(signs)
        half_width = np.empty(len(signs))
        for errors, rows in self.by_group(signs):
            half_width[rows] = errors.half_width(confidence) * scale[rows]
        lowest, highest = self._ends(signs)
        lower = np.maximum(signs.prediction - half_width, lowest)
        return lower, np.minimum(signs.prediction + half_width, highest)

    def level(self, y_true: NDArray[np.float64], signs: RowSigns) -> NDArray[np.float64]:
        """Return for each row (n,) the confidence up to which its interval misses its value; 1 beyond a bound."""
        off = (y_true - signs.prediction) / self.expected_error(signs)
        found = np.empty(len(signs))
        for errors, rows in self.by_group(signs):
            found[rows] = errors.level(off[rows])
        lowest, highest = self._ends(signs)
        return np.where((lowest <= y_true) & (y_true <= highest), found, 1.0)

    def probability_between(self, signs: RowSigns, low: float, high: float) -> NDArray[np.float64]:
        """Return for each row (n,) the probability that low ≤ value ≤ high.

        What the errors put beyond a bound counts as at the bound: a gap that is said to be −0.1 eV is 0.
        """
        low = -np.inf if low <= self.bounds[0] else low
        high = np.inf if high >= self.bounds[1] else high
        scale, found = self.expected_error(signs), np.zeros(len(signs))
        if low > self.bounds[1] or high < self.bounds[0]:
            return found
        for errors, rows in self.by_group(signs):
            found[rows] = errors.probability_between(signs.prediction[rows], low, high, scale[rows])
        return found

    def _ends(self, signs: RowSigns) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return how far down and up each row's interval may reach at all, (n,) each."""
        low, high = self.bounds
        return np.minimum(signs.prediction, low), np.maximum(signs.prediction, high)

    def by_group(self, signs: RowSigns) -> list[tuple[ResidualDistribution, NDArray[np.int64]]]:
        """Return the errors of each group of rows, in units of the error expected of each, and the rows' places."""
        group = GROUPS[self.per].group_of(signs, self.edges)
        return [
            (self.groups.get(int(number), self.pooled), np.flatnonzero(group == number))
            for number in np.unique(group)
        ]


def _expected(signs: RowSigns, errors: NDArray[np.float64], part: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the error expected of each row (n,), learned from the rows of other parts."""
    _, part = np.unique(part, return_inverse=True)
    part = part % MOST_PARTS
    if len(errors) and part.max() == 0:
        # One fold is left where there are two: any parts do, by content so that the order of rows does not matter.
        place = np.empty(len(errors), dtype=np.int64)
        place[np.lexsort((errors, signs.prediction))] = np.arange(len(errors))
        part = place % MOST_PARTS
    expected, share = np.ones(len(errors)), like_share(len(errors))
    for number in np.unique(part):
        mine = part == number
        if not mine.all():
            expected[mine] = Difficulty.of(signs.take(~mine), errors[~mine], share).expected(signs.take(mine))
    return expected
