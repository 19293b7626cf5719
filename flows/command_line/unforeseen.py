"""An error that nobody has foreseen: a sentence for the person, and its trace in a file for whoever mends it."""

from __future__ import annotations

from matsluice.infra.mistakes import Failed
from matsluice.infra.redaction import redacted, redacted_error


def unforeseen(error: BaseException) -> Failed:
    """Return the sentence, having written the trace to a new file that only its owner can read."""
    import tempfile
    import traceback

    told = redacted("".join(traceback.format_exception(redacted_error(error))))
    sentence = redacted(f"{type(error).__name__}: {error}")
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="matsluice-", suffix=".log", delete=False, encoding="utf-8", errors="replace"
        ) as file:
            file.write(told)
    except OSError:  # a full disk; the sentence has to do
        return Failed(sentence)
    return Failed(f"{sentence} (trace in {file.name})")
