"""How a fit is to go: the settings of training, checked once."""

from __future__ import annotations

from dataclasses import dataclass, field

from matsluice.models.networks.allowed import number, one_of, whole
from matsluice.models.networks.optimizers import OPTIMIZERS, Moments
from matsluice.models.networks.schedules import SCHEDULES


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
        Rows per update, for optimisers that take mini-batches.
    tolerance
        The fit has converged where the monitored loss has not fallen by this share within `patience` epochs.
    patience
        Epochs without a better loss after which training stops.
    """

    optimizer: str
    epochs: int
    learning_rate: float | None = None
    schedule: str = "constant"
    batch_size: int = 128
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
        whole("batch_size", self.batch_size, 1)
        whole("patience", self.patience, 1)
        number("tolerance", self.tolerance, 0)
        if self.learning_rate is not None:
            number("learning_rate", self.learning_rate, 0, open_end=True)
        number("momentum", self.moments.momentum, 0, 1)
        number("beta_1", self.moments.beta_1, 0, 1)
        number("beta_2", self.moments.beta_2, 0, 1)

    @property
    def rate(self) -> float:
        """The learning rate at the start."""
        return OPTIMIZERS[self.optimizer].learning_rate if self.learning_rate is None else self.learning_rate
