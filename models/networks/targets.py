"""Between the targets a person gives and those a network is fitted to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from matsluice.models.networks.scaling import Scaling, standard

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Values:
    """Targets of a regression: fitted in units of their standard deviation, around their mean."""

    scaling: Scaling
    outputs: int = 1

    @property
    def centre(self) -> float:
        """The weighted mean of the training targets."""
        return float(self.scaling.centre[0])

    @property
    def width(self) -> float:
        """Their standard deviation: 0 where they are all the same, and then nothing else is predicted."""
        width = float(self.scaling.width[0])
        return width if np.isfinite(width) else 0.0

    def to_fit(self, y: NDArray[Any]) -> NDArray[np.float64]:
        """Return the targets as the network sees them."""
        return np.asarray((y.astype(np.float64) - self.centre) / (self.width or 1.0))

    def back(self, output: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return predictions (rows,) in the targets' unit, of outputs (rows, 1)."""
        return np.asarray(output[:, 0] * self.width + self.centre)


def values(y: NDArray[Any], weights: NDArray[np.float64]) -> Values:
    """Return what is known of a regression's targets.

    Examples
    --------
    >>> known = values(np.array([1, 3]), np.ones(2))
    >>> known.to_fit(np.array([1, 3])).tolist(), known.back(np.array([[0.5]])).tolist()
    ([-1.0, 1.0], [2.5])
    """
    return Values(standard(y.astype(np.float64)[:, None], weights))


@dataclass(frozen=True, slots=True)
class Classes:
    """Targets of a classification: their place among the sorted classes."""

    names: NDArray[Any]

    @property
    def outputs(self) -> int:
        """One logit for two classes, else one for each."""
        return 1 if len(self.names) == 2 else len(self.names)

    def to_fit(self, y: NDArray[Any]) -> NDArray[np.float64]:
        """Return the place of each target's class."""
        return np.searchsorted(self.names, y).astype(np.float64)

    def probabilities(self, output: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the share of each class (rows, classes) of logits (rows, outputs).

        Examples
        --------
        >>> Classes(np.array(["a", "b"])).probabilities(np.array([[0.0]])).tolist()
        [[0.5, 0.5]]
        """
        logits = np.hstack([np.zeros_like(output), output]) if self.outputs == 1 else output
        grown = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(grown / grown.sum(axis=1, keepdims=True))


def classes(y: NDArray[Any], name: str) -> Classes:
    """Return the classes there are.

    Raises
    ------
    ValueError
        There is only one.
    """
    names = np.unique(y)
    if len(names) < 2:
        raise ValueError(
            f"{name} got one class only, '{names[0]}': at least two classes are needed to tell apart"
        )
    return Classes(names)
