"""What every epoch of a fit brought and cost."""

from __future__ import annotations

import math
from dataclasses import dataclass, field


@dataclass(slots=True)
class Record:
    """One line per epoch.

    Attributes
    ----------
    loss
        Mean loss of the training rows, penalties included. Mini-batches: the mean over the epoch's batches, each before
        its update. Full batches: after the update.
    validation_loss
        Mean loss of the rows held back, without penalties; empty where none were, NaN in the epochs of a part of the
        fit where none were.
    seconds
        Since the first epoch began, without the time the program was compiled in.
    gradient_evaluations
        Gradients computed so far: one per batch and, of the line search of L-BFGS, one per trial step.
    """

    loss: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    gradient_evaluations: list[int] = field(default_factory=list)

    def table(self) -> dict[str, list[float] | list[int]]:
        """Return the columns, `epoch` first, counted from 1.

        Examples
        --------
        >>> Record(loss=[0.5], seconds=[0.1], gradient_evaluations=[1]).table()
        {'epoch': [1], 'loss': [0.5], 'seconds': [0.1], 'gradient_evaluations': [1]}
        """
        columns: dict[str, list[float] | list[int]] = {
            "epoch": list(range(1, len(self.loss) + 1)),
            "loss": self.loss,
        }
        if self.validation_loss:
            columns["validation_loss"] = self.validation_loss
        return columns | {"seconds": self.seconds, "gradient_evaluations": self.gradient_evaluations}

    def _validation(self) -> list[float]:
        return self.validation_loss or [math.nan] * len(self.loss)

    def extended_by(self, later: Record) -> Record:
        """Return this record followed by a later one, whose clock and counter go on from here.

        Examples
        --------
        >>> first, later = Record([3.0], [4.0], [0.1], [1]), Record([2.0], [], [0.2], [1])
        >>> first.extended_by(later).table()["validation_loss"]
        [4.0, nan]
        """
        seconds = self.seconds[-1] if self.seconds else 0.0
        gradients = self.gradient_evaluations[-1] if self.gradient_evaluations else 0
        return Record(
            self.loss + later.loss,
            self._validation() + later._validation() if self.validation_loss or later.validation_loss else [],
            self.seconds + [seconds + one for one in later.seconds],
            self.gradient_evaluations + [gradients + one for one in later.gradient_evaluations],
        )
