"""A fitted network made small, read and drawn."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from matsluice.models.kolmogorov_arnold.fitted_network import FittedKolmogorovArnold
from matsluice.models.kolmogorov_arnold.fitting import Table
from matsluice.models.kolmogorov_arnold.pruning import importances, pruned
from matsluice.models.networks.allowed import number, one_of
from matsluice.models.networks.numeric_context import computing_in
from matsluice.models.networks.scaling import Scaling
from matsluice.models.networks.targets import Values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike, NDArray


class ReadableKolmogorovArnold(FittedKolmogorovArnold):
    """What a Kolmogorov–Arnold network can do that a perceptron cannot."""

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

        Features, then nodes, then edges are taken away, the least important first, each time with a refit; what makes
        the error worse stays. The error is that on the rows held back where the fit held some back, else that on the
        training rows. The network takes the same features as before and ignores those it has lost.

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
        >>> from matsluice.models import KANRegressor
        >>> X = np.random.default_rng(0).uniform(-1, 1, size=(200, 3))
        >>> model = KANRegressor(hidden=(2,), grid=3, steps=50, refine=False).fit(X, X[:, 1] ** 2)
        >>> model.prune().features_used_
        [1]
        """
        number("tolerance", tolerance, 0)
        table = self._training_table(X, y, sample_weight, all_rows=True)
        narrowed = Table(table.X[:, self._columns], table.y, table.weights)
        kept, apart = self._divided(narrowed)
        strength = number("sparsity", sparsity, 0)
        with computing_in(self.precision):
            found = pruned(self._fit_, self._course_, kept, self._seed, tolerance, strength, apart)
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

        functions = [one_of("library", name, LIBRARY) for name in (LIBRARY if library is None else library)]
        table = self._training_table(X, y, sample_weight, all_rows=False)
        curves, known, narrowed = self._fit_.curves, self._targets, table.X[:, self._columns]
        # What a classifier is to say is a class and no number: its formula follows the network.
        is_value = isinstance(known, Values)
        wanted = table.y[:, None] if is_value else curves.nodes(narrowed)[-1]
        scaling = Scaling(self._scaling.centre[self._columns], self._scaling.width[self._columns])
        back = (known.width, known.centre) if isinstance(known, Values) else (1.0, 0.0)
        with computing_in("float64"):
            found = read_network(
                curves, narrowed, wanted, table.weights, scaling, back, self._labels(), functions
            )
        self.symbolic_edges_ = found.edges
        self.symbolic_r2_ = found.r2
        return found.expressions[0] if len(found.expressions) == 1 else found.expressions

    def before_scaling(self, slope: NDArray[np.float64], shift: NDArray[np.float64]) -> Self:
        """Return the network as one that takes x where this one takes slope × x + shift, (features,) each.

        So a network that was fitted to standardised features is pruned, read and drawn in their own units.

        Examples
        --------
        >>> from matsluice.models import KANRegressor
        >>> X = np.random.default_rng(0).uniform(-1, 1, size=(60, 2))
        >>> model = KANRegressor(hidden=(2,), grid=3, steps=20, refine=False).fit(X, X[:, 0])
        >>> in_units = model.before_scaling(np.full(2, 0.5), np.ones(2))
        >>> bool(np.allclose(in_units.predict((X - 1.0) / 0.5), model.predict(X)))
        True
        """
        moved = copy.copy(self)
        moved._scaling = Scaling(  # noqa: SLF001 - of the same class
            (self._scaling.centre - shift) / slope, self._scaling.width / slope
        )
        return moved

    def draw(self) -> Figure:
        """Return a picture of the network: nodes, and on every edge its curve over the range of the training rows."""
        from matsluice.models.kolmogorov_arnold.picture import picture

        table = self._training_table(None, None, None, all_rows=False)
        return picture(self._fit_.curves, table.X[:, self._columns], [str(one) for one in self._labels()])

    def _labels(self) -> list[str]:
        return [one if isinstance(one, str) else f"x{one}" for one in self.features_used_]
