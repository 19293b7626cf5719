"""Which materials a run computes a block for: those the store lacks, and refused ones that are tried again."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Final

import numpy as np

from matsluice.infra.feature_store.lookup import Wanted
from matsluice.infra.mistakes import InvalidInput, unknown_word

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matsluice.infra.feature_store import Found

# The classes of reason for which a block refuses a row.
REFUSAL_REASONS: Final = ("raised", "timeout", "memory", "killed", "not finite")
ALL: Final = "all"


def retry_reasons(words: str) -> tuple[str, ...]:
    """Return the reasons that a person wants tried again.

    Raises
    ------
    InvalidInput
        There is no such reason.

    Examples
    --------
    >>> retry_reasons("timeout, memory")
    ('timeout', 'memory')
    >>> retry_reasons("all") == REFUSAL_REASONS
    True
    """
    asked = [word.strip().replace("-", " ") for word in words.split(",") if word.strip()]
    for word in asked:
        if word not in (*REFUSAL_REASONS, ALL):
            raise InvalidInput(unknown_word("reason to retry", word, (*REFUSAL_REASONS, ALL)))
    if not asked:
        raise InvalidInput(f"no reason to retry is named; allowed: {', '.join((*REFUSAL_REASONS, ALL))}")
    return REFUSAL_REASONS if ALL in asked else tuple(dict.fromkeys(asked))


def first_wanted(keys: NDArray[np.bytes_], found: Found, retry: Collection[str] = ()) -> NDArray[np.int64]:
    """Return what is to be computed, (m, 2): the place of a key, and which attempt at it this is.

    Parameters
    ----------
    keys : (n,) S32
        Of materials; one that stands at several places is computed once.
    found
        What the store has of them.
    retry
        Reasons of refusals that are tried again.
    """
    attempts = np.where(found.found, 0, 1)
    for place, refused in found.refused.items():
        if refused.reason in retry:
            attempts[place] = found.attempts[place] + 1
    places = Wanted.of(keys).first_places()
    places = places[attempts[places] > 0]
    return np.stack([places, attempts[places]], axis=1).astype(np.int64)


def still_wanted(wanted: NDArray[np.int64], keys: NDArray[np.bytes_], found: Found) -> NDArray[np.int64]:
    """Return what the store lacks now, after an interruption, a damage or beside another run, (m, 2).

    Parameters
    ----------
    wanted : (m, 2) int64
        From `first_wanted`, when the run began.
    keys, found
        As there, now.
    """
    again = [
        (place, attempt)
        for place, attempt in wanted[wanted[:, 1] > 1].tolist()
        if place in found.refused and found.attempts[place] < attempt
    ]
    lacking = np.concatenate([first_wanted(keys, found), np.array(again, dtype=np.int64).reshape(-1, 2)])
    return lacking[np.argsort(lacking[:, 0])]
