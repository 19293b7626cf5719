"""What the Kolmogorov–Arnold regressor and classifier share: their settings, their fit, and what they keep of it."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np
from sklearn.base import BaseEstimator

from matsluice.models.kolmogorov_arnold.fitting import Course, Fit, Table, fitted
from matsluice.models.kolmogorov_arnold.network import KolmogorovArnold
from matsluice.models.networks.allowed import number, one_of, whole, widths
from matsluice.models.networks.held_back import held_back
from matsluice.models.networks.input import input_to_predict, seed_of, training_input
from matsluice.models.networks.numeric_context import PRECISIONS, computing_in
from matsluice.models.networks.optimizers import Moments
from matsluice.models.networks.plan import Plan
from matsluice.models.networks.prediction import network_outputs
from matsluice.models.networks.scaling import to_unit_range
from matsluice.models.networks.targets import Classes, Values

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Rows that travel in a pickle, so that a loaded network can still be read as a formula and drawn.
_KEPT_ROWS: Final = 1000
# Below this many rows too little can be held back to tell when to stop.
_LEAST_TO_HOLD_BACK: Final = 100
_HELD_BACK: Final = 0.15
# Classes that can be told apart have no best logits: they would grow without end, and with them the confidence.
_CLASSES_ALPHA: Final = 1e-4


class FittedKolmogorovArnold(BaseEstimator):  # type: ignore[misc]
    """Settings, fit, and the rows that are kept; see `KANRegressor`."""

    def __init__(
        self,
        hidden: Any = (5,),
        grid: Any = 5,
        degree: int = 3,
        optimizer: str = "lbfgs",
        steps: int = 200,
        random_state: Any = 0,
        *,
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
        self.hidden = hidden
        self.grid = grid
        self.degree = degree
        self.optimizer = optimizer
        self.steps = steps
        self.random_state = random_state
        self.learning_rate = learning_rate
        self.schedule = schedule
        self.batch_size = batch_size
        self.adaptive = adaptive
        self.smoothness = smoothness
        self.alpha = alpha
        self.sparsity = sparsity
        self.refine = refine
        self.early_stopping = early_stopping
        self.patience = patience
        self.tolerance = tolerance
        self.precision = precision

    def __getstate__(self) -> dict[str, Any]:
        """Leave all but some rows of the training data out of a pickle."""
        kept: Any = super().__getstate__()
        state: dict[str, Any] = dict(kept)
        table = state.get("_table")
        if table is not None and len(table.y) > _KEPT_ROWS:
            some = np.linspace(0, len(table.y) - 1, _KEPT_ROWS).astype(int)
            state["_table"] = Table(table.X[some], table.y[some], table.weights[some])
            state["_has_all_rows"] = False
        return state

    def _course(self, loss: str) -> Course:
        """Return the checked settings."""
        plan = Plan(
            optimizer=self.optimizer,
            epochs=whole("steps", self.steps, 1),
            learning_rate=self.learning_rate,
            schedule=self.schedule,
            batch_size=self.batch_size,
            tolerance=self.tolerance,
            patience=self.patience,
            moments=Moments(memory=50),
        )
        alpha = self.alpha
        if alpha is None:
            alpha = _CLASSES_ALPHA if loss == "cross_entropy" else 0.0
        grids: tuple[Any, ...] = (self.grid,) if np.isscalar(self.grid) else tuple(self.grid)
        if not grids or list(grids) != sorted(set(grids)):
            raise ValueError(
                f"grid={self.grid!r} is not allowed: give a number of intervals, or several that grow, "
                "such as (5, 10, 20)"
            )
        return Course(
            loss=loss,
            plan=plan,
            grids=tuple(whole("grid", grid, 1) for grid in grids),
            adaptive=number("adaptive", self.adaptive, 0, 1),
            smoothness=number("smoothness", self.smoothness, 0),
            alpha=number("alpha", alpha, 0),
            sparsity=number("sparsity", self.sparsity, 0),
            refine=bool(self.refine),
            precision=one_of("precision", self.precision, PRECISIONS),
        )

    def _fit(
        self,
        X: NDArray[np.float64],
        y: NDArray[Any],
        weights: NDArray[np.float64],
        targets: Values | Classes,
        loss: str,
    ) -> Self:
        course = self._course(loss)
        features = X.shape[1]
        hidden = (2 * features + 1,) if self.hidden is None else widths("hidden", self.hidden)
        network = KolmogorovArnold(
            (features, *hidden, targets.outputs), course.grids[0], whole("degree", self.degree, 1)
        )
        self._scaling = to_unit_range(X)
        self._targets = targets
        self._seed = seed_of(self.random_state)
        self._columns = np.arange(features)
        table = Table(self._scaling.scaled(X), targets.to_fit(y), weights / weights.mean())
        self._is_divided = self._holds_back(len(table.y), network)
        kept, apart = self._divided(table)
        with computing_in(course.precision):
            fit = fitted(network, course, kept, self._seed, apart)
        return self._take(fit, course, table)

    def _holds_back(self, rows: int, network: KolmogorovArnold) -> bool:
        """Return whether rows are held back: where that is asked for, or needed and possible."""
        stop = self.early_stopping
        if isinstance(stop, str):
            one_of("early_stopping", stop, ["auto"])
            return network.count > rows / 2 and rows >= _LEAST_TO_HOLD_BACK
        return bool(stop)

    def _divided(self, table: Table) -> tuple[Table, Table | None]:
        """Return the rows to fit, and those held back to stop by, the same at every call."""
        if not self._is_divided:
            return table, None
        chance = np.random.default_rng(self._seed)
        apart = held_back(table.y, _HELD_BACK, chance, by_class=isinstance(self._targets, Classes))
        return table.of(~apart), table.of(apart)

    def _take(self, fit: Fit, course: Course, table: Table) -> Self:
        """Make a fit this estimator's own."""
        self._fit_ = fit
        self._course_ = course
        self._table = table
        self._has_all_rows = True
        self.history_ = fit.record.table()
        self.stopped_ = fit.stopped
        self.loss_ = fit.loss
        self.sizes_ = fit.curves.network.sizes
        self.grid_ = fit.curves.network.grid
        self.n_parameters_ = fit.curves.used
        return self

    def _outputs(self, X: Any) -> NDArray[np.float64]:
        """Return the outputs (rows, outputs)."""
        given_rows = input_to_predict(self, X)
        scaled = self._scaling.scaled(given_rows)[:, self._columns]
        curves = self._fit_.curves
        given = curves.given(precision=self.precision)
        weights = curves.weights.astype(self.precision)
        return network_outputs(curves.network, weights, scaled, given, self.precision)

    def _training_table(self, X: Any, y: Any, sample_weight: Any, *, all_rows: bool) -> Table:
        """Return the rows the network was fitted to, or those that are given in their place."""
        from sklearn.utils.validation import check_is_fitted

        check_is_fitted(self)
        if X is None:
            if all_rows and not self._has_all_rows:
                raise ValueError(
                    f"a pickle keeps {_KEPT_ROWS} of the training rows, too few to refit: "
                    "give the training data, as in prune(X, y)"
                )
            return self._table
        classify = isinstance(self._targets, Classes)
        copied = copy.copy(self)
        X, y, weights = training_input(copied, X, y, sample_weight, classify=classify)
        return Table(self._scaling.scaled(X), self._targets.to_fit(y), weights / weights.mean())
