"""One thread, also where the environment asks for two: for libraries that are loaded before and after."""

from __future__ import annotations

import os
import subprocess
import sys

PROGRAM = """
import numpy, threadpoolctl
print(max(pool["num_threads"] for pool in threadpoolctl.threadpool_info()))
from matsluice.infra.numeric_threads import on_one_thread
print(on_one_thread(abs, -3))
import sklearn.ensemble, xgboost
print({pool["num_threads"] for pool in threadpoolctl.threadpool_info()})
"""


def test_a_process_whose_environment_asks_for_two_threads() -> None:
    asked = {f"{library}_NUM_THREADS": "2" for library in ("OMP", "OPENBLAS", "MKL")}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, **asked},
    )
    assert done.stdout.split("\n")[:3] == ["2", "3", "{1}"]
