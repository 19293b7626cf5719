"""A run under a clock that stands a day back, after one under the true clock."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.end_to_end.conftest import MakeFolder

pytestmark = pytest.mark.faults

# Debian's package libfaketime.
FAKE = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
FOREST = '[[models]]\nkind = "random_forest"\nparams = { n_estimators = 40 }\n'
NUMBERS = ("cv_predictions.parquet", "hits.parquet", "hits.csv", "rejected.parquet")


@pytest.mark.skipif(not FAKE, reason="needs the package libfaketime")
@pytest.mark.timeout(400)
def test_a_clock_one_day_back(new_folder: MakeFolder) -> None:
    folder = new_folder((FOREST, ""))
    first = folder.run()
    folder.environment = {
        **folder.environment,
        "LD_PRELOAD": str(FAKE[0]),
        "FAKETIME": "-1d",
    }
    answer = folder("run", "campaign.toml")
    assert answer.code == 0, answer.err
    assert "longer than expected" not in answer.err
    one, two = folder.runs()
    assert one.name == first["run_id"] < two.name
    assert (one.parent / "latest").resolve() == two
    (record,) = folder("status", "--json").record["runs"]
    assert (record["run_id"], record["status"]) == (two.name, "completed")
    for name in NUMBERS:
        assert (one / name).read_bytes() == (two / name).read_bytes(), name
