"""How much memory and how many candidates a search may take, and what to do where it would take more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from matsluice.models.sisso.operators import ADD, DISTANCE, DIVIDE, MULTIPLY, SUBTRACT

if TYPE_CHECKING:
    from matsluice.models.sisso.feature_space import Features

# Shares of the memory: features that others are built from; the screened ones with their Gram matrix; work tiles.
_HELD, _SCREENED, _TILES = 0.5, 0.25, 0.2
# A feature's values while a rung is put together (old and new array), and what is noted of it.
_COPIES, _NOTES = 2, 100
LARGEST_TILE: Final = 256
SMALLEST_TILE: Final = 16
# What two cores screen a second, for the sentence about how long a search would take.
_RATE = 5e6
# Of candidates one in two or three is a duplicate or not defined; never nine in ten.
_DISTINCT = 0.1


@dataclass(frozen=True, slots=True)
class Budget:
    """What one search may use.

    Attributes
    ----------
    memory_gb
        Memory of the search beyond X itself, in GB of 10⁹ bytes.
    max_candidates
        Candidates that one screening may stream.
    rows
        Training rows n.
    """

    memory_gb: float
    max_candidates: float
    rows: int

    @property
    def features_that_fit(self) -> int:
        """How many features can be held with their values."""
        return int(_HELD * self.memory_gb * 1e9 // (_COPIES * 8 * self.rows + _NOTES))

    def screened_that_fit(self, tasks: int) -> int:
        """Return how many screened features fit: values three times over, and a Gram matrix for each task."""
        a, b, free = 8.0 * tasks, 24.0 * self.rows, _SCREENED * self.memory_gb * 1e9
        return int((np.sqrt(b * b + 4.0 * a * free) - b) / (2.0 * a))

    def tile(self, targets: int, tasks: int, threads: int) -> int:
        """Return how many features a tile has on each side, where each pair is scored against so many targets."""
        free = _TILES * self.memory_gb * 1e9 / threads
        a, b = 8.0 * (3 * targets + 8) * tasks, 8.0 * (2 * targets + 10) * self.rows
        side = (np.sqrt(b * b + 4.0 * a * free) - b) / (2.0 * a)
        return int(np.clip(side, SMALLEST_TILE, LARGEST_TILE))

    def check_features(self, count: float, *, rung: int, words: str = "or more") -> None:
        """Refuse to hold more features than fit.

        Parameters
        ----------
        count
            How many there are.
        rung
            Of these features.
        words
            What is to be said of the count.

        Raises
        ------
        ValueError
            With what fits.

        Examples
        --------
        >>> Budget(memory_gb=0.001, max_candidates=1e9, rows=100).check_features(5000, rung=1)
        Traceback (most recent call last):
            ...
        ValueError: rung 2 builds on the features of rung 1, of which memory_gb=0.001 holds 294 with 100 rows and there
        are 5000 or more; rung=1 fits. Give more memory, fewer features or operators, or rung=1
        """
        fits = self.features_that_fit
        if count <= fits:
            return
        if rung == 0:
            raise ValueError(
                f"memory_gb={self.memory_gb:g} holds {fits} columns with {self.rows} rows and there are {count:.6g}; "
                "give more memory or fewer features"
            )
        raise ValueError(
            f"rung {rung + 1} builds on the features of rung {rung}, of which memory_gb={self.memory_gb:g} holds "
            f"{fits} with {self.rows} rows and there are {count:.6g} {words}; rung={rung} fits. Give more memory, "
            f"fewer features or operators, or rung={rung}"
        )

    def check_next_rung(self, features: Features, rung: int) -> None:
        """Refuse at once to build features of which a tenth would not fit; see `check_features`.

        Raises
        ------
        ValueError
            With what fits.
        """
        count = candidates(features)
        if count * _DISTINCT > self.features_that_fit:
            self.check_features(count, rung=rung, words="with duplicates")

    def check_candidates(self, features: Features, rung: int) -> None:
        """Refuse a search that would stream more candidates than are allowed.

        Raises
        ------
        ValueError
            With how many there are, how long they would take, and what fits.
        """
        count = candidates(features) if rung else len(features)
        if count > self.max_candidates:
            raise ValueError(
                f"rung {rung} of these features has {count:.2g} candidates, {_spoken(count / _RATE)} for each "
                f"screening; max_candidates={self.max_candidates:.2g} allows less. rung={rung - 1} has "
                f"{len(features)}. Give a higher max_candidates, fewer features or operators, or rung={rung - 1}"
            )


def candidates(features: Features) -> float:
    """Return how many features the next rung has at most: every allowed operator on every allowed pair."""
    codes = {one.code for one in features.operators}
    sizes = np.bincount(features.unit, minlength=len(features.units)).astype(float)
    old = np.bincount(features.unit[: features.newest], minlength=len(features.units)).astype(float)
    alike = float((sizes * (sizes - 1) - old * (old - 1)).sum()) / 2
    every = (sizes.sum() * (sizes.sum() - 1) - old.sum() * (old.sum() - 1)) / 2
    pairs = alike * len(codes & {ADD, SUBTRACT, DISTANCE})
    pairs += every * ((MULTIPLY in codes) + 2 * (DIVIDE in codes))
    unary = sum(
        float((sizes - old)[index])
        for one in features.operators
        if one.arity == 1
        for index, unit in enumerate(features.units)
        if one.unit(unit) is not None
    )
    return float(len(features) + pairs + unary)


def _spoken(seconds: float) -> str:
    for size, name in ((31_557_600, "years"), (86_400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"some {seconds / size:.0f} {name}"
    return f"some {seconds:.0f} s"
