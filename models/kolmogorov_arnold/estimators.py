"""Kolmogorov–Arnold networks with scikit-learn's interface."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

from matsluice.models.kolmogorov_arnold.fitting import Course, Fit, Table, fitted
from matsluice.models.kolmogorov_arnold.network import KolmogorovArnold
from matsluice.models.kolmogorov_arnold.pruning import importances, pruned
from matsluice.models.networks.allowed import number, one_of, whole, widths
from matsluice.models.networks.held_back import held_back
from matsluice.models.networks.input import input_to_predict, seed_of, training_input
from matsluice.models.networks.losses import REGRESSION_LOSSES
from matsluice.models.networks.numeric_context import PRECISIONS
from matsluice.models.networks.optimizers import Moments
from matsluice.models.networks.plan import Plan
from matsluice.models.networks.prediction import network_outputs
from matsluice.models.networks.scaling import to_unit_range
from matsluice.models.networks.targets import Classes, Values, classes, values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike, NDArray

# Rows that travel in a pickle, so that a loaded network can still be read as a formula and drawn.
_KEPT_ROWS: Final = 1000
# Below this many rows too little can be held back to tell when to stop.
_LEAST_TO_HOLD_BACK: Final = 100
_HELD_BACK: Final = 0.15


class _KolmogorovArnold(BaseEstimator):  # type: ignore[misc]
    """What the regressor and the classifier share."""

    _loss_word: str

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
        batch_size: int = 128,
        adaptive: float = 0.5,
        smoothness: float = 1e-9,
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
        self.sparsity = sparsity
        self.refine = refine
        self.early_stopping = early_stopping
        self.patience = patience
        self.tolerance = tolerance
        self.precision = precision

    def __getstate__(self) -> dict[str, Any]:
        """Leave all but some rows of the training data out of a pickle."""
        state = dict(super().__getstate__())
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
        grids = (self.grid,) if np.isscalar(self.grid) else tuple(self.grid)
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
        kept, apart = self._divided(table, network, loss)
        return self._take(fitted(network, course, kept, self._seed, apart), course, table)

    def _divided(self, table: Table, network: KolmogorovArnold, loss: str) -> tuple[Table, Table | None]:
        """Return the rows to fit, and those held back to stop by where that is asked for or needed."""
        stop = self.early_stopping
        if isinstance(stop, str):
            one_of("early_stopping", stop, ["auto"])
            stop = network.count > len(table.y) / 2 and len(table.y) >= _LEAST_TO_HOLD_BACK
        if not stop:
            return table, None
        chance = np.random.default_rng(self._seed)
        apart = held_back(table.y, _HELD_BACK, chance, by_class=loss == "cross_entropy")
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
        scaled = self._scaling.scaled(input_to_predict(self, X))[:, self._columns]
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

    @property
    def feature_importances_(self) -> NDArray[np.float64]:
        """The share of the output's spread that comes from each feature, shape (features,), summing to 1."""
        shares = importances(self._fit_.curves, self._table.X[:, self._columns])[0].sum(axis=1)
        full = np.zeros(len(self._scaling.centre))
        full[self._columns] = shares / max(shares.sum(), 1e-300)
        return full

    @property
    def features_used_(self) -> list[Any]:
        """The features the network still takes: their names where it was fitted with names, else their places."""
        names = getattr(self, "feature_names_in_", None)
        return [int(i) if names is None else str(names[i]) for i in self._columns]

    def prune(
        self,
        X: ArrayLike | None = None,
        y: ArrayLike | None = None,
        *,
        sample_weight: ArrayLike | None = None,
        tolerance: float = 0.01,
        sparsity: float = 0.01,
    ) -> Self:
        """Return the smallest network found that is hardly worse, refitted; this one stays as it is.

        Features, then nodes, then edges are taken away, the least important first, each time with a refit;
        what makes the
        error on the training rows worse stays. It takes the same features as before and ignores those it has lost.

        Parameters
        ----------
        X, y, sample_weight
            The training data, where they are not kept: a network loaded from a file holds 1000 rows of them.
        tolerance
            How much larger the root mean square error may become, in standard deviations of the target; of a
            classifier or another loss, how much the loss may.
        sparsity
            Strength of the penalty, Σ s + entropy of s over the sizes s of the edges, under which the network
            is trained before anything is taken away (Liu et al. 2024).

        Raises
        ------
        ValueError
            The training data are not kept and not given.

        Examples
        --------
        >>> X = np.random.default_rng(0).uniform(-1, 1, size=(200, 3))
        >>> model = KANRegressor(hidden=(2,), grid=3, steps=50, refine=False).fit(X, X[:, 1] ** 2)
        >>> model.prune().features_used_
        [1]
        """
        number("tolerance", tolerance, 0)
        table = self._training_table(X, y, sample_weight, all_rows=True)
        narrowed = Table(table.X[:, self._columns], table.y, table.weights)
        found = pruned(
            self._fit_, self._course_, narrowed, self._seed, tolerance, number("sparsity", sparsity, 0)
        )
        smaller = copy.copy(self)
        smaller._columns = self._columns[found.columns]  # noqa: SLF001 - of the same class
        return smaller._take(found.fit, self._course_, table)  # noqa: SLF001

    def symbolic(
        self,
        X: ArrayLike | None = None,
        y: ArrayLike | None = None,
        *,
        sample_weight: ArrayLike | None = None,
        library: Sequence[str] | None = None,
    ) -> Any:
        """Return the network as a sympy expression in the units of features and target; prune it first.

        Each edge is read as c f(a x + b) + d with the f of the library that fits best for its cost, then all constants
        are fitted to the training rows together, and those near a plain number become it where nothing is lost.
        Sets `symbolic_edges_` (layer, source, goal, function, r2 of each edge) and `symbolic_r2_`, R² of the whole.

        Parameters
        ----------
        X, y, sample_weight
            Rows to fit the constants to, in place of the training rows that are kept.
        library
            Names of the functions that may be used; None for all of `formulas.library.LIBRARY`.

        Returns
        -------
        The value; of a classifier of two classes the logit of the second, of more a list of the logits, whose
        largest is the class.

        Raises
        ------
        ValueError
            A function is unknown, or there are more edges than anybody reads.
        """
        from matsluice.models.kolmogorov_arnold.formulas.library import LIBRARY
        from matsluice.models.kolmogorov_arnold.formulas.reading import read_network
        from matsluice.models.networks.scaling import Scaling

        functions = [one_of("library", name, LIBRARY) for name in (LIBRARY if library is None else library)]
        table = self._training_table(X, y, sample_weight, all_rows=False)
        curves, known, narrowed = self._fit_.curves, self._targets, table.X[:, self._columns]
        # What a classifier is to say is a class and no number: its formula follows the network.
        is_value = isinstance(known, Values)
        wanted = table.y[:, None] if is_value else curves.nodes(narrowed)[-1]
        scaling = Scaling(self._scaling.centre[self._columns], self._scaling.width[self._columns])
        back = (known.width, known.centre) if isinstance(known, Values) else (1.0, 0.0)
        found = read_network(
            curves, narrowed, wanted, table.weights, scaling, back, self._labels(), functions
        )
        self.symbolic_edges_ = found.edges
        self.symbolic_r2_ = found.r2
        return found.expressions[0] if len(found.expressions) == 1 else found.expressions

    def draw(self) -> Figure:
        """Return a picture of the network: nodes, and on every edge its curve over the range of the training rows."""
        from matsluice.models.kolmogorov_arnold.picture import picture

        table = self._training_table(None, None, None, all_rows=False)
        return picture(self._fit_.curves, table.X[:, self._columns], [str(one) for one in self._labels()])

    def _labels(self) -> list[str]:
        return [one if isinstance(one, str) else f"x{one}" for one in self.features_used_]


class KANRegressor(RegressorMixin, _KolmogorovArnold):  # type: ignore[misc]
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
        batch_size: int = 128,
        adaptive: float = 0.5,
        smoothness: float = 1e-9,
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


class KANClassifier(ClassifierMixin, _KolmogorovArnold):  # type: ignore[misc]
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

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return the probability of each class, shape (rows, classes)."""
        output = self._outputs(X)
        assert isinstance(self._targets, Classes)
        return self._targets.probabilities(output)

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Return the most probable class of each row (rows,)."""
        most = np.argmax(self.predict_proba(X), axis=1)
        return np.asarray(self.classes_[most])
