"""Kolmogorov–Arnold networks with scikit-learn's interface."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.base import ClassifierMixin, RegressorMixin

from matsluice.models.kolmogorov_arnold.readable import ReadableKolmogorovArnold
from matsluice.models.networks.allowed import one_of
from matsluice.models.networks.input import training_input
from matsluice.models.networks.losses import REGRESSION_LOSSES
from matsluice.models.networks.targets import Classes, Values, classes, values

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


class KANRegressor(RegressorMixin, ReadableKolmogorovArnold):  # type: ignore[misc]
    """Kolmogorov–Arnold network for values: sums of learned curves of sums of learned curves.

    f(x) = Σ_q Φ_q(Σ_p φ_qp(x_p)), or deeper; every curve is a B-spline plus c·silu (Liu et al. 2024,
    doi:10.48550/arXiv.2404.19756). Features are scaled to [−1, 1] and the target is standardised inside.

    Parameters
    ----------
    hidden
        Widths of the hidden layers; None for one of 2 n + 1 nodes, as in Kolmogorov's theorem for n features.
    grid
        Intervals of each spline, or several numbers that grow: each finer grid starts from the curves of the last.
    degree
        Of the splines.
    optimizer, steps
        "lbfgs", "adam", "sgd" or "gd", and the most steps (passes over the rows) on each grid.
    random_state
        Seed; the same seed gives the same bits.
    learning_rate, schedule, batch_size, patience, tolerance, precision
        As of `MLPRegressor`.
    loss
        "mse", "mae" or "huber".
    adaptive
        0 for intervals of one length, towards 1 for intervals that hold equally many rows.
    smoothness
        Strength of the penalty on differences of neighbouring spline coefficients; raise it (1e-4 to 1e-1) on
        noisy data.
    alpha
        Strength of the penalty ½ alpha ‖W‖²; None for 0, and of a classifier for 1e-4.
    sparsity
        Strength of the penalty on the sizes of edges and their entropy while fitting; `prune` has its own.
    refine
        Whether, where there are at least twice as many rows as weights and the loss is "mse", Levenberg–Marquardt steps
        follow, and grids twice as fine as long as the generalised cross-validation score falls by a tenth.
    early_stopping
        True, False, or "auto": where there are fewer than two rows for a weight, and at least 100 rows. It
        holds back 15 %.

    Attributes
    ----------
    sizes_, grid_, n_parameters_
        Nodes of each layer, intervals of the last grid, and weights on the edges that are left.
    history_, stopped_
        As of `MLPRegressor`.
    feature_importances_, features_used_
        What the network leans on, and which features it takes.

    Examples
    --------
    >>> X = np.random.default_rng(0).uniform(-1, 1, size=(200, 2))
    >>> model = KANRegressor(hidden=(2,), grid=3, steps=50, refine=False).fit(X, np.sin(3 * X[:, 0]) + X[:, 1] ** 2)
    >>> bool(abs(model.predict([[0.5, 0.5]])[0] - np.sin(1.5) - 0.25) < 0.05)
    True
    """

    def __init__(
        self,
        hidden: Any = (5,),
        grid: Any = 5,
        degree: int = 3,
        optimizer: str = "lbfgs",
        steps: int = 200,
        random_state: Any = 0,
        *,
        loss: str = "mse",
        learning_rate: float | None = None,
        schedule: str = "constant",
        batch_size: int | None = None,
        adaptive: float = 0.5,
        smoothness: float = 1e-9,
        alpha: float | None = None,
        sparsity: float = 0.0,
        refine: bool = True,
        early_stopping: Any = "auto",
        patience: int = 25,
        tolerance: float = 1e-5,
        precision: str = "float64",
    ) -> None:
        settings = {
            name: value for name, value in locals().items() if name not in {"self", "loss", "__class__"}
        }
        super().__init__(**settings)
        self.loss = loss

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Fit to features (rows, columns) and values (rows,), each row counting by its weight.

        Raises
        ------
        ValueError
            A setting or the input cannot be used.
        """
        one_of("loss", self.loss, REGRESSION_LOSSES)
        features, wanted, weights = training_input(self, X, y, sample_weight, classify=False)
        return self._fit(features, wanted, weights, values(wanted, weights), self.loss)

    def predict(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return the values (rows,)."""
        output = self._outputs(X)
        assert isinstance(self._targets, Values)
        return self._targets.back(output)


class KANClassifier(ClassifierMixin, ReadableKolmogorovArnold):  # type: ignore[misc]
    """Kolmogorov–Arnold network for classes, fitted by cross-entropy; settings and attributes as of `KANRegressor`.

    Examples
    --------
    >>> X = np.random.default_rng(0).uniform(-1, 1, size=(100, 2))
    >>> model = KANClassifier(hidden=(2,), grid=3, steps=30).fit(X, X[:, 0] * X[:, 1] > 0)
    >>> model.predict([[0.5, 0.5], [-0.5, 0.5]]).tolist()
    [True, False]
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

    def log_odds(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return what the network's formula gives: of two classes the log-odds of the second, else a logit each."""
        return self._outputs(X)

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return the probability of each class, shape (rows, classes)."""
        output = self._outputs(X)
        assert isinstance(self._targets, Classes)
        return self._targets.probabilities(output)

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Return the most probable class of each row (rows,)."""
        most = np.argmax(self.predict_proba(X), axis=1)
        return np.asarray(self.classes_[most])
