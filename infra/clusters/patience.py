"""Trying again what has failed: later each time, and not for ever where nothing ever comes of it."""

from __future__ import annotations

import time

# So many units in a row that end before a worker of theirs is there mean that none will come without help.
STILLBORN_AT_MOST = 3
PAUSE_FIRST_S, PAUSE_LONGEST_S = 5.0, 300.0


class Patience:
    """How long to wait before something is tried again: longer after each failure, from the start after a success.

    Examples
    --------
    >>> patience = Patience()
    >>> patience.over
    True
    >>> patience.failed()
    >>> patience.over, patience.failures
    (False, 1)
    """

    def __init__(self) -> None:
        self.failures = 0
        self._not_before = 0.0

    @property
    def over(self) -> bool:
        """Whether it may be tried now."""
        return time.monotonic() >= self._not_before

    def failed(self) -> None:
        """Wait twice as long as the last time, five minutes at most."""
        self._not_before = time.monotonic() + min(
            PAUSE_LONGEST_S, PAUSE_FIRST_S * 2.0 ** min(self.failures, 10)
        )
        self.failures += 1

    def worked(self) -> None:
        """Forget the failures."""
        self.failures = 0
