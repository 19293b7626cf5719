"""What is made of an object, kept for as long as the object lives."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any, Generic, TypeVar

Given = TypeVar("Given")
Made = TypeVar("Made")


class MadeOnce(Generic[Given, Made]):
    """Makes something of an object, and gives it again to whoever asks for the same object.

    A model is asked about batch after batch, or request after request; what its arrays are looked up with takes
    longer to make than to ask. Objects are told apart by identity, since to compare arrays takes as long again; they
    may not change. Threads may make the same twice.

    Parameters
    ----------
    make
        From the object to what is wanted of it, without a reference to the object, which would then live for ever.

    Examples
    --------
    >>> import numpy as np
    >>> total = MadeOnce(np.sum)
    >>> one, other = np.arange(3), np.arange(4)
    >>> int(total(one)), int(total(other)), int(total(one))
    (3, 6, 3)
    """

    def __init__(self, make: Callable[[Given], Made]) -> None:
        self._make = make
        self._kept: dict[int, tuple[weakref.ref[Any], Made]] = {}

    def kept(self, given: Given) -> Made | None:
        """Return what has been made of an object; None where nothing has."""
        kept = self._kept.get(id(given))
        return kept[1] if kept is not None and kept[0]() is given else None

    def __call__(self, given: Given) -> Made:
        """Return what is made of an object."""
        number = id(given)
        kept = self._kept.get(number)
        if kept is not None and kept[0]() is given:
            return kept[1]
        made = self._make(given)
        # The number may be another object's by the time this one is gone: only its own entry is taken out.
        self._kept[number] = (weakref.ref(given, lambda gone: self._forget(number, gone)), made)
        return made

    def _forget(self, number: int, gone: weakref.ref[Any]) -> None:
        kept = self._kept.get(number)
        if kept is not None and kept[0] is gone:
            del self._kept[number]
