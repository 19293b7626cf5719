"""NOMAD 2018 (Sutton et al. 2019, doi:10.1038/s41524-019-0239-3): two properties of 2400 transparent conductors."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCKS: Final = (
    "composition.fractions",
    "structure.geometry",
    "structure.bonding",
    "structure.radial(cutoff=6, step=0.25, elements=Al-Ga-In-O)",
    "structure.electrostatic",
)
# The gamma of a kernel is per column; 0.5 in all, over some 250 columns that vary.
MEMBERS: Final[tuple[dict[str, Any], ...]] = (
    {"name": "kernel", "kind": "svm", "params": {"C": 10.0, "gamma": 0.002, "epsilon": 0.02}},
    {"name": "wide-kernel", "kind": "svm", "params": {"C": 10.0, "gamma": 0.001, "epsilon": 0.05}},
    {"name": "trees", "kind": "extra_trees", "params": {"n_estimators": 200, "predicts": "mean"}},
    {
        "name": "boosted",
        "kind": "xgboost",
        "params": {
            "n_estimators": 600,
            "learning_rate": 0.04,
            "max_depth": 6,
            "subsample": 0.7,
            "colsample_bytree": 0.3,
        },
    },
)
INNER_FOLDS: Final = 3


def mean_absolute_errors(path: Path) -> dict[str, float]:
    """Return target → mean absolute error over five folds, in eV; weights are learned inside each fold."""
    from nomad2018 import read
    from sklearn.model_selection import KFold

    X, targets = read(path, BLOCKS)
    folds = list(KFold(5, shuffle=True, random_state=0).split(X))
    calls = [(X, y, train, test) for y in targets.values() for train, test in folds]
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        errors = list(pool.map(fold_errors, *zip(*calls, strict=True)))
    return {
        name: float(np.concatenate(errors[5 * place : 5 * place + 5]).mean())
        for place, name in enumerate(targets)
    }


def fold_errors(
    X: NDArray[np.float64], y: NDArray[np.float64], train: NDArray[np.int64], test: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the absolute errors of one fold's rows; learned is log(1 + y), as the competition scored."""
    from matsluice.infra.numeric_threads import use_one_thread
    from matsluice.models.catalogue import make_model

    use_one_thread()
    parameters = {"members": MEMBERS, "inner_folds": INNER_FOLDS, "objective": "mae"}
    model = make_model("stacking", parameters, 0).fit(X[train], np.log1p(y[train]))
    return np.asarray(np.abs(np.expm1(model.predict(X[test])) - y[test]))
