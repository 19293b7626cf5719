"""Two threads of a fresh worker whose first calls both import scikit-learn."""

from __future__ import annotations

import subprocess
import sys

import pytest

# The first import stays for a while where one can meet the other's half.
PROGRAM = """
import sys, threading, time
from importlib import import_module
from importlib.machinery import ModuleSpec
from matsluice.infra.numeric_threads import on_one_thread

class Slow:
    def find_spec(self, name, path=None, target=None):
        return ModuleSpec(name, self) if name == "sklearn._distributor_init" else None
    def create_module(self, spec):
        return None
    def exec_module(self, module):
        time.sleep(2)

sys.meta_path.insert(0, Slow())
failed = []

def first(name):
    try:
        {call}
    except ImportError as error:
        failed.append(str(error))

threads = [threading.Thread(target=first, args=(name,)) for name in ("sklearn.linear_model", "sklearn.ensemble")]
for thread in threads:
    thread.start()
    time.sleep(0.3)
for thread in threads:
    thread.join()
print(len(failed))
"""


@pytest.mark.parametrize(
    ("call", "failed"), [("import_module(name)", {"1", "2"}), ("on_one_thread(import_module, name)", {"0"})]
)
def test_first_calls_of_two_threads(call: str, failed: set[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(call=call)], check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() in failed
