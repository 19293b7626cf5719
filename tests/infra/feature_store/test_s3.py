"""A store in a bucket of a real S3 server on this machine."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from deltalake import DeltaTable

from matsluice.infra.feature_store import (
    KEY_DTYPE,
    BlockTable,
    DamagedPart,
    PartRows,
    commit_parts,
    committed_parts,
    fill,
    look_up,
    write_part,
)
from matsluice.infra.feature_store.parts import parts_in_folder
from matsluice.infra.feature_store.store_files import files_of
from matsluice.infra.mistakes import Failed, InvalidInput

StartChild = Callable[..., "subprocess.Popen[str]"]

KEYS = np.array([f"{i:032x}" for i in range(12)], dtype=KEY_DTYPE)
COMMITTER = """
import sys
import numpy as np
from matsluice.infra.feature_store import KEY_DTYPE, BlockTable, PartRows, commit_parts, write_part
table = BlockTable(sys.argv[1], "block", 1, "0a0a0a0a0a0a", ("block.one", "block.two"))
print("ready", flush=True)
sys.stdin.readline()
for i in map(int, sys.argv[2].split(",")):
    keys = np.array([f"{i:032x}"], KEY_DTYPE)
    one = np.ones(1)
    rows = PartRows(keys, np.full((1, 2), float(i)), {}, {}, one.astype("f4"), "here", one.astype("i2"))
    write_part(table, rows)
    commit_parts(table)
"""


@pytest.fixture
def in_bucket(bucket: str, table: BlockTable) -> BlockTable:
    return replace(table, root=f"{bucket}/some/prefix")


def put(table: BlockTable, start: int, stop: int) -> str:
    n = stop - start
    values = np.arange(start, stop, dtype=np.float64)[:, None] + [0.0, 0.5]
    cost = (np.zeros(n, np.float32), "here", np.ones(n, np.int16))
    return write_part(table, PartRows(KEYS[start:stop], values, {}, {}, *cost))


def test_what_is_written_is_read_back_and_by_deltalake(in_bucket: BlockTable) -> None:
    assert put(in_bucket, 0, 5).startswith(f"{in_bucket.root}/block/version=1/")
    put(in_bucket, 5, 8)
    assert commit_parts(in_bucket) == 2
    assert commit_parts(in_bucket) == 0
    assert look_up(in_bucket, KEYS).found.tolist() == [True] * 8 + [False] * 4
    out = np.zeros((8, 2))
    fill(in_bucket, KEYS[:8], out)
    assert out[:, 1].tolist() == [i + 0.5 for i in range(8)]
    log = DeltaTable(in_bucket.address, storage_options={"AWS_ALLOW_HTTP": "true"})
    assert len(log.to_pandas()) == 8


def test_damage_is_found_and_dropped(in_bucket: BlockTable) -> None:
    put(in_bucket, 0, 2)
    put(in_bucket, 2, 4)
    commit_parts(in_bucket)
    name = committed_parts(in_bucket)[0]
    content = in_bucket.files.read(name).to_pybytes()
    in_bucket.files.write(name, pa.py_buffer(content[:50] + b"\0" + content[51:]))
    with pytest.raises(DamagedPart):
        fill(in_bucket, KEYS[:4], np.zeros((4, 2)))
    assert look_up(in_bucket, KEYS[:4]).found.sum() == 2
    assert name not in [file.name for file in parts_in_folder(in_bucket)]


def test_a_damaged_log_is_set_aside_and_written_anew(in_bucket: BlockTable) -> None:
    put(in_bucket, 0, 2)
    commit_parts(in_bucket)
    in_bucket.files.write("block/_delta_log/00000000000000000000.json", pa.py_buffer(b"{"))
    assert look_up(in_bucket, KEYS[:2]).found.all()
    assert any("_delta_log.broken-" in file.name for file in in_bucket.files.listing("block"))


def test_processes_that_commit_at_once_lose_nothing(in_bucket: BlockTable, start_child: StartChild) -> None:
    children = [
        start_child(COMMITTER, in_bucket.root, ",".join(str(i) for i in range(start, 12, 2)))
        for start in range(2)
    ]
    for child in children:
        assert child.stdin is not None
        child.stdin.write("now\n")
        child.stdin.flush()
    for child in children:
        assert child.wait(timeout=120) == 0
    assert look_up(in_bucket, KEYS).found.all()
    log = DeltaTable(in_bucket.address, storage_options={"AWS_ALLOW_HTTP": "true"})
    assert sorted(log.to_pandas()["key"]) == [key.decode() for key in KEYS]


def test_an_unknown_bucket_is_said_in_a_sentence(in_bucket: BlockTable) -> None:
    elsewhere = replace(in_bucket, root="s3://no-such-bucket/prefix")
    for call in (
        lambda: look_up(elsewhere, KEYS),
        lambda: put(elsewhere, 0, 1),
        lambda: commit_parts(elsewhere),
        elsewhere.files.check_usable,
    ):
        with pytest.raises(
            Failed, match=r"s3://no-such-bucket/prefix cannot be used: there is no such bucket"
        ):
            call()


def test_a_server_that_is_gone_is_said_in_a_sentence(
    in_bucket: BlockTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    for call in (in_bucket.files.check_usable, lambda: look_up(in_bucket, KEYS)):
        with pytest.raises(Failed, match=r"the server cannot be reached; credentials .* AWS_ENDPOINT_URL"):
            call()


def test_other_places_are_refused() -> None:
    for root in ("gs://bucket/prefix", "s3://"):
        with pytest.raises(InvalidInput, match="neither a folder nor"):
            files_of(root)
