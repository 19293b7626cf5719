"""Which materials a run computes a block for: those the store lacks, and refused ones that are tried again."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from matsluice.infra.feature_store.wanted_keys import Wanted
from matsluice.infra.mistakes import InvalidInput, unknown_word
from matsluice.infra.workspace.scratch_arrays import STEP_ROWS, scratch_array

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


def first_wanted(
    keys: NDArray[np.bytes_], found: Found, retry: Collection[str] = (), scratch: Path | None = None
) -> NDArray[np.int64]:
    """Return what is to be computed, (m, 2): the place of a key, and which attempt at it this is.

    Parameters
    ----------
    keys : (n,) S32
        Of materials; one that stands at several places is computed once.
    found
        What the store has of them.
    retry
        Reasons of refusals that are tried again.
    scratch
        A folder for what is as long as the keys, the answer too; in memory if not given.
    """
    again = {
        place: found.attempts[place] + 1
        for place, refused in found.refused.items()
        if refused.reason in retry
    }
    return _lacking(keys, found, again, scratch)


def still_wanted(
    wanted: NDArray[np.int64], keys: NDArray[np.bytes_], found: Found, scratch: Path | None = None
) -> NDArray[np.int64]:
    """Return what the store lacks now, after an interruption, a damage or beside another run, (m, 2).

    Parameters
    ----------
    wanted : (m, 2) int64
        From `first_wanted`, when the run began.
    keys, found, scratch
        As there, now.
    """
    again: dict[int, int] = {}
    for start in range(0, len(wanted), STEP_ROWS):
        some = wanted[start : start + STEP_ROWS]
        again |= {
            place: attempt
            for place, attempt in some[some[:, 1] > 1].tolist()
            if place in found.refused and found.attempts[place] < attempt
        }
    return _lacking(keys, found, again, scratch)


def _lacking(
    keys: NDArray[np.bytes_], found: Found, again: Mapping[int, int], scratch: Path | None
) -> NDArray[np.int64]:
    """Return the first place of each key that is not there, or is tried again, and which attempt that is."""
    chosen = np.logical_not(found.found)
    chosen[list(again)] = True
    if chosen.any():
        chosen &= Wanted.of(keys, scratch).is_first()
    lines = scratch_array((int(np.count_nonzero(chosen)), 2), np.int64, scratch)
    done = 0
    for start in range(0, len(keys), STEP_ROWS):
        places = start + np.flatnonzero(chosen[start : start + STEP_ROWS])
        lines[done : done + len(places), 0] = places
        done += len(places)
    lines[:, 1] = 1
    tried = sorted(place for place in again if chosen[place])
    lines[np.searchsorted(lines[:, 0], tried), 1] = [again[place] for place in tried]
    return lines
