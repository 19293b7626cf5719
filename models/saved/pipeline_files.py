"""A fitted pipeline as files: scikit-learn's part through skops, all else plain. Reading them unpickles nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from matsluice.models.saved.apart import Apart
from matsluice.models.saved.plain import Beside, from_plain, to_plain
from matsluice.models.saved.plain_types import word_of

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

PIPELINE_FILE: Final = "pipeline.skops"
PARTS: Final = "parts"
_OURS: Final = "matsluice.models."
# What skops may make of a file beside what it trusts by itself (scikit-learn's public estimators, arrays, numbers):
# wrappers of ours whose insides are scikit-learn's, and what those keep inside.
TRUSTED: Final = (
    f"{_OURS}saved.apart.Apart",
    f"{_OURS}calibrated_margin.CalibratedMargin",
    f"{_OURS}contiguous_classes.ContiguousClasses",
    f"{_OURS}floored.FlooredRegressor",
    f"{_OURS}leaf_distribution.LeafDistribution",
    f"{_OURS}neighbour_distribution.NeighbourDistribution",
    f"{_OURS}processes.ProcessClassifier",
    f"{_OURS}processes.ProcessRegressor",
    f"{_OURS}row_bounds.RowBounds",
    f"{_OURS}stack.StackedClassifier",
    f"{_OURS}stack.StackedRegressor",
    "numpy.dtype",
    "scipy.sparse._csr.csr_array",
    "sklearn.gaussian_process._gpc._BinaryGaussianProcessClassifierLaplace",
    "sklearn.gaussian_process.kernels.ConstantKernel",
    "sklearn.gaussian_process.kernels.Matern",
    "sklearn.gaussian_process.kernels.Product",
    "sklearn.gaussian_process.kernels.RBF",
    "sklearn.gaussian_process.kernels.Sum",
    "sklearn.gaussian_process.kernels.WhiteKernel",
    "sklearn.metrics._dist_metrics.EuclideanDistance64",
    "sklearn.metrics._dist_metrics.ManhattanDistance64",
    "sklearn.metrics._dist_metrics.MinkowskiDistance64",
    "sklearn.neighbors._ball_tree.BallTree",
    "sklearn.neighbors._kd_tree.KDTree",
    "sklearn.tree._tree.Tree",
)


class NotHeldError(TypeError):
    """A pipeline cannot be written without pickling it: it says which types are in the way."""


def write_pipeline(pipeline: Pipeline, folder: Path) -> None:
    """Write a fitted pipeline into a folder that is there.

    Parameters
    ----------
    pipeline
        Fitted, of any kind in the catalogue.
    folder
        Gets pipeline.skops, parts.json (what is not scikit-learn's, by its place), parts.npz (arrays of those)
        and parts-<n>.ubj (XGBoost's own format).

    Raises
    ------
    NotHeldError
        Something in it is of a type that neither skops nor `PLAIN_TYPES` may make.
    """
    from skops.io import dumps, get_untrusted_types

    parts: list[Any] = []
    try:
        whole = dumps(_taken_apart(pipeline, parts))
        strange = sorted({*get_untrusted_types(data=whole)} - {*TRUSTED})
    except Exception as error:
        # skops raises what the objects raise that it asks for their state.
        raise NotHeldError(f"{type(error).__name__}: {error}") from error
    if strange:
        raise NotHeldError(", ".join(strange))
    write_plain(parts, folder, PARTS)
    (folder / PIPELINE_FILE).write_bytes(whole)


def read_pipeline(folder: Path) -> Pipeline:
    """Return the pipeline that `write_pipeline` wrote.

    Raises
    ------
    OSError
        A file is not there.
    ValueError, KeyError, IndexError, TypeError, BadZipFile, skops.io.exceptions.UntrustedTypesFoundException
        One holds what was not written by `write_pipeline`.
    """
    from skops.io import load

    parts = read_plain(folder, PARTS)
    return _put_together(load(folder / PIPELINE_FILE, trusted=list(TRUSTED)), parts)


def write_plain(value: Any, folder: Path, name: str) -> None:
    """Write an object as <name>.json, <name>.npz and, of each booster in it, <name>-<n>.ubj.

    Raises
    ------
    NotPlainError
        Something in it is of a type that is not in `PLAIN_TYPES`.
    """
    beside = Beside()
    text = json.dumps(to_plain(value, beside), allow_nan=False)
    (folder / f"{name}.json").write_text(text, encoding="utf-8")
    np.savez(folder / f"{name}.npz", *beside.arrays)
    for place, booster in enumerate(beside.boosters):
        (folder / f"{name}-{place}.ubj").write_bytes(booster)


def read_plain(folder: Path, name: str) -> Any:
    """Return the object that `write_plain` wrote; raises as `read_pipeline` does."""
    given = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    with np.load(folder / f"{name}.npz", allow_pickle=False) as arrays:
        beside = Beside([arrays[f"arr_{place}"] for place in range(len(arrays.files))])
    count = len([*folder.glob(f"{name}-*.ubj")])
    beside.boosters = [(folder / f"{name}-{place}.ubj").read_bytes() for place in range(count)]
    return from_plain(given, beside)


def _taken_apart(value: Any, parts: list[Any]) -> Any:
    """Return a copy in which `Apart` stands for what is written plain; those parts are added to the list."""
    from sklearn.base import BaseEstimator

    kind: Any = type(value)
    if word_of(kind) is not None:
        parts.append(value)
        return Apart(len(parts) - 1)
    return _with_insides(value, BaseEstimator, lambda one: _taken_apart(one, parts))


def _put_together(value: Any, parts: list[Any]) -> Any:
    from sklearn.base import BaseEstimator

    if isinstance(value, Apart):
        return parts[value.place]
    return _with_insides(value, BaseEstimator, lambda one: _put_together(one, parts))


def _with_insides(value: Any, estimator: type[Any], change: Any) -> Any:
    """Return a copy of a list, a tuple, a mapping or an estimator with what is inside changed; else the value."""
    if type(value) in (list, tuple):
        return type(value)(change(one) for one in value)
    if type(value) is dict:
        return {key: change(one) for key, one in value.items()}
    if isinstance(value, estimator) and type(value) is not Apart:
        copy = object.__new__(type(value))
        copy.__dict__.update({name: change(one) for name, one in value.__dict__.items()})
        return copy
    return value
