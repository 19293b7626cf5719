"""What a pipeline does to features before its model, as far as a text has to say it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from matsluice.models.written_out.form import Symbol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray
    from sklearn.pipeline import Pipeline


@dataclass(frozen=True, slots=True, eq=False)
class PreparedRows:
    """Training rows of a fitted pipeline of `prepared`, filled but in the features' own units.

    Attributes
    ----------
    filled
        Features, (n, columns), as the model sees them before they are scaled.
    values
        What undefined ones count as, (columns,); None where nothing stands in for them.
    slope, shift
        The model sees slope × feature + shift, (columns,) each: 1 and 0 where features are not scaled.
    low, high
        Range over the rows, (columns,) each.
    scaled
        Whether features are clipped to that range, and scaled.
    """

    filled: NDArray[np.float64]
    values: NDArray[np.float64] | None
    slope: NDArray[np.float64]
    shift: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    scaled: bool

    @classmethod
    def of(cls, pipeline: Pipeline, X: NDArray[np.float64]) -> PreparedRows:
        """Take the rows X, (n, columns), that the pipeline was fitted to."""
        steps: dict[str, Any] = dict(pipeline.steps)
        fill = steps["fill"]
        is_filled = fill != "passthrough"
        filled = np.asarray(fill.transform(X) if is_filled else X, dtype=np.float64)
        slope, shift = np.ones(X.shape[1]), np.zeros(X.shape[1])
        if "scale" in steps:
            bound, scale = steps["bound"], steps["scale"]
            slope = np.asarray(bound.scale_ / scale.scale_)
            shift = np.asarray((bound.min_ - scale.mean_) / scale.scale_)
        values = np.asarray(fill.transform(np.full((1, X.shape[1]), np.nan))[0]) if is_filled else None
        return cls(
            filled, values, slope, shift, filled.min(axis=0), filled.max(axis=0), scaled="scale" in steps
        )

    @property
    def varies(self) -> NDArray[np.bool_]:
        """Which columns, (columns,), have more than one value."""
        return np.asarray(self.high > self.low)

    def symbols(self, names: Sequence[str], places: Iterable[int]) -> tuple[Symbol, ...]:
        """Return the symbols of some columns, in their order."""
        return tuple(
            Symbol(
                names[i],
                i,
                float(self.low[i]),
                float(self.high[i]),
                None if self.values is None else float(self.values[i]),
                self.scaled,
            )
            for i in sorted(set(places))
        )
