"""Multilayer perceptrons with scikit-learn's interface."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.base import ClassifierMixin, RegressorMixin

from matsluice.models.multilayer_perceptron.fitted_network import FittedPerceptron
from matsluice.models.networks.allowed import one_of
from matsluice.models.networks.input import training_input
from matsluice.models.networks.losses import REGRESSION_LOSSES
from matsluice.models.networks.targets import Classes, Values, classes, values

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


class MLPRegressor(RegressorMixin, FittedPerceptron):  # type: ignore[misc]
    """Multilayer perceptron for values: f(x) = W₃ a(W₂ a(W₁ x + b₁) + b₂) + b₃.

    Features and target are standardised inside, over the training rows.

    Parameters
    ----------
    hidden
        Widths of the hidden layers; () leaves linear regression.
    activation
        "relu", "sigmoid", "silu" or "tanh".
    loss
        "mse", "mae" or "huber" (quadratic up to one standard deviation of the target).
    optimizer
        "gd" (gradient descent on all rows), "sgd" (mini-batches with momentum), "adam" or "lbfgs".
    learning_rate
        None for the optimiser's own: 0.1 for gd, 0.01 for sgd, 0.003 for adam. L-BFGS takes none.
    schedule
        "constant", "cosine", "warm_cosine", "exponential", "step" or "inverse": how the learning rate falls.
    batch_size, epochs
        Rows per update (None for an eighth of the rows, from 8 to 128), and most passes over the rows; for L-BFGS the
        latter is the most steps.
    momentum, beta_1, beta_2, epsilon
        Of SGD, and of Adam.
    alpha
        Strength of the penalty ½ alpha ‖W‖². The default is for measured values of some hundred materials; a function
        without noise is learned more closely with 1e-6 or so.
    dropout
        Share of hidden units left out of each training pass (Srivastava et al. 2014).
    early_stopping, validation_share, patience, tolerance
        Whether a share of the rows is held back, and training stops once their loss has not fallen by the share
        `tolerance` in `patience` epochs. Without it the training loss is watched.
    ensemble
        Networks fitted from different random starts, whose mean is predicted (Lakshminarayanan et al. 2017).
    precision
        "float64", or "float32": about twice as fast on wide layers, with errors near 1e-6 of the target's spread.
    random_state
        Seed; the same seed gives the same bits.

    Attributes
    ----------
    history_
        Columns epoch, loss, validation_loss (with early stopping), seconds, gradient_evaluations, of the first
        network; `histories_` has them of all.
    stopped_
        "epochs", "converged", "early" or "diverged".
    weights_
        Shape (ensemble, weights).

    References
    ----------
    Rumelhart, Hinton & Williams 1986, doi:10.1038/323533a0.

    Examples
    --------
    >>> X = np.linspace(-1, 1, 40)[:, None]
    >>> model = MLPRegressor(hidden=(8,), optimizer="lbfgs", activation="tanh", alpha=1e-6)
    >>> model = model.fit(X, np.sin(3 * X[:, 0]))
    >>> bool(abs(model.predict([[0.5]])[0] - np.sin(1.5)) < 0.01)
    True
    """

    def __init__(
        self,
        hidden: Any = (100, 100),
        *,
        activation: str = "silu",
        loss: str = "mse",
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
        settings = {
            name: value for name, value in locals().items() if name not in {"self", "loss", "__class__"}
        }
        super().__init__(**settings)
        self.loss = loss

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Fit to features (rows, columns) and values (rows,), each row counting by its weight.

        A whole weight is the same as so many equal rows where every update sees all rows; with mini-batches it is on
        average only.

        Raises
        ------
        ValueError
            A setting or the input cannot be used.
        """
        one_of("loss", self.loss, REGRESSION_LOSSES)
        features, wanted, weights = training_input(self, X, y, sample_weight, classify=False)
        return self._fit(features, wanted, weights, values(wanted, weights), self.loss)

    def predict(self, X: ArrayLike, *, return_std: bool = False) -> Any:
        """Return the values (rows,), and with `return_std` the spread of the networks about them (rows,).

        The spread is the standard deviation over the ensemble, over 32 thinned passes of each where there is
        dropout (Gal & Ghahramani 2016). It says where the networks disagree and does not contain the noise of the
        target.

        Raises
        ------
        ValueError
            A spread is asked of a single network without dropout.
        """
        output = self._outputs(X)
        assert isinstance(self._targets, Values)
        predicted = self._targets.back(output.mean(axis=0))
        if not return_std:
            return predicted
        return predicted, self._spread(X)[:, :, 0].std(axis=0, ddof=1) * self._targets.width


class MLPClassifier(ClassifierMixin, FittedPerceptron):  # type: ignore[misc]
    """Multilayer perceptron for classes, fitted by cross-entropy; settings and attributes as of `MLPRegressor`.

    Examples
    --------
    >>> X = np.array([[0.0], [0.2], [0.8], [1.0]])
    >>> model = MLPClassifier(hidden=(4,), optimizer="lbfgs").fit(X, ["no", "no", "yes", "yes"])
    >>> model.predict([[0.1], [0.9]]).tolist()
    ['no', 'yes']
    """

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Fit to features (rows, columns) and classes (rows,), each row counting by its weight.

        Raises
        ------
        ValueError
            A setting or the input cannot be used, or there is one class only.
        """
        features, wanted, weights = training_input(self, X, y, sample_weight, classify=True)
        known = classes(wanted, type(self).__name__)
        self.classes_ = known.names
        return self._fit(features, wanted, weights, known, "cross_entropy")

    def predict_proba(self, X: ArrayLike, *, return_std: bool = False) -> Any:
        """Return the probability of each class (rows, classes), and with `return_std` its spread over the networks.

        Raises
        ------
        ValueError
            A spread is asked of a single network without dropout.
        """
        known = self._known()
        mean = np.mean([known.probabilities(one) for one in self._outputs(X)], axis=0)
        if not return_std:
            return mean
        return mean, np.std([known.probabilities(one) for one in self._spread(X)], axis=0, ddof=1)

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Return the most probable class of each row (rows,)."""
        most = np.argmax(self.predict_proba(X), axis=1)
        return np.asarray(self.classes_[most])

    def _known(self) -> Classes:
        from sklearn.utils.validation import check_is_fitted

        check_is_fitted(self)
        assert isinstance(self._targets, Classes)
        return self._targets
