"""How a call in a child can end without an answer."""

from __future__ import annotations

from typing import Literal

LossReason = Literal["timeout", "killed"]


class Lost(Exception):  # noqa: N818 - it names what became of the call
    """The call gave no answer: it took too long, or its process died.

    Attributes
    ----------
    reason
        "timeout" or "killed".
    detail
        One phrase: after how long, or by which signal and with which last words.
    """

    def __init__(self, reason: LossReason, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason: LossReason = reason
        self.detail = detail


class RaisedInChild(Exception):  # noqa: N818 - it names what became of the call
    """The call raised: `text` is the exception's type and message, `trace` its stack trace."""

    def __init__(self, text: str, trace: str) -> None:
        super().__init__(text, trace)
        self.text = text
        self.trace = trace
