"""How large an error to expect for a row, from the errors made on rows with like signs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.models.uncertainty.row_signs import RowSigns

# More errors than this make the expected one no better known, only dearer to look up.
MOST_ROWS = 4000
# The expected error of n rows is the mean over a share 3/√n of them, within these bounds: 12 of 50, 50 of 250, 200 of
# 4000. On matbench's sets half or twice as many give the same interval score within 3 %.
SHARES = (0.05, 0.25)
# No error is expected to be less than this share of the mean one: fifty errors may be zero by chance.
FLOOR = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class Difficulty:
    """Expected absolute errors: the mean over the rows most alike in prediction, distance, disagreement and spread.

    Alike is meant in ranks: each sign counts by the share of the known rows that lie below it, so units, scales and
    outliers do not matter. A sign that is not known of every row is left out. Measured on the matbench sets with
    forests, boosted trees and support vector machines (`benchmarks/calibration.py`), intervals scaled by it have a
    better interval score than those scaled by the spread, by the distance to training, or by the errors of
    the nearest rows in feature space; difficulty in conformal prediction: Papadopoulos, Gammerman & Vovk 2008, and
    Boström, Linusson, Löfström & Johansson 2017, doi:10.1007/s10994-017-5636-2.

    Attributes
    ----------
    used
        Which of the four signs are, (4,).
    sorted_signs
        Of each used sign the known values, increasing, (signs, m).
    ranks
        Of the known rows, (m, signs), from 0 to 1.
    errors
        Their absolute errors, (m,).
    share
        Of how many of them the expected error is the mean.
    """

    used: NDArray[np.bool_]
    sorted_signs: NDArray[np.float64]
    ranks: NDArray[np.float64]
    errors: NDArray[np.float64]
    share: float

    @classmethod
    def of(cls, signs: RowSigns, errors: NDArray[np.float64], share: float | None = None) -> Difficulty:
        """Learn from some rows, whatever their order.

        Parameters
        ----------
        signs, errors
            n ≥ 1 rows and their absolute errors, (n,).
        share
            Of how many rows an expected error is the mean; that of n rows where it is not given. Where expected errors
            learned from more and from fewer rows are compared it must be the same, or one kind would be smoother.
        """
        given = signs.of_difficulty()
        used = np.asarray(np.isfinite(given).all(axis=0))
        given = given[:, used]
        # Which of many rows with equal signs are looked at must depend neither on their order nor on their errors:
        # they are put in an order of content, and that is shuffled.
        order = np.lexsort((errors, *given.T))
        order = order[np.random.default_rng(len(order)).permutation(len(order))][:MOST_ROWS]
        given, errors = given[order], errors[order]
        sorted_signs = np.sort(given, axis=0).T.copy()
        return cls(used, sorted_signs, _ranks(given, sorted_signs), errors, share or like_share(len(signs)))

    def expected(self, signs: RowSigns) -> NDArray[np.float64]:
        """Return the expected absolute error of each row, (n,), in the target's unit; never 0.

        Examples
        --------
        >>> from matsluice.models.uncertainty.row_signs import RowSigns
        >>> y_pred = np.arange(200.0)
        >>> easy_then_hard = Difficulty.of(RowSigns.nothing_known(y_pred), np.where(y_pred < 100, 0.1, 3.0))
        >>> easy_then_hard.expected(RowSigns.nothing_known(np.array([20.0, 180.0]))).round(2).tolist()
        [0.16, 3.0]
        """
        kept = _expected.get(signs)
        if kept is None or kept[0] is not self:
            kept = _expected[signs] = (self, self._made(signs))
        return kept[1]

    def _made(self, signs: RowSigns) -> NDArray[np.float64]:
        floor = FLOOR * float(self.errors.mean()) or 1.0
        count = max(1, round(self.share * len(self.errors)))
        mean = np.full(len(signs), float(self.errors.mean()))
        if self.used.any() and len(signs):
            from matsluice.models.uncertainty.difficulty_kernel import mean_of_alike  # imports numba

            # A rank is so many times half of one row's share.
            steps = 2.0 * self.sorted_signs.shape[1]
            ranks = np.rint(steps * _ranks(signs.of_difficulty()[:, self.used], self.sorted_signs))
            known = np.ascontiguousarray(np.rint(steps * self.ranks).T)
            mean_of_alike(ranks, known, np.array(self.errors), count, steps, mean)
        found: NDArray[np.float64] = np.maximum(mean, floor)
        found.flags.writeable = False
        return found


# An interval and a probability of the same rows both rest on it; it goes with the rows' signs.
_expected: WeakKeyDictionary[RowSigns, tuple[Difficulty, NDArray[np.float64]]] = WeakKeyDictionary()


def like_share(rows: int) -> float:
    """Return of how many of the rows an expected error is the mean.

    Examples
    --------
    >>> [like_share(rows) for rows in (100, 900, 10_000)]
    [0.25, 0.1, 0.05]
    """
    return min(max(3.0 / math.sqrt(max(rows, 1)), SHARES[0]), SHARES[1])


def _ranks(values: NDArray[np.float64], sorted_signs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the share of the known values below each value, equal ones counted half, (n, signs)."""
    columns = [
        (np.searchsorted(known, column, "left") + np.searchsorted(known, column, "right")) / (2 * len(known))
        for known, column in zip(sorted_signs, values.T, strict=True)
    ]
    return np.stack(columns, axis=1) if columns else np.empty((len(values), 0))
