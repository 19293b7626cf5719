"""The SISSO iteration for classes: screen by overlap, part them with lines, look at the rows still in doubt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from matsluice.models.sisso.budget import Budget
from matsluice.models.sisso.feature_space import Features
from matsluice.models.sisso.overlap import OverlapScores
from matsluice.models.sisso.screening import Screened, nothing_screened, screened
from matsluice.models.sisso.subsets import best_models, features_to_try
from matsluice.models.sisso.targets import Rows
from matsluice.models.sisso.threads import allowed_threads

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_SCREENED: Final = 1000
# Subsets that boundaries are fitted to: those that least squares, on values without their outliers, puts first.
FITTED: Final = 3000
# Values beyond so many standard deviations count as that many while subsets are compared.
OUTLYING: Final = 3.0
# Models whose features are looked for anew, one at a time.
REVISED: Final = 2
# What a row that no model doubts counts beside one that all do.
SURE: Final = 0.02


@dataclass(frozen=True, slots=True)
class ClassModel:
    """A subset of the screened features, and how well linear boundaries on it part the classes."""

    features: tuple[int, ...]
    separation: float
    loss: float


@dataclass(slots=True)
class ClassSearch:
    """One search; the parameters are those of `Search`, with the class (n,) of each row in place of a target."""

    features: Features
    label: NDArray[np.int64]
    weights: NDArray[np.float64]
    budget: Budget
    pairs: bool
    screen_size: int | None
    residuals: int
    keep: int
    revisions: int
    pool: Screened = field(init=False)
    standard: NDArray[np.float64] = field(init=False)
    subspaces: list[slice] = field(init=False, default_factory=list)

    @property
    def rows(self) -> Rows:
        """All rows as one task."""
        return Rows(self.weights, np.array([0, len(self.weights)]), np.ones(1))

    def run(self, dimension: int) -> list[list[ClassModel]]:
        """Return the best models of 1, 2, … features, as far as fewer do not part the classes entirely."""
        self.pool = nothing_screened(len(self.label))
        self.standard = np.empty((0, len(self.label)))
        found: list[list[ClassModel]] = []
        for size in range(1, dimension + 1):
            if found and found[-1][0].separation >= 1.0:
                break
            self._screen(self._first_doubts(found), dimension)
            models = self._select(size)
            for _ in range(self.revisions if size > 1 else 0):
                if not models or models[0].separation >= 1.0:
                    break
                rest = {
                    tuple(other for other in model.features if other != one)
                    for model in models[:REVISED]
                    for one in model.features
                }
                self._screen(self._doubts(sorted(rest)), dimension)
                models = self._select(size)
            if not models:
                break
            found.append(models)
        return found

    def _screen(self, doubts: NDArray[np.float64], dimension: int) -> None:
        fits = max(1, self.budget.screened_that_fit(1) // (2 * dimension))
        chosen = screened(
            self.features,
            OverlapScores(self.features, self.label, doubts * self.weights),
            self.weights,
            count=min(self.screen_size or MOST_SCREENED, fits),
            tile=self.budget.tile(len(doubts), 1, allowed_threads()),
            pairs=self.pairs,
            taken=self.pool,
        )
        self.subspaces.append(slice(len(self.pool), len(self.pool) + len(chosen)))
        self.pool = self.pool.and_then(chosen)
        self.standard = np.concatenate([self.standard, self.rows.standardised(chosen.values)])

    def _select(self, size: int) -> list[ClassModel]:
        """Return the best subsets: of those that least squares puts first, the ones with the least overlap."""
        from matsluice.models.sisso.logistic_kernel import boundaries

        subsets = self._promising(size)
        if not len(subsets):
            return []
        classes = int(self.label.max()) + 1
        parted, loss = boundaries(self.standard, subsets, self.label, classes, self.weights)
        order = np.lexsort((np.arange(len(subsets)), np.round(loss, 9), -np.round(parted, 9)))
        return [
            ClassModel(tuple(subsets[i].tolist()), float(parted[i]), float(loss[i]))
            for i in order[: max(self.keep, self.residuals)]
        ]

    def _promising(self, size: int) -> NDArray[np.int64]:
        if size == 1:
            return np.arange(min(len(self.pool), FITTED))[:, None]
        each = (
            len(self.pool) if self.screen_size is not None else features_to_try(size) // len(self.subspaces)
        )
        union = np.array(
            sorted(
                {
                    i
                    for space in self.subspaces
                    for i in range(space.start, min(space.stop, space.start + each))
                }
            )
        )
        tame = self.rows.standardised(np.clip(self.standard[union], -OUTLYING, OUTLYING))
        classes = int(self.label.max()) + 1
        found: set[tuple[int, ...]] = set()
        for one in range(1 if classes == 2 else classes):
            belongs = np.where(self.label == one, 1.0, 0.0)
            target = belongs - belongs @ self.weights
            best = best_models(
                tame, target, self.rows, size=size, keep=FITTED // (1 if classes == 2 else classes)
            )
            found |= {subset for subset, _ in best}
        return union[np.array(sorted(found), dtype=np.int64).reshape(-1, size)]

    def _first_doubts(self, found: Sequence[Sequence[ClassModel]]) -> NDArray[np.float64]:
        if not found:
            return np.ones((1, len(self.label)))
        return self._doubts([model.features for model in found[-1][: self.residuals]])

    def _doubts(self, models: Sequence[tuple[int, ...]]) -> NDArray[np.float64]:
        """Return weights (sets, n) of rows: how far each model is from being sure of the right class."""
        from matsluice.models.sisso.logistic_kernel import boundary

        classes = int(self.label.max()) + 1
        found = []
        for model in models:
            columns = np.ascontiguousarray(self.standard[list(model)])
            doubt = np.full(len(self.label), SURE)
            for one in range(1 if classes == 2 else classes):
                positive = (self.label == one).astype(np.float64)
                weights = self.weights.copy()
                for side in (0.0, 1.0):
                    weights[positive == side] *= 0.5 / weights[positive == side].sum()
                at = np.empty(len(columns) + 1)
                boundary(columns, positive, weights, at)
                probability = 1.0 / (1.0 + np.exp(-np.clip(at[0] + at[1:] @ columns, -500.0, 500.0)))
                doubt = np.maximum(doubt, np.abs(positive - probability))
            found.append(doubt)
        return np.array(found)
