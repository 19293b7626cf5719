"""Objects as JSON, their arrays and boosters beside it: reading them runs no code but that of listed types.

Lists, tuples, mappings, numbers and texts stand in the JSON. A number that JSON has no word for, an array, and a
fitted booster of XGBoost's (in its own binary JSON) are named by their place beside it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from matsluice.models.saved.plain_types import type_of, word_of

if TYPE_CHECKING:
    from numpy.typing import NDArray


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
    if type(value) is float:
        return value if np.isfinite(value) else {"float": repr(value)}
    if isinstance(value, np.generic | np.ndarray):
        return _array(value, beside)
    if isinstance(value, Fraction):
        return {"fraction": str(value)}
    if type(value) in (list, tuple):
        return {type(value).__name__: [to_plain(one, beside) for one in value]}
    word = word_of(type(value))
    if word is not None:
        state = {name: to_plain(one, beside) for name, one in _state(value).items()}
        return {"type": word, "state": state}
    if isinstance(value, Mapping):
        return {"dict": [[to_plain(key, beside), to_plain(one, beside)] for key, one in value.items()]}
    if type(value).__name__ == "Booster" and type(value).__module__.startswith("xgboost."):
        beside.boosters.append(bytes(value.save_raw("ubj")))
        return {"booster": len(beside.boosters) - 1}
    raise NotPlainError(f"{type(value).__module__}.{type(value).__qualname__}")


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
        state = {name: from_plain(one, beside) for name, one in given["state"].items()}
        return _made(type_of(content), state)
    if kind == "list":
        return [from_plain(one, beside) for one in content]
    if kind == "tuple":
        return tuple(from_plain(one, beside) for one in content)
    if kind == "dict":
        return {from_plain(key, beside): from_plain(one, beside) for key, one in content}
    if kind in ("float", "fraction"):
        return float(content) if kind == "float" else Fraction(content)
    return _from_beside(kind, content, given, beside)


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

        return Booster(model_file=bytearray(beside.boosters[content]))
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
    made = kind.__new__(kind)
    if hasattr(made, "__setstate__"):
        made.__setstate__(state)
    else:
        made.__dict__.update(state)
    return made
