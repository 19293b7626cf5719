"""What a fit is made from, as a key: the same rows, model, seed and code give the same fit."""

from __future__ import annotations

import hashlib
import json
import platform
from dataclasses import fields, is_dataclass
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from matsluice.infra.workspace.arrays import mapped_array, read_array, read_arrays
from matsluice.tasks.train import training_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Where the source stands that a fit is made by, beside this package: what is learned, and how it is divided and scored.
FOLDERS = ("train", "tune", "split", "evaluate", "predict")
# Libraries whose versions change fits; those that are not installed count as such.
LIBRARIES = (
    "numpy", "scipy", "scikit-learn", "xgboost", "joblib", "jax", "jaxlib", "optax", "numba", "sympy", "optuna",
)  # fmt: skip
# Fields of a call that say where files stand. What is in them counts: features and labels by `rows_digest`, the others
# by their arrays.
PLACES = frozenset(
    {"matrix", "rows", "folds", "groups", "output", "predictions", "fold_output", "final_output"}
)
STEP_BYTES = 1 << 26


class Call(Protocol):
    """A call that fits something: a `FoldCall`, a `SearchCall` or a `FinalCall`."""

    @property
    def folds(self) -> str:
        """File with the fold of each training row."""
        ...

    @property
    def groups(self) -> str:
        """File with the group of each training row; "" where each is its own."""
        ...


def rows_digest(matrix: Path, rows_folder: Path) -> str:
    """Return a digest of what a target is learned from: features and labels, in the rows' own order.

    Rows are ordered by content, so neither the source's order nor materials without a label change it. The ids are
    part of it, since predictions are told by them.

    Parameters
    ----------
    matrix
        .npy file of features, (unique materials, columns).
    rows_folder
        Folder of the training rows.
    """
    X = mapped_array(matrix)
    rows = training_rows.load(rows_folder)
    digest = hashlib.blake2b(f"{len(rows.y)} {X.shape[1]}".encode(), digest_size=16)
    step = max(1, STEP_BYTES // max(1, 8 * X.shape[1]))
    for start in range(0, len(rows.y), step):
        values: NDArray[np.float64] = X[rows.material[start : start + step]]
        digest.update(np.ascontiguousarray(values).tobytes())
    digest.update(rows.y.dtype.str.encode() + np.ascontiguousarray(rows.y).tobytes())
    # Which rows are of one material decides the folds of later splits.
    _, same = np.unique(np.asarray(rows.material), return_inverse=True)
    digest.update(np.ascontiguousarray(same).tobytes())
    for text in (rows.ids, rows.formulas, rows.classes):
        digest.update(f"{len(text)} ".encode() + "\0".join(text.tolist()).encode())
    return digest.hexdigest()


def fit_key(call: Call, rows: str) -> str:
    """Return the key of what a call fits.

    Parameters
    ----------
    call
        The call; all its fields count but those that name places.
    rows
        The `rows_digest` of its rows.
    """
    said: dict[str, Any] = {
        field.name: getattr(call, field.name)
        for field in fields(call)  # type: ignore[arg-type]  # every call is a dataclass
        if field.name not in PLACES
    }
    text = json.dumps(said, sort_keys=True, default=_plain)
    digest = hashlib.blake2b(f"{type(call).__name__} {text} {rows} {code_digest()}".encode(), digest_size=16)
    digest.update(read_array(call.folds).tobytes())
    if call.groups:
        # What divides the rows once more keeps these together.
        digest.update(read_array(call.groups).tobytes())
    predictions = getattr(call, "predictions", "")
    if predictions and Path(predictions).exists():
        arrays = read_arrays(predictions)
        for name in sorted(arrays):
            digest.update(arrays[name].tobytes())
    return digest.hexdigest()


def _plain(value: object) -> object:
    """Return what a value in a call says, without where it stands: a plug-in's copy is in each run's own folder."""
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: getattr(value, each.name) for each in fields(value) if each.name != "path"}
    return str(value)


@lru_cache(maxsize=1)
def code_digest() -> str:
    """Return a digest of the source and the libraries that fits are made by."""
    from matsluice import models

    here = Path(__file__).parents[1]
    (learned_by,) = map(Path, models.__path__)
    digest = hashlib.blake2b(platform.python_version().encode(), digest_size=8)
    for top in (*(here / name for name in FOLDERS), learned_by):
        for path in sorted(top.rglob("*.py")):
            digest.update(
                path.relative_to(top.parent).as_posix().encode() + b"\0" + path.read_bytes() + b"\0"
            )
    for name in LIBRARIES:
        digest.update(f"{name} {_installed(name)}\0".encode())
    return digest.hexdigest()


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
