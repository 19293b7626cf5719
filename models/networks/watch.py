"""Looks on while a network trains: keeps the best weights, the record, and says when to stop."""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from matsluice.models.networks.record import Record

if TYPE_CHECKING:
    from numpy.typing import NDArray

# A loss this many times the first one does not come back, although it is still a number.
_EXPLODED: Final = 1e6


@dataclass(slots=True)
class Watch:
    """The state of one fit, told after every epoch.

    Attributes
    ----------
    tolerance, patience
        As in `Plan`.
    best
        Weights of the least monitored loss: the validation loss where rows are held back, else the training loss.
    stopped
        Why training ended: "epochs" (all were done), "converged", "early" (the validation loss rose) or "diverged".
    """

    tolerance: float
    patience: int
    best: NDArray[Any]
    best_loss: float = np.inf
    stopped: str = "epochs"
    record: Record = field(default_factory=Record)
    _start: float = field(default_factory=time.perf_counter)
    _first: float = np.nan
    _reached: float = np.inf
    _since: int = 0

    def begin(self) -> None:
        """Start the clock: what was compiled until now does not count."""
        self._start = time.perf_counter()

    def sees(self, weights: Any, loss: float, gradients: int, validation: float | None) -> bool:
        """Take note of an epoch; return whether training should stop.

        Parameters
        ----------
        weights
            Those that had this loss.
        gradients
            Gradients computed since the fit began.
        """
        monitored = loss if validation is None else validation
        self.record.loss.append(loss)
        self.record.seconds.append(time.perf_counter() - self._start)
        self.record.gradient_evaluations.append(gradients)
        if validation is not None:
            self.record.validation_loss.append(validation)
        if self._has_exploded(loss) or not np.isfinite(monitored):
            self.stopped = "diverged"
            return True
        if monitored < self.best_loss:
            self.best_loss, self.best = monitored, np.asarray(weights)
        if monitored < self._reached * (1 - self.tolerance):
            self._reached, self._since = monitored, 0
            return False
        self._since += 1
        if self._since < self.patience:
            return False
        self.stopped = "converged" if validation is None else "early"
        return True

    def _has_exploded(self, loss: float) -> bool:
        if np.isnan(self._first) and np.isfinite(loss):
            self._first = max(loss, 1e-12)
        return not loss <= _EXPLODED * self._first

    def say_if_diverged(self, plan_words: str) -> None:
        """Warn where the loss exploded."""
        if self.stopped == "diverged":
            from sklearn.exceptions import ConvergenceWarning

            warnings.warn(
                f"the loss exploded in epoch {len(self.record.loss)} ({plan_words}); training stopped and the best "
                'weights before it are kept: give a smaller learning_rate, or optimizer="lbfgs"',
                ConvergenceWarning,
                stacklevel=2,
            )
