"""What can go wrong by somebody's hand, and how it is said."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class InvalidInput(Exception):  # noqa: N818 - it names what the person gave, not a failure of the program
    """The person's input cannot be used: one sentence with what was got, what is allowed, what to do.

    The command line prints the sentence and exits with 2; nothing has been written by then.
    """


class Interrupted(Exception):  # noqa: N818 - an interruption is asked for, it is no error
    """The run was asked to stop; what was computed is kept and the same command goes on from there."""


class Cancelled(Interrupted):
    """The run was cancelled in Prefect; what was computed is kept, and nothing goes on from there by itself."""


class Failed(Exception):  # noqa: N818 - the state a run ends in, as summary.json names it
    """The run cannot go on although the input was valid: one sentence with the reason and what to do."""


class Hindered(Failed):
    """What the run stands on gave way, as a full disk does: once that is mended, the same command goes on."""


def nearest(word: str, allowed: Iterable[str]) -> str | None:
    """Return the allowed word most like `word`, or None where nothing is like it.

    >>> nearest("sead", ["name", "seed", "workspace"])
    'seed'
    >>> nearest("magpie", ["composition.magpie", "composition.elemental"])
    'composition.magpie'
    """
    words = list(allowed)
    close = get_close_matches(word.lower(), [w.lower() for w in words], n=1, cutoff=0.6)
    if close:
        return next(w for w in words if w.lower() == close[0])
    return next((w for w in words if len(word) > 2 and word.lower() in w.lower()), None)


def unknown_word(kind: str, word: str, allowed: Iterable[str]) -> str:
    """Return the sentence for a word that is not one of the allowed ones.

    >>> print(unknown_word("split", "randon", ["random", "composition"]))
    unknown split "randon": did you mean "random"? Allowed: random, composition
    """
    words = list(allowed)
    like = nearest(word, words)
    hint = f': did you mean "{like}"? Allowed' if like else "; allowed"
    return f'unknown {kind} "{word}"{hint}: {", ".join(words)}'
