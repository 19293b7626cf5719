"""How the learning rate falls: a factor of 1 or less, at each share of the steps done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_WARM: Final = 0.05


def _warm_cosine(done: NDArray[np.float64]) -> NDArray[np.float64]:
    falling = 0.5 * (1 + np.cos(np.pi * np.maximum(done - _WARM, 0) / (1 - _WARM)))
    return np.asarray(np.where(done < _WARM, (done + _WARM / 10) / (_WARM * 1.1), falling))


# Of the share of the steps done, in [0, 1).
SCHEDULES: Final[Mapping[str, Callable[[NDArray[np.float64]], NDArray[np.float64]]]] = MappingProxyType(
    {
        "constant": np.ones_like,
        "cosine": lambda done: 0.5 * (1 + np.cos(np.pi * done)),
        "warm_cosine": _warm_cosine,
        "exponential": lambda done: 0.01**done,
        "step": lambda done: 0.1 ** np.floor(3 * done),
        "inverse": lambda done: 1 / (1 + 10 * done),
    }
)


def rates(schedule: str, learning_rate: float, first: int, count: int, total: int) -> NDArray[np.float64]:
    """Return the learning rates of the steps first, …, first + count − 1 out of `total`, shape (count,).

    Examples
    --------
    >>> rates("step", 0.1, 0, 6, 6).round(4).tolist()
    [0.1, 0.1, 0.01, 0.01, 0.001, 0.001]
    >>> rates("cosine", 1.0, 50, 1, 100).tolist()
    [0.5]
    """
    done = (first + np.arange(count, dtype=np.float64)) / max(total, 1)
    return learning_rate * np.asarray(SCHEDULES[schedule](done), dtype=np.float64)
