"""What was made of an object last, for whoever asks for the same again and again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

Given = TypeVar("Given")
Made = TypeVar("Made")


class LastMade(Generic[Given, Made]):
    """Makes something of an object, and keeps it until another object is given.

    One model is asked about batch after batch, or request after request; what its arrays are looked up with takes
    longer to make than to ask. Objects are told apart by identity, since to compare arrays takes as long again, and one
    is kept only, since many models may be fitted one after the other. Threads may make the same twice.

    Parameters
    ----------
    make
        From the object to what is wanted of it.

    Examples
    --------
    >>> total = LastMade(sum)
    >>> numbers = [1, 2]
    >>> total(numbers), total(numbers), total([4])
    (3, 3, 4)
    """

    def __init__(self, make: Callable[[Given], Made]) -> None:
        self._make = make
        self._kept: tuple[Given, Made] | None = None

    def __call__(self, given: Given) -> Made:
        """Return what is made of an object; the object may not change afterwards."""
        kept = self._kept
        if kept is not None and kept[0] is given:
            return kept[1]
        made = self._make(given)
        self._kept = (given, made)
        return made
