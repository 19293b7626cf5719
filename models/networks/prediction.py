"""Outputs of a fitted network for any number of rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from matsluice.models.networks.numeric_context import computing_in
from matsluice.models.networks.objective import Network
from matsluice.models.networks.programs import outputs
from matsluice.models.networks.rows import in_blocks

if TYPE_CHECKING:
    from numpy.typing import NDArray


def network_outputs(
    network: Network,
    weights: NDArray[Any],
    X: NDArray[np.float64],
    given: Any,
    precision: str,
    seed: int | None = None,
) -> NDArray[np.float64]:
    """Return the outputs (rows, outputs) of scaled features (rows, columns).

    Parameters
    ----------
    seed
        Draws the hidden units that are left out, the same for all rows; None leaves out none.
    """
    blocks, size = in_blocks(len(X))
    padded = np.pad(X, ((0, blocks * size - len(X)), (0, 0))).astype(precision)
    with computing_in(precision):
        import jax

        key = None if seed is None else jax.random.key(seed)
        compute = outputs(network)
        parts = [
            np.asarray(compute(weights, padded[first : first + size], given, key), dtype=np.float64)
            for first in range(0, blocks * size, size)
        ]
    return np.concatenate(parts)[: len(X)]
