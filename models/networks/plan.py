"""How a fit is to go: the settings of training, checked once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from matsluice.models.networks.allowed import number, one_of, whole
from matsluice.models.networks.optimizers import OPTIMIZERS, Moments
from matsluice.models.networks.schedules import SCHEDULES

SMALLEST_BATCH: Final = 8
LARGEST_BATCH: Final = 128


@dataclass(frozen=True, slots=True)
class Plan:
    """Settings of one fit.

    Attributes
    ----------
    optimizer, schedule
        Words of `OPTIMIZERS` and `SCHEDULES`.
    learning_rate
        None for the optimiser's own. L-BFGS finds its steps by a line search and takes none.
    epochs
        Most passes over the rows; for L-BFGS, most steps.
    batch_size
        Rows per update, for optimisers that take mini-batches; None for what `rows_per_update` says.
    tolerance
        The fit has converged where the monitored loss has not fallen by this share within `patience` epochs.
    patience
        Epochs without a better loss after which training stops.
    """

    optimizer: str
    epochs: int
    learning_rate: float | None = None
    schedule: str = "constant"
    batch_size: int | None = None
    tolerance: float = 1e-5
    patience: int = 25
    moments: Moments = field(default_factory=Moments)

    def __post_init__(self) -> None:
        """Refuse what cannot be used.

        Raises
        ------
        ValueError
            A setting is outside what is allowed.
        """
        one_of("optimizer", self.optimizer, OPTIMIZERS)
        one_of("schedule", self.schedule, SCHEDULES)
        whole("epochs", self.epochs, 1)
        if self.batch_size is not None:
            whole("batch_size", self.batch_size, 1)
        whole("patience", self.patience, 1)
        number("tolerance", self.tolerance, 0)
        if self.learning_rate is not None:
            number("learning_rate", self.learning_rate, 0, open_end=True)
        number("momentum", self.moments.momentum, 0, 1)
        number("beta_1", self.moments.beta_1, 0, 1)
        number("beta_2", self.moments.beta_2, 0, 1)

    def rows_per_update(self, rows: int) -> int:
        """Return the size of a mini-batch.

        Where none is given it is an eighth of the rows, rounded down to a power of two, from 8 to 128. With a fixed
        size a table of a hundred rows would see one update in an epoch, and training end far from the minimum.

        Examples
        --------
        >>> [Plan("adam", 1).rows_per_update(rows) for rows in (5, 50, 300, 900, 20_000)]
        [5, 8, 32, 64, 128]
        >>> Plan("adam", 1, batch_size=40).rows_per_update(30)
        30
        """
        if self.batch_size is not None:
            return min(self.batch_size, rows)
        eighth = max(rows // 8, 1)
        return min(max(1 << (eighth.bit_length() - 1), SMALLEST_BATCH), LARGEST_BATCH, rows)

    @property
    def rate(self) -> float:
        """The learning rate at the start."""
        return OPTIMIZERS[self.optimizer].learning_rate if self.learning_rate is None else self.learning_rate
