"""The SISSO iteration: screen against residuals, try all subsets, take the residuals of the best, and again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from matsluice.models.sisso.budget import Budget
from matsluice.models.sisso.correlation import CorrelationScores
from matsluice.models.sisso.feature_space import Features
from matsluice.models.sisso.residuals import residuals_of
from matsluice.models.sisso.screening import TIE, Screened, nothing_screened, screened
from matsluice.models.sisso.subsets import best_models, features_to_try
from matsluice.models.sisso.targets import Rows, Targets, targets_of
from matsluice.models.sisso.threads import allowed_threads

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Features of one screening where the number is left to us.
MOST_SCREENED: Final = 2000
# Features that are looked for anew for each feature of a model, each beside other partners.
REVISED: Final = 3
# Residuals that correlate as much ask for the same feature: the best models often are one in many disguises.
ALIKE: Final = 0.7
# Models among which those whose residuals differ are looked for.
RANKED: Final = 1000


@dataclass(frozen=True, slots=True)
class Model:
    """A subset of the screened features, and the share of the target's squares that it explains."""

    features: tuple[int, ...]
    explained: float


@dataclass(slots=True)
class Search:
    """One search, and what it has found.

    Attributes
    ----------
    features
        What is held; candidates are these, and with `pairs` one operator more.
    target
        (n,), standardised within each task.
    rows
        Weights and tasks.
    screen_size
        Features a screening selects; None for as many as can be tried in all subsets.
    residuals
        Models of d features, of residuals that differ, which the next screening looks at.
    keep
        Models of each dimension that are returned.
    revisions
        How often, in each dimension, the features of the best models are looked for again, each beside the others.
    pool
        What has been screened.
    subspaces
        Where in the pool each screening's features are.
    """

    features: Features
    target: NDArray[np.float64]
    rows: Rows
    budget: Budget
    pairs: bool
    screen_size: int | None
    residuals: int
    keep: int
    revisions: int
    pool: Screened = field(init=False)
    subspaces: list[slice] = field(init=False, default_factory=list)
    standard: NDArray[np.float64] = field(init=False)

    def run(self, dimension: int) -> list[list[Model]]:
        """Return the best models of 1, 2, … features, as far as the target is not explained exactly by fewer."""
        n = len(self.target)
        self.pool = nothing_screened(n)
        self.standard = np.empty((0, n))
        found: list[list[Model]] = []
        for size in range(1, dimension + 1):
            targets = self._residuals_of(found[-1] if found else None)
            if targets is None:
                break
            self._screen(targets, self._screen_size(dimension))
            models = self._select(size, found[-1] if found else [])
            for _ in range(self.revisions if size > 1 else 0):
                better = self._revise(models, size)
                if better is None:
                    break
                models = better
            if not models:
                break
            found.append(models)
        return found

    def _screen_size(self, dimension: int) -> int:
        fits = max(1, self.budget.screened_that_fit(len(self.rows.tasks)) // (2 * dimension))
        if self.screen_size is not None:
            return min(self.screen_size, fits)
        return min(MOST_SCREENED, fits)

    def _residuals_of(self, models: Sequence[Model] | None) -> Targets | None:
        if models is None:
            return targets_of(self.target[None], self.rows)
        left, _ = self._different([one.features for one in models], self.residuals)
        return targets_of(left, self.rows)

    def _different(
        self, subsets: Sequence[tuple[int, ...]], count: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return residuals and bases of the first so many subsets that leave different things unexplained."""
        left, basis = residuals_of(subsets, self.standard, self.target, self.rows)
        weights = self.rows.total_weights()
        length = np.sqrt((left * left) @ weights)
        scaled = left / np.where(length > 0.0, length, 1.0)[:, None]
        chosen: list[int] = []
        for number, one in enumerate(scaled):
            if len(chosen) < count and (np.abs(scaled[chosen] @ (weights * one)) < ALIKE).all():
                chosen.append(number)
        return left[chosen], basis[chosen]

    def _screen(self, targets: Targets, count: int) -> None:
        """Add the features that correlate best with any target, beside those that were screened before."""
        threads = allowed_threads()
        chosen = screened(
            self.features,
            CorrelationScores(self.features, self.rows, targets),
            self.rows.total_weights(),
            count=count,
            tile=self.budget.tile(len(targets.lines), len(self.rows.tasks), threads),
            pairs=self.pairs,
            taken=self.pool,
        )
        self.subspaces.append(slice(len(self.pool), len(self.pool) + len(chosen)))
        self.pool = self.pool.and_then(chosen)
        self.standard = np.concatenate([self.standard, self.rows.standardised(chosen.values)])

    def _select(self, size: int, smaller: Sequence[Model]) -> list[Model]:
        """Return the best of all subsets of the union of the screened subspaces."""
        each = (
            len(self.pool) if self.screen_size is not None else features_to_try(size) // len(self.subspaces)
        )
        union = {
            i for space in self.subspaces for i in range(space.start, min(space.stop, space.start + each))
        }
        union |= {i for model in smaller[: self.keep] for i in model.features}
        index = np.array(sorted(union), dtype=np.int64)
        keep = max(self.keep, self.residuals, RANKED)
        best = best_models(self.standard[index], self.target, self.rows, size=size, keep=keep)
        return self._measured([tuple(index[list(subset)].tolist()) for subset, _ in best])

    def _measured(self, subsets: Sequence[tuple[int, ...]]) -> list[Model]:
        """Return models in order of what they explain by the features' own values, not by their Gram matrix."""
        if not subsets:
            return []
        left, _ = residuals_of(subsets, self.standard, self.target, self.rows)
        weights = self.rows.total_weights()
        explained = 1.0 - (left * left) @ weights / (self.target**2 @ weights)
        order = np.argsort(-np.round(explained / TIE), kind="stable")
        return [Model(subsets[i], float(explained[i])) for i in order.tolist()]

    def _revise(self, models: list[Model], size: int) -> list[Model] | None:
        """Look for each feature of the best models again, as the one that explains most beside the others.

        A feature that correlates with the target less than a thousand mixtures do is missed by the first screening;
        beside the right partner it comes first. Returns None where no better model is found.
        """
        rest = dict.fromkeys(
            tuple(other for other in model.features if other != one)
            for model in models
            for one in model.features
        )
        left, basis = self._different(list(rest), REVISED * size)
        targets = targets_of(left, self.rows, basis)
        if targets is None:
            return None
        self._screen(targets, max(50, self._screen_size(size) // 4))
        better = self._select(size, models)
        return better if better[0].explained > models[0].explained + 1e-12 else None
