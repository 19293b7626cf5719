"""Objects as JSON, their arrays and boosters beside it: reading them runs no code but that of listed types.

Lists, tuples, mappings, numbers and texts stand in the JSON. A number that JSON has no word for, an array, and a
fitted booster of XGBoost's (in its own binary JSON) are named by their place beside it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from matsluice.models.saved.plain_types import type_of, word_of

if TYPE_CHECKING:
    from numpy.typing import NDArray


_NUMBERS: Final = (float, Fraction)
_NUMBER_OF: Final[Mapping[str, Callable[[str], Any]]] = MappingProxyType(
    {"float": float, "fraction": Fraction}
)


class NotPlainError(TypeError):
    """Something cannot be written without pickling it: it says what."""


@dataclass(slots=True)
class Beside:
    """What stands beside the JSON.

    Attributes
    ----------
    arrays
        Of numbers, truth values and texts.
    boosters
        Models of XGBoost in its binary JSON (UBJSON).
    """

    arrays: list[NDArray[Any]] = field(default_factory=list)
    boosters: list[bytes] = field(default_factory=list)


def to_plain(value: Any, beside: Beside) -> Any:
    """Return an object as JSON; arrays and boosters are added to `beside`.

    Raises
    ------
    NotPlainError
        Something in it is of a type that is not in `PLAIN_TYPES`.

    Examples
    --------
    >>> to_plain({"gap": (1.5, float("inf"))}, Beside())
    {'dict': [['gap', {'tuple': [1.5, {'float': 'inf'}]}]]}
    """
    if value is None or isinstance(value, bool | str) or type(value) is int:
        return value
    if isinstance(value, np.generic | np.ndarray):
        return _array(value, beside)
    if type(value) in _NUMBERS:
        return _number(value)
    return _composed(value, beside)


def from_plain(given: Any, beside: Beside) -> Any:
    """Return the object that `to_plain` was given.

    Raises
    ------
    ValueError, KeyError, IndexError, TypeError
        This is nothing that `to_plain` writes.

    Examples
    --------
    >>> beside = Beside()
    >>> from_plain(to_plain({"gap": (1.5, np.arange(3))}, beside), beside)
    {'gap': (1.5, array([0, 1, 2]))}
    """
    if not isinstance(given, dict):
        return given
    kind, content = next(iter(given.items()))
    if kind == "type":
        return _made(
            type_of(content), {name: from_plain(one, beside) for name, one in given["state"].items()}
        )
    if kind in ("list", "tuple"):
        many = [from_plain(one, beside) for one in content]
        return many if kind == "list" else tuple(many)
    if kind == "dict":
        return {from_plain(key, beside): from_plain(one, beside) for key, one in content}
    return _NUMBER_OF[kind](content) if kind in _NUMBER_OF else _from_beside(kind, content, given, beside)


def _number(value: float | Fraction) -> Any:
    if isinstance(value, Fraction):
        return {"fraction": str(value)}
    return value if np.isfinite(value) else {"float": repr(value)}


def _composed(value: Any, beside: Beside) -> Any:
    if type(value) in (list, tuple):
        return {type(value).__name__: [to_plain(one, beside) for one in value]}
    kind: Any = type(value)
    word = word_of(kind)
    if word is not None:
        return {"type": word, "state": {name: to_plain(one, beside) for name, one in _state(value).items()}}
    if isinstance(value, Mapping):
        return {"dict": [[to_plain(key, beside), to_plain(one, beside)] for key, one in value.items()]}
    if type(value).__name__ == "Booster" and type(value).__module__.startswith("xgboost."):
        beside.boosters.append(bytes(value.save_raw("ubj")))
        return {"booster": len(beside.boosters) - 1}
    raise NotPlainError(f"{type(value).__module__}.{type(value).__qualname__}")


def _array(value: Any, beside: Beside) -> Any:
    array = np.asarray(value)
    if array.dtype.hasobject:
        content = to_plain(array.ravel().tolist(), beside)
        return {"objects": content, "shape": list(array.shape)}
    beside.arrays.append(array)
    place = len(beside.arrays) - 1
    return {"scalar": place} if isinstance(value, np.generic) else {"array": place}


def _from_beside(kind: str, content: Any, given: dict[str, Any], beside: Beside) -> Any:
    if kind == "array":
        return beside.arrays[content]
    if kind == "scalar":
        return beside.arrays[content][()]
    if kind == "objects":
        flat = from_plain(content, beside)
        array = np.empty(len(flat), dtype=object)
        array[:] = flat
        return array.reshape(given["shape"])
    if kind == "booster":
        from xgboost import Booster

        # One thread, as everywhere here; the file does not keep it.
        return Booster({"nthread": 1}, model_file=bytearray(beside.boosters[content]))
    raise ValueError(f'"{kind}" is no word of a plain file')


def _state(value: Any) -> dict[str, Any]:
    if dataclasses.is_dataclass(value):
        return {one.name: getattr(value, one.name) for one in dataclasses.fields(value)}
    if hasattr(value, "_fields"):  # a named tuple
        return dict(zip(value._fields, value, strict=True))
    # An estimator says itself what of it is kept.
    state: Any = value.__getstate__()
    return dict(state)


def _made(kind: type[Any], state: dict[str, Any]) -> Any:
    if dataclasses.is_dataclass(kind) or hasattr(kind, "_fields"):
        return kind(**state)
    made: Any = object.__new__(kind)
    if hasattr(made, "__setstate__"):
        made.__setstate__(state)
    else:
        made.__dict__.update(state)
    return made
