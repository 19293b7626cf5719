"""What each fold does with each row: learn from it, test on it, or leave it out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from matsluice.infra.workspace.arrays import mapped_array
from matsluice.infra.workspace.atomic_files import save_array

if TYPE_CHECKING:
    from numpy.typing import NDArray

# The role of a row that no fold may see, for it belongs to the final test; the fold of such a row, where every row
# has one.
HOLDOUT: Final = -1
LEFT_OUT: Final = 0
LEARNED: Final = 1
TESTED: Final = 2


@dataclass(frozen=True, slots=True, eq=False)
class Folds:
    """The folds of n rows under a split.

    Most splits test every row once and learn from all others. Where rows are tested by what they contain, or by when
    they were measured, a row is tested in several folds or in none, and a fold leaves rows out that it must not know.

    Attributes
    ----------
    roles
        (folds, n) int8: `LEARNED`, `TESTED` or `LEFT_OUT`, and `HOLDOUT` in every fold for rows of the final test.
    names
        What each fold tests, for people, (folds,): "Fe", "2012 to 2015"; "" where there is no word for it.
    """

    roles: NDArray[np.int8]
    names: tuple[str, ...]

    @classmethod
    def of_partition(cls, fold: NDArray[np.int64], names: tuple[str, ...] = ()) -> Folds:
        """Return the folds of rows that are each tested in one fold, (n,), and learned from in all others.

        Examples
        --------
        >>> Folds.of_partition(np.array([0, 1, HOLDOUT])).roles.tolist()
        [[2, 1, -1], [1, 2, -1]]
        """
        count = int(fold.max()) + 1
        roles = np.full((count, len(fold)), LEARNED, dtype=np.int8)
        there = np.flatnonzero(fold >= 0)
        roles[fold[there], there] = TESTED
        roles[:, fold < 0] = HOLDOUT
        return cls(roles, names or ("",) * count)

    def __len__(self) -> int:
        """Return the number of folds."""
        return len(self.roles)

    def learned(self, fold: int) -> NDArray[np.intp]:
        """Return the rows that a fold learns from, increasing."""
        return np.flatnonzero(self.roles[fold] == LEARNED)

    def tested(self, fold: int) -> NDArray[np.intp]:
        """Return the rows that a fold tests, increasing."""
        return np.flatnonzero(self.roles[fold] == TESTED)

    @property
    def kept(self) -> NDArray[np.bool_]:
        """Whether each row, (n,), is kept for the final test."""
        return np.asarray(self.roles[0] == HOLDOUT)

    def partition(self) -> NDArray[np.int64]:
        """Return the fold that tests each row, (n,), `HOLDOUT` for rows of the final test.

        Raises
        ------
        ValueError
            A row is tested in several folds or in none, or left out of one.

        Examples
        --------
        >>> Folds.of_partition(np.array([1, HOLDOUT, 0])).partition().tolist()
        [1, -1, 0]
        """
        tests = (self.roles == TESTED).sum(axis=0)
        if (tests[~self.kept] != 1).any() or (self.roles == LEFT_OUT).any():
            raise ValueError("not every row is tested in one fold and learned from in the others")
        return np.where(self.kept, HOLDOUT, np.argmax(self.roles == TESTED, axis=0))

    def save(self, file: Path) -> None:
        """Write the roles, which workers map into memory."""
        save_array(file, self.roles)


def load_folds(file: str | Path) -> Folds:
    """Return what `Folds.save` wrote, mapped and not read; names stand in the run's state.

    Raises
    ------
    ValueError
        The file holds something else, such as one number a row.
    """
    roles = mapped_array(file)
    if roles.ndim != 2 or roles.dtype != np.int8:
        raise ValueError(f"{file} holds {roles.dtype} of shape {roles.shape}, not the roles of rows in folds")
    return Folds(roles, ("",) * len(roles))
