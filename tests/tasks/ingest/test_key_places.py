"""Places of keys in a table on disk are those a dictionary gives."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matsluice.infra.feature_store import KEY_DTYPE
from matsluice.tasks.ingest import key_places
from matsluice.tasks.ingest.key_places import KeyPlaces

KEYS = st.one_of(st.just(""), st.integers(0, 60).map(lambda i: f"{i:032x}"))


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(KEYS, max_size=30), max_size=6))
def test_places_are_those_of_a_dictionary(tmp_path: Path, batches: list[list[str]]) -> None:
    expected: dict[str, int] = {}
    with pytest.MonkeyPatch.context() as patch:
        # It grows again and again, and in steps.
        patch.setattr(key_places, "FIRST_SLOTS", 2)
        patch.setattr(key_places, "STEP_ROWS", 5)
        places = KeyPlaces(tmp_path)
        for batch in batches:
            found = places.of(np.array(batch, KEY_DTYPE)).tolist()
            assert found == [expected.setdefault(key, len(expected)) if key else -1 for key in batch]
    assert len(places) == len(expected)


def test_keys_of_one_hash_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def of_one_hash(
        keys: np.ndarray[tuple[int], np.dtype[np.bytes_]],
    ) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
        return np.full(len(keys), 2**64 - 1, np.uint64)

    monkeypatch.setattr(key_places, "hashes_of", of_one_hash)
    places = KeyPlaces(tmp_path)
    keys = np.array([f"{i:032x}" for i in (3, 1, 3, 2, 1)], KEY_DTYPE)
    assert places.of(keys).tolist() == [0, 1, 0, 2, 1]
    assert places.of(keys[::-1]).tolist() == [1, 2, 0, 1, 0]
    assert list(tmp_path.iterdir()) == []
