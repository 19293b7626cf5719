"""A scheduler that starts while another thread is in the midst of a full collection."""

from __future__ import annotations

import subprocess
import sys

import pytest

# Another thread does nothing but collect, and most of its time passes inside a full collection.
COLLECTING = """
import gc, threading, time
from distributed.gc import enable_gc_diagnosis, gc_collect_duration
from matsluice.infra.clusters.timed_collections import time_collections

class Slow:
    def __del__(self):
        time.sleep(0.2)

def litter():
    loop = [Slow()]
    loop.append(loop)

def collect():
    while True:
        litter()
        gc.collect()
        time.sleep(0.05)

threading.Thread(target=collect, daemon=True).start()
time.sleep(0.3)
{begin}()
time.sleep(1)
timed = gc_collect_duration()
print(timed > 0)
"""


@pytest.mark.parametrize(("begin", "clean"), [("enable_gc_diagnosis", False), ("time_collections", True)])
def test_a_full_collection_is_never_seen_from_its_middle(begin: str, clean: bool) -> None:
    done = subprocess.run(
        [sys.executable, "-c", COLLECTING.format(begin=begin)],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "True\n"
    assert ("AssertionError" not in done.stderr) is clean, done.stderr
