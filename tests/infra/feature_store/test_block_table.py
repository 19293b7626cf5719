"""Where a block's values stand."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from matsluice.infra.feature_store import BlockTable, parameters_digest

PARAMETERS = st.dictionaries(st.text(max_size=5), st.one_of(st.integers(), st.text(max_size=5)), max_size=4)


def test_golden_digest() -> None:
    # BLAKE2b (6 bytes) of {"cutoff": 6}: stores rely on it, so it never changes.
    assert parameters_digest({"cutoff": 6}) == "3a79be3b8481"


@given(PARAMETERS, PARAMETERS)
def test_digests_are_alike_where_the_parameters_are(one: dict[str, object], other: dict[str, object]) -> None:
    assert (parameters_digest(one) == parameters_digest(other)) == (one == other)
    assert parameters_digest(dict(reversed(one.items()))) == parameters_digest(one)


def test_versions_and_parameters_have_folders_of_their_own(table: BlockTable, version_2: BlockTable) -> None:
    assert table.address == version_2.address == str(Path(table.root) / "block")
    assert table.partition == "block/version=1/parameters=0a0a0a0a0a0a"
    assert version_2.partition != table.partition


def test_schema(table: BlockTable) -> None:
    cost = ["seconds", "host", "attempt"]
    assert table.part_schema.names == [
        "key",
        "block.one",
        "block.two",
        "undefined",
        "refused",
        "detail",
        *cost,
    ]
    assert table.part_schema.field("block.one").type == pa.float64()
