"""The networks of one estimator: how each is fitted, and what they say together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from matsluice.models.multilayer_perceptron.perceptron import Perceptron
from matsluice.models.networks.held_back import held_back
from matsluice.models.networks.numeric_context import computing_in
from matsluice.models.networks.objective import Objective
from matsluice.models.networks.plan import Plan
from matsluice.models.networks.prediction import network_outputs
from matsluice.models.networks.rows import padded_rows
from matsluice.models.networks.training import Trained, train

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Thinned networks that are asked where the spread comes from dropout.
_PASSES: Final = 32


@dataclass(frozen=True, slots=True)
class Fitting:
    """Everything a member is fitted with but its seed.

    Attributes
    ----------
    validation_share
        Of the rows, held back to stop by; 0 for none.
    by_class
        Whether they are drawn from each class alike.
    """

    objective: Objective
    network: Perceptron
    plan: Plan
    alpha: float
    precision: str
    validation_share: float
    by_class: bool


def fitted_member(
    fitting: Fitting,
    X: NDArray[np.float64],
    y: NDArray[np.float64],
    weights: NDArray[np.float64],
    seed: int,
) -> Trained:
    """Return one network, fitted to scaled features (rows, columns) and targets (rows,)."""
    chance = np.random.default_rng(seed)
    start = fitting.network.start(chance)
    given = {"alpha": np.asarray(fitting.alpha, dtype=fitting.precision)}
    kept, apart = np.ones(len(y), dtype=bool), None
    if fitting.validation_share:
        kept = ~held_back(y, fitting.validation_share, chance, by_class=fitting.by_class)
        apart = padded_rows(X[~kept], y[~kept], weights[~kept], fitting.precision)
    rows = padded_rows(X[kept], y[kept], weights[kept], fitting.precision)
    with computing_in(fitting.precision):
        return train(fitting.objective, start, rows, given, fitting.plan, seed, apart)


def members_outputs(
    network: Perceptron,
    members: NDArray[Any],
    X: NDArray[np.float64],
    precision: str,
    seed: int | None = None,
) -> NDArray[np.float64]:
    """Return the outputs (members, rows, outputs); with a seed, of thinned passes of each (members × passes, …)."""
    given: dict[str, Any] = {}
    passes = [None] if seed is None else [seed + number for number in range(_PASSES)]
    return np.stack(
        [network_outputs(network, one, X, given, precision, drawn) for one in members for drawn in passes]
    )
