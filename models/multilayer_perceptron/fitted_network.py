"""What the perceptrons for values and for classes share: settings, fit, and the outputs of their networks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.base import BaseEstimator

from matsluice.models.multilayer_perceptron.members import Fitting, fitted_member, members_outputs
from matsluice.models.multilayer_perceptron.perceptron import ACTIVATIONS, Perceptron
from matsluice.models.networks.allowed import number, one_of, whole, widths
from matsluice.models.networks.input import input_to_predict, seed_of
from matsluice.models.networks.numeric_context import PRECISIONS
from matsluice.models.networks.objective import Objective
from matsluice.models.networks.optimizers import Moments
from matsluice.models.networks.plan import Plan
from matsluice.models.networks.scaling import standard
from matsluice.models.networks.targets import Classes, Values

if TYPE_CHECKING:
    from numpy.typing import NDArray


class FittedPerceptron(BaseEstimator):  # type: ignore[misc]
    """Settings, fit and outputs; see `MLPRegressor`."""

    def __init__(
        self,
        hidden: Any = (100, 100),
        *,
        activation: str = "silu",
        optimizer: str = "adam",
        learning_rate: float | None = None,
        schedule: str = "cosine",
        batch_size: int | None = None,
        epochs: int = 300,
        momentum: float = 0.9,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        alpha: float = 2e-2,
        dropout: float = 0.0,
        early_stopping: bool = False,
        validation_share: float = 0.1,
        patience: int = 25,
        tolerance: float = 1e-5,
        ensemble: int = 1,
        precision: str = "float64",
        random_state: Any = 0,
    ) -> None:
        self.hidden = hidden
        self.activation = activation
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.schedule = schedule
        self.batch_size = batch_size
        self.epochs = epochs
        self.momentum = momentum
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.alpha = alpha
        self.dropout = dropout
        self.early_stopping = early_stopping
        self.validation_share = validation_share
        self.patience = patience
        self.tolerance = tolerance
        self.ensemble = ensemble
        self.precision = precision
        self.random_state = random_state

    def _fitting(self, features: int, outputs: int, loss: str) -> Fitting:
        """Return the checked settings."""
        network = Perceptron(
            (features, *widths("hidden", self.hidden), outputs),
            one_of("activation", self.activation, ACTIVATIONS),
            number("dropout", self.dropout, 0, 1),
        )
        plan = Plan(
            optimizer=self.optimizer,
            epochs=self.epochs,
            learning_rate=self.learning_rate,
            schedule=self.schedule,
            batch_size=self.batch_size,
            tolerance=self.tolerance,
            patience=self.patience,
            moments=Moments(
                self.momentum, self.beta_1, self.beta_2, number("epsilon", self.epsilon, 0, open_end=True)
            ),
        )
        whole("ensemble", self.ensemble, 1)
        share = number("validation_share", self.validation_share, 0, 1, open_end=True)
        return Fitting(
            objective=Objective(network, loss),
            network=network,
            plan=plan,
            alpha=number("alpha", self.alpha, 0),
            precision=one_of("precision", self.precision, PRECISIONS),
            validation_share=share if self.early_stopping else 0.0,
            by_class=loss == "cross_entropy",
        )

    def _fit(
        self,
        X: NDArray[np.float64],
        y: NDArray[Any],
        weights: NDArray[np.float64],
        targets: Values | Classes,
        loss: str,
    ) -> Self:
        fitting = self._fitting(X.shape[1], targets.outputs, loss)
        self._scaling = standard(X, weights)
        self._targets = targets
        self._network = fitting.network
        self._seed = seed_of(self.random_state)
        scaled, wanted = self._scaling.scaled(X), targets.to_fit(y)
        fits = [
            fitted_member(fitting, scaled, wanted, weights, self._seed + member)
            for member in range(self.ensemble)
        ]
        self.weights_ = np.stack([one.weights for one in fits])
        self.histories_ = [one.record.table() for one in fits]
        self.history_ = self.histories_[0]
        self.stopped_ = fits[0].stopped
        self.loss_ = fits[0].loss
        return self

    def _outputs(self, X: Any, *, thinned: bool = False) -> NDArray[np.float64]:
        """Return the outputs (members, rows, outputs)."""
        given = input_to_predict(self, X)
        scaled = self._scaling.scaled(given)
        seed = self._seed if thinned else None
        return members_outputs(self._network, self.weights_, scaled, self.precision, seed)

    def _spread(self, X: Any) -> NDArray[np.float64]:
        """Return the outputs of those that are asked for the spread: thinned passes, members, or both."""
        if not self._network.dropout and len(self.weights_) == 1:
            raise ValueError(
                "a spread needs several opinions: fit with ensemble=5 or more, or with dropout=0.1 or so"
            )
        return self._outputs(X, thinned=self._network.dropout > 0)
