"""Arrays are read by several threads at once, also while garbage is collected in their midst."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from matsluice.infra.workspace.arrays import mapped_array, read_array, read_arrays

TIMES = 300


@pytest.fixture
def collected_at_every_turn() -> Iterator[None]:
    """Garbage is collected all the time, and other threads go on meanwhile, as with Dask's timing of collections."""

    def let_others_go_on(_phase: str, _info: dict[str, int]) -> None:
        time.sleep(0)

    before = gc.get_threshold()
    gc.callbacks.append(let_others_go_on)
    gc.set_threshold(1)
    yield
    gc.set_threshold(*before)
    gc.callbacks.remove(let_others_go_on)


def test_threads_that_read_at_once(tmp_path: Path, collected_at_every_turn: None) -> None:
    one, more = tmp_path / "one.npy", tmp_path / "more.npz"
    np.save(one, np.arange(3))
    np.savez(more, a=np.arange(2), b=np.array(1.5))
    wrong: list[object] = []

    def read(deeper: int) -> None:
        # The interpreter compares how deep the threads' stacks are.
        if deeper:
            return read(deeper - 1)
        try:
            for _ in range(TIMES):
                found = [read_array(one).tolist(), mapped_array(one).tolist(), *read_arrays(more).values()]
                if found[:2] != [[0, 1, 2]] * 2 or found[3] != 1.5:
                    wrong.append(found)
        except SystemError as error:
            wrong.append(error)

    threads = [threading.Thread(target=read, args=(depth,)) for depth in (0, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_what_is_mapped_cannot_be_changed(tmp_path: Path) -> None:
    np.save(tmp_path / "one.npy", np.arange(3))
    mapped = mapped_array(tmp_path / "one.npy")
    with pytest.raises(ValueError, match="read-only"):
        mapped[0] = 1
