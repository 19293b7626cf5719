"""Calls on their way, as the run's log and its metrics see them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any, Generic, TypeVar

from matsluice.infra.metrics import counts
from matsluice.infra.run_log import current_log, say
from matsluice.infra.run_log.observed import CallNote, Observed, observed_call

Result = TypeVar("Result")


class CallWatch(Generic[Result]):
    """Names the calls of one function and tells what becomes of them.

    Parameters
    ----------
    function
        What the calls call. An argument with an attribute ``label`` names its call; else it is numbered.
    """

    def __init__(self, function: Callable[..., Result]) -> None:
        self._function = function
        self._numbers = count(1)

    def observed(self, call: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return what a worker is sent in place of the function and its arguments."""
        return (observed_call, self._note(self._name(call)), self._function, *call)

    def sent(self, number: int) -> None:
        """Count calls that are under way; a negative number for those that are so no more."""
        counts().sent(number)

    def again(self, call: tuple[Any, ...], error: BaseException | None) -> None:
        """Tell that a call's workers have died and that it is handed over anew."""
        counts().call_again()
        say(
            "warning",
            f"{self._function.__name__} is handed over anew: its workers died ({error})",
            chunk=self._name(call),
        )

    def done(self, observed: Observed[Result]) -> Result:
        """Count a call that has come back, and return its result."""
        counts().call_done(observed.seconds)
        return observed.result

    def _name(self, call: tuple[Any, ...]) -> str:
        named = str(getattr(call[0], "label", "")) if call else ""
        return named or f"{self._function.__name__}-{next(self._numbers)}"

    def _note(self, chunk: str) -> CallNote:
        log = current_log()
        if log is None:
            return CallNote("", "", "", chunk)
        return CallNote(str(log.folder.absolute()), log.origin.run, log.stage, chunk)
