"""What a run computes: what the store lacks, and what was refused and is tried again, once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from matsluice.infra.feature_store import KEY_DTYPE, Found, Refused
from matsluice.infra.mistakes import InvalidInput
from matsluice.tasks.features.rejected_counts import worth_a_retry
from matsluice.tasks.features.wanted import REFUSAL_REASONS, first_wanted, retry_reasons, still_wanted


def keys_of(text: str) -> NDArray[np.bytes_]:
    return np.array([letter.encode() for letter in text], dtype=KEY_DTYPE)


def found(there: str, keys: str, refused: dict[str, tuple[str, int]] | None = None) -> Found:
    """Return what a store has: letters that are there, and of these the refused ones with reason and attempts."""
    refused = refused or {}
    places = {letter: [i for i, key in enumerate(keys) if key == letter] for letter in refused}
    each = [(place, *refused[letter]) for letter, some in places.items() for place in some]
    return Found(
        np.array([key in there for key in keys]),
        {place: Refused(reason, "as told") for place, reason, _ in each},
        {place: attempt for place, _, attempt in each},
    )


def test_what_is_lacking_is_wanted_once() -> None:
    keys = "abcab"
    assert first_wanted(keys_of(keys), found("c", keys)).tolist() == [[0, 1], [1, 1]]
    assert first_wanted(keys_of(keys), found("abc", keys)).tolist() == []
    assert first_wanted(keys_of(""), found("", "")).shape == (0, 2)


def test_refused_ones_are_wanted_for_the_reasons_asked_for() -> None:
    keys = "abcd"
    store = found("abc", keys, {"a": ("timeout", 1), "b": ("killed", 3)})
    assert first_wanted(keys_of(keys), store).tolist() == [[3, 1]]
    assert first_wanted(keys_of(keys), store, ["killed"]).tolist() == [[1, 4], [3, 1]]
    assert first_wanted(keys_of(keys), store, REFUSAL_REASONS).tolist() == [[0, 2], [1, 4], [3, 1]]


def test_no_attempt_of_a_run_tries_twice() -> None:
    keys = keys_of("abcd")
    before = found("abc", "abcd", {"a": ("timeout", 1), "b": ("killed", 3)})
    wanted = first_wanted(keys, before, REFUSAL_REASONS)
    # Killed in between: a was tried and refused again, b was not reached, d was computed.
    now = found("abcd", "abcd", {"a": ("timeout", 2), "b": ("killed", 3)})
    assert still_wanted(wanted, keys, now).tolist() == [[1, 4]]
    # A part was damaged meanwhile: what it held is computed again, also what was there from the beginning.
    damaged = found("ab", "abcd", {"a": ("timeout", 2), "b": ("killed", 3)})
    assert still_wanted(wanted, keys, damaged).tolist() == [[1, 4], [2, 1], [3, 1]]
    assert still_wanted(wanted, keys, found("abcd", "abcd")).tolist() == []


@given(st.text("abcdef", max_size=12), st.sets(st.sampled_from("abcdef")))
def test_what_is_wanted_covers_what_is_lacking(keys: str, there: set[str]) -> None:
    wanted = first_wanted(keys_of(keys), found("".join(there), keys))
    assert sorted(keys[place] for place in wanted[:, 0]) == sorted(set(keys) - there)
    assert (np.diff(wanted[:, 0]) > 0).all()
    assert still_wanted(wanted, keys_of(keys), found("".join(there), keys)).tolist() == wanted.tolist()


def test_reasons_are_read_as_they_are_told() -> None:
    counts = {"timeout": 2, "unknown element": 1, "not finite": 3}
    assert retry_reasons(worth_a_retry(counts)) == ("timeout", "not finite")
    for words, sentence in (
        ("timeuot", 'did you mean "timeout"'),
        (",", "no reason to retry is named"),
        ("unknown element", 'unknown reason to retry "unknown element"'),
    ):
        with pytest.raises(InvalidInput, match=sentence):
            retry_reasons(words)
