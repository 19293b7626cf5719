"""Gaussian process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from matsluice.models.preparation import prepared

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


def make(task: str, parameters: Mapping[str, Any], seed: int) -> Pipeline:
    """Return a Gaussian process whose length scale, variance and noise follow from the likelihood of the rows."""
    from matsluice.models.contiguous_classes import ContiguousClasses
    from matsluice.models.processes import ProcessClassifier, ProcessRegressor
    from matsluice.models.row_bounds import RowBounds

    kernel = _kernel(parameters, noise=task == "regression")
    restarts = parameters["n_restarts_optimizer"]
    model: Any
    if task == "regression":
        model = ProcessRegressor(kernel, normalize_y=True, n_restarts_optimizer=restarts, random_state=seed)
    else:
        model = ContiguousClasses(
            ProcessClassifier(kernel, n_restarts_optimizer=restarts, n_jobs=1, random_state=seed)
        )
    bounded = RowBounds(
        model,
        "gaussian_process",
        max_rows=parameters["max_rows"],
        subsample=parameters["subsample"],
        random_state=seed,
    )
    return prepared(bounded, fill=parameters["fill"], scale=True)


def _kernel(parameters: Mapping[str, Any], *, noise: bool) -> Any:
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel, Matern, WhiteKernel

    # Wide bounds: a constant feature or a target without noise drives a parameter far, and is no mistake.
    length, bounds = parameters["length_scale"], (1e-3, 1e6)
    if parameters["kernel"] == "rbf":
        shape = RBF(length, bounds)
    elif parameters["kernel"] == "matern":
        shape = Matern(length, bounds, nu=parameters["nu"])
    else:
        raise ValueError(f'gaussian_process has no kernel "{parameters["kernel"]}"; it has matern and rbf')
    kernel = ConstantKernel(1.0, (1e-6, 1e8)) * shape
    return kernel + WhiteKernel(0.1, (1e-9, 1e3)) if noise else kernel
