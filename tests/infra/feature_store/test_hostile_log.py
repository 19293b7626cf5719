"""A log that somebody else has written into must not lead to files outside of the store."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import numpy as np
import pytest

from matsluice.infra.feature_store import BlockTable, PartRows, Refused, commit_parts, look_up, write_part
from matsluice.infra.feature_store.block_table import KEY_DTYPE
from matsluice.infra.feature_store.local_files import LocalFiles
from matsluice.infra.mistakes import Failed

KEY = b"0" * 32


@pytest.fixture
def table(tmp_path: Path) -> BlockTable:
    table = BlockTable(tmp_path / "store", "b", 1, "0a", ("b.x",))
    keys = np.array([KEY], dtype=KEY_DTYPE)
    one = np.ones(1)
    write_part(table, PartRows(keys, one[:, None], {}, {}, one.astype(np.float32), "h", one.astype(np.int16)))
    commit_parts(table)
    return table


@pytest.mark.parametrize(
    ("way", "said"),
    [
        ("version=1/parameters=0a/../../../../precious", pytest.raises(Failed, match="outside of itself")),
        ("../../precious", nullcontext()),  # in no partition that is asked for
    ],
)
def test_no_file_outside_is_read_or_deleted(
    table: BlockTable, tmp_path: Path, way: str, said: AbstractContextManager[object]
) -> None:
    precious = tmp_path / "precious"
    precious.write_text("keep me")
    entry = {
        "add": {
            "path": way,
            "size": 7,
            "partitionValues": {"version": "1", "parameters": "0a"},
            "modificationTime": 0,
            "dataChange": True,
        }
    }
    log = tmp_path / "store" / "b" / "_delta_log"
    (log / "00000000000000000001.json").write_text(json.dumps(entry) + "\n")
    with said:
        look_up(table, np.array([KEY], dtype=KEY_DTYPE))
    assert precious.read_text() == "keep me"


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a/../../x", "a\0"])
def test_no_operation_leaves_the_folder(tmp_path: Path, name: str) -> None:
    import pyarrow as pa

    files = LocalFiles(tmp_path / "store")
    for operation in (files.read, files.open, files.delete, files.listing, files.address):
        with pytest.raises(Failed, match="outside of itself"):
            operation(name)
    with pytest.raises(Failed, match="outside of itself"):
        files.write(name, pa.py_buffer(b"x"))
    with pytest.raises(Failed, match="outside of itself"):
        files.set_aside("a", name)


def test_a_refusals_detail_has_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MP_API_KEY", "k3y-of-somebody")
    assert "k3y" not in Refused("raised", "asked with k3y-of-somebody").detail
