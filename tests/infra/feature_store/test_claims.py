"""Two runs on one store: none computes what the other is computing, and none waits for ever."""

from __future__ import annotations

import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from matsluice.infra import interruption
from matsluice.infra.feature_store import KEY_DTYPE, BlockTable
from matsluice.infra.feature_store.claims import FOLDER, claiming, live_claims, wait_for_any
from matsluice.infra.mistakes import Interrupted

StartChild = Callable[..., "subprocess.Popen[str]"]

KEYS = np.array([f"{i:032x}" for i in range(10)], dtype=KEY_DTYPE)
# Another run: it claims some keys, says so, and holds them until its standard input ends.
OTHER = """
import sys
import numpy as np
from matsluice.infra.feature_store import KEY_DTYPE, BlockTable
from matsluice.infra.feature_store.claims import claiming
table = BlockTable(sys.argv[1], "block", 1, "0a0a0a0a0a0a", ("block.one", "block.two"))
keys = np.array([f"{int(i):032x}" for i in sys.argv[2].split(",")], KEY_DTYPE)
with claiming(table, keys) as claim:
    print("ready", flush=True)
    sys.stdin.readline()
    print("".join("01"[int(free)] for free in claim.free), flush=True)
"""


@pytest.fixture
def wish_to_stop() -> Iterator[None]:
    interruption.request_stop()
    yield
    interruption._wish.clear()


def test_what_another_run_has_claimed_is_left_to_it(table: BlockTable, start_child: StartChild) -> None:
    other = start_child(OTHER, table.root, "2,3,4")
    with claiming(table, KEYS[:6]) as claim:
        assert claim.free.tolist() == [True, True, False, False, False, True]
        assert len(claim.others) == 1
        # The third to come is left what neither has.
        third = start_child(OTHER, table.root, "0,4,8")
        assert third.communicate("\n", timeout=30)[0] == "001\n"
    assert other.communicate("\n", timeout=30)[0] == "111\n"
    with claiming(table, KEYS[:6]) as claim:
        assert claim.free.all()


def test_a_killed_runs_claim_counts_for_nothing(table: BlockTable, start_child: StartChild) -> None:
    other = start_child(OTHER, table.root, "2,3,4")
    with claiming(table, KEYS) as claim:
        assert claim.free.sum() == 7
    waiting = threading.Thread(target=wait_for_any, args=(table, claim.others))
    waiting.start()
    other.kill()
    assert other.wait() == -signal.SIGKILL
    waiting.join(timeout=30)
    assert not waiting.is_alive()
    assert live_claims(Path(table.root), "block") == []
    with claiming(table, KEYS) as claim:
        assert claim.free.all()
    assert list(Path(table.address, FOLDER).glob("*.keys")) == []


def test_waiting_ends_when_a_stop_is_asked_for(
    table: BlockTable, start_child: StartChild, wish_to_stop: None
) -> None:
    start_child(OTHER, table.root, "2")
    with claiming(table, KEYS) as claim:
        pass
    with pytest.raises(Interrupted):
        wait_for_any(table, claim.others)


def test_another_version_is_another_claim(table: BlockTable, start_child: StartChild) -> None:
    start_child(OTHER, table.root, "2,3,4")
    with claiming(replace(table, version=2), KEYS) as claim:
        assert claim.free.all()


def test_threads_of_one_run_claim_as_two_runs_do(table: BlockTable) -> None:
    with claiming(table, KEYS[:5]), claiming(table, KEYS) as second:
        assert second.free.tolist() == [False] * 5 + [True] * 5


def test_in_a_bucket_everything_is_free(table: BlockTable) -> None:
    with claiming(replace(table, root="s3://bucket/prefix"), KEYS) as claim:
        assert claim.free.all()
        assert claim.others == ()
