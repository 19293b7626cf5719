"""A run under a clock that stands a day back, after one under the true clock."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.end_to_end.conftest import MakeFolder

pytestmark = pytest.mark.faults

COMPILER = shutil.which("cc")
SHIFTED = Path(__file__).with_name("clock_a_day_back.c")
FOREST = '[[models]]\nkind = "random_forest"\nparams = { n_estimators = 10 }\n'
NUMBERS = ("cv_predictions.parquet", "hits.parquet", "hits.csv", "rejected.parquet")


@pytest.fixture
def preloaded(tmp_path: Path) -> str:
    """A library that gives whatever it is loaded into a time of day that is a day back."""
    if COMPILER is None:
        pytest.skip("needs a C compiler, cc")
    library = tmp_path / "clock.so"
    call = [COMPILER, "-shared", "-fPIC", "-Wall", "-Werror", "-o", str(library), str(SHIFTED), "-ldl"]
    subprocess.run(call, check=True)
    return str(library)


@pytest.mark.timeout(400)
def test_a_clock_one_day_back(brief: MakeFolder, preloaded: str) -> None:
    folder = brief((FOREST, ""))
    first = folder.run()
    folder.environment = {**folder.environment, "LD_PRELOAD": preloaded}
    answer = folder("run", "campaign.toml")
    assert answer.code == 0, answer.err
    assert "longer than expected" not in answer.err
    one, two = folder.runs()
    assert one.name == first["run_id"] < two.name
    # It was the clock of every process.
    begun = [json.loads((run / "log.jsonl").read_text().splitlines()[0])["time"] for run in (one, two)]
    assert begun[1] < begun[0]
    assert (one.parent / "latest").resolve() == two
    (record,) = folder("status", "--json").record["runs"]
    assert (record["run_id"], record["status"]) == (two.name, "completed")
    for name in NUMBERS:
        assert (one / name).read_bytes() == (two / name).read_bytes(), name
