"""What a person gave to an estimator, checked: settings, names, tasks, weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from matsluice.models.sisso.given_units import units_of_columns
from matsluice.models.sisso.operators import chosen_operators
from matsluice.models.sisso.regression import Settings

if TYPE_CHECKING:
    from numpy.typing import NDArray

HIGHEST_RUNG: Final = 3
HIGHEST_DIMENSION: Final = 4


def settings_of(estimator: Any, names: Sequence[str]) -> Settings:
    """Return an estimator's parameters as settings of a search.

    Raises
    ------
    ValueError
        One of them is out of its range: with what was given and what is allowed.
    """
    return Settings(
        rung=_whole("rung", estimator.rung, 0, HIGHEST_RUNG),
        dimension=_whole("dimension", estimator.dimension, 1, HIGHEST_DIMENSION),
        operators=chosen_operators(estimator.operators),
        units=tuple(units_of_columns(estimator.units, names)),
        memory_gb=_positive("memory_gb", estimator.memory_gb),
        max_candidates=_positive("max_candidates", estimator.max_candidates),
        screen_size=None if estimator.n_sis is None else _whole("n_sis", estimator.n_sis, 1, None),
        residuals=_whole("n_residuals", estimator.n_residuals, 1, None),
        models=_whole("n_models", estimator.n_models, 1, None),
        revisions=_whole("revisions", estimator.revisions, 0, None),
    )


def _whole(name: str, value: Any, least: int, most: int | None) -> int:
    good = isinstance(value, Integral) and not isinstance(value, bool)
    if not good or int(value) < least or (most is not None and int(value) > most):
        allowed = f"{least} to {most}" if most is not None else f"{least} or more"
        raise ValueError(f"{name}={value!r} is not a whole number from {allowed}" if most is not None else
                         f"{name}={value!r} is not a whole number of {allowed}")  # fmt: skip
    return int(value)


def _positive(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, Real) or not float(value) > 0.0:
        raise ValueError(f"{name}={value!r} is not a number above 0")
    return float(value)


def one_of(name: str, value: Any, allowed: Sequence[str]) -> str:
    """Return the word, if it is allowed.

    >>> one_of("undefined", "nan", ("bound", "nan"))
    'nan'
    """
    if value not in allowed:
        raise ValueError(f"{name}={value!r} is none of {', '.join(allowed)}")
    return str(value)


def names_of(estimator: Any) -> list[str]:
    """Return the feature names of a fitted estimator: those of the table, or x0, x1 and so on."""
    given = getattr(estimator, "feature_names_in_", None)
    return (
        [f"x{i}" for i in range(estimator.n_features_in_)] if given is None else [str(name) for name in given]
    )


def task_numbers(
    tasks: Any, rows: int, known: Mapping[Any, int] | None = None
) -> tuple[NDArray[np.int64], dict[Any, int]]:
    """Return the number of each row's task (n,), and which task has which.

    Parameters
    ----------
    tasks
        A label for each row, or None where all rows are one task.
    rows
        n.
    known
        The tasks that were learned; None where they are to be.

    Raises
    ------
    ValueError
        There is not a label for each row, or one that was not learned.
    """
    if tasks is None:
        if known is not None and len(known) > 1:
            raise ValueError(
                f"the model has {len(known)} tasks ({_some(known)}); give tasks= with one for each row"
            )
        return np.zeros(rows, dtype=np.int64), {"": 0}
    labels = np.asarray(tasks)
    if labels.shape != (rows,):
        raise ValueError(f"tasks= has shape {labels.shape}, and not one label for each of {rows} rows")
    if known is None:
        distinct, numbers = np.unique(labels, return_inverse=True)
        return numbers.astype(np.int64), {label: i for i, label in enumerate(distinct.tolist())}
    strange = [label for label in dict.fromkeys(labels.tolist()) if label not in known]
    if strange:
        raise ValueError(f'task "{strange[0]}" was not learned; there are {_some(known)}')
    return np.array([known[label] for label in labels.tolist()], dtype=np.int64), dict(known)


def _some(known: Mapping[Any, int], most: int = 8) -> str:
    more = ", …" if len(known) > most else ""
    return ", ".join(str(label) for label in list(known)[:most]) + more


def enough_rows(task: NDArray[np.int64], dimension: int, known: Mapping[Any, int]) -> None:
    """Refuse a task with too few rows for its coefficients.

    Raises
    ------
    ValueError
        A task has fewer rows than dimension + 2: intercept, coefficients, and one row to err on.
    """
    counts = np.bincount(task, minlength=len(known))
    if counts.min() < dimension + 2:
        label = list(known)[int(counts.argmin())]
        where = f'task "{label}" has' if len(known) > 1 else "there are"
        raise ValueError(
            f"{where} {counts.min()} rows, and n_samples={counts.min()} is too few for dimension={dimension}, which "
            f"needs {dimension + 2} or more"
        )
